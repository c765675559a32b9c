import { defineTool } from '@initbox/core'
import { options } from './options.ts'
import { run } from './run.ts'

export const tool = defineTool({
  name: 'migrate-schema',
  summary: 'applies versioned SQL migrations to PostgreSQL, once, however many Pods start together',
  options,
  run,
})
