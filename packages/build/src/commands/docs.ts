import { writeReferencePages } from '../reference-pages.ts'

for (const path of await writeReferencePages()) process.stdout.write(`wrote ${path}\n`)
