/** A block of code on a page that somebody may paste, and what the page says about its running. */
export type CodeBlock = { readonly line: number; readonly marker: string | undefined }

const languages = 'sh|console|yaml|ts|js|mjs|json|sql|dockerfile'
const commands = 'npm|kubectl|docker|cat|curl|git|kind|minikube|helm|bao|vault|apt-get'

/**
 * The blocks of a Markdown page that people paste: fences in one of some languages, and indented lines that begin with a
 * command. Fences without a language show what is printed.
 */
export function codeBlocks(page: string): CodeBlock[] {
  const lines = page.split('\n')
  const blocks: CodeBlock[] = []
  let fence = false
  for (const [index, line] of lines.entries()) {
    const opens = new RegExp(`^ *\`\`\`(${languages})?\\b`).exec(line)
    const isFence = /^ *```/.test(line)
    const above = lines[index - 1]?.trim() ?? ''
    const isFirst = above === '' || above.startsWith('<!--')
    const isCommand = !fence && isFirst && new RegExp(`^ {4}(${commands}) `).test(line)
    if ((isFence && !fence && opens?.[1] !== undefined) || isCommand) {
      blocks.push({ line: index + 1, marker: markerAbove(lines, index) })
    }
    if (isFence) fence = !fence
  }
  return blocks
}

function markerAbove(lines: readonly string[], index: number): string | undefined {
  const above = lines[index - 1]?.trim() === '' ? lines[index - 2] : lines[index - 1]
  return /^ *<!-- ((?:run by|not run:) .+?) -->$/.exec(above ?? '')?.[1]
}

/**
 * What is wrong with the blocks of a page: each says in a comment above it `run by <test>`, a file that reads the page (its text has
 * `README`), or `not run: <why>`.
 */
export function blockProblems(
  name: string,
  page: string,
  readTest: (path: string) => string | undefined,
): readonly string[] {
  return codeBlocks(page).flatMap(({ line, marker }) => {
    const place = `${name}:${line}`
    if (marker === undefined) {
      return [
        `${place}: nobody knows whether this block is run: <!-- run by PATH-OF-TEST --> or <!-- not run: WHY --> above it`,
      ]
    }
    if (marker.startsWith('not run:')) return []
    const path = marker.slice('run by '.length)
    const test = readTest(path)
    if (test === undefined) return [`${place}: there is no ${path}`]
    return /README|readme/.test(test) ? [] : [`${place}: ${path} reads no README`]
  })
}
