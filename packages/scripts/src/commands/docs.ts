import { writeGeneratedPages } from '../generated-pages.ts'

for (const path of await writeGeneratedPages()) process.stdout.write(`wrote ${path}\n`)
