// Runs one script of commands/: `node main.ts NAME ARGUMENT…`. What it throws becomes one sentence and exit code 1.
const [name = ''] = process.argv.splice(2, 1)
try {
  await import(`./commands/${name}.ts`)
} catch (error) {
  process.stderr.write(`${name}: ${sentence(error)}\n`)
  process.exitCode ??= 1
}

/** The message, but the stack where only a bug of ours throws such an error. */
function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const bug = /^(Type|Reference|Range|Syntax)Error$/.test(error.name) && !('code' in error)
  return bug ? `${error.stack}` : error.message
}
