import cvss from 'ae-cvss-calculator'

// Node finds no names in that file.
const { Cvss2, Cvss3P0, Cvss3P1, Cvss4P0 } = cvss

/** No vector has more metrics. */
const longest = 512

/** Newest first: what beats what where a record has several. */
const calculators = [
  { begins: /^CVSS:4\.0\//, score: (vector: string) => new Cvss4P0(vector).calculateScores().overall },
  { begins: /^CVSS:3\.1\//, score: (vector: string) => new Cvss3P1(vector).calculateScores().base },
  { begins: /^CVSS:3\.0\//, score: (vector: string) => new Cvss3P0(vector).calculateScores().base },
  { begins: /^(AV|\(AV):/, score: (vector: string) => new Cvss2(vector).calculateScores().base },
] as const

/** The score, 0 to 10, of the newest CVSS vector that can be read (CVSS 4.0, 3.1, 3.0, 2.0), or undefined. */
export function scoreOf(vectors: readonly string[]): number | undefined {
  for (const { begins, score } of calculators) {
    for (const vector of vectors) {
      if (vector.length > longest || !begins.test(vector)) continue
      try {
        const found = score(vector)
        if (found !== undefined && Number.isFinite(found)) return found
      } catch {
        // A vector that cannot be read is as none.
      }
    }
  }
  return undefined
}
