/** Tells the person at the terminal what the set-up is doing; standard output is left to results. */
export function say(sentence: string): void {
  process.stderr.write(`initbox: ${sentence}\n`)
}
