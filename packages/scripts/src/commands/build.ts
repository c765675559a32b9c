import { buildTools } from '@initbox/build'

const names = process.argv.slice(2)
await buildTools(names.length > 0 ? names : undefined)
