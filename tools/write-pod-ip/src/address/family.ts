import type { Address } from './address.ts'

/** Which of the Pod's addresses to take. */
export const families = ['4', '6', 'any', 'prefer-6'] as const
export type Family = (typeof families)[number]

const choices: Readonly<Record<Family, (all: readonly Address[]) => readonly Address[]>> = {
  4: (all) => all.filter(({ family }) => family === 4),
  6: (all) => all.filter(({ family }) => family === 6),
  any: (all) => all,
  'prefer-6': (all) => all.toSorted((a, b) => b.family - a.family),
}

/** The addresses of the family, the one to be called the Pod's IP first. */
export function ofFamily(all: readonly Address[], family: Family): readonly Address[] {
  return choices[family](all)
}
