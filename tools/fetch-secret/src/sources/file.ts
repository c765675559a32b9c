import { readBytes } from '@initbox/core'
import type { Source } from './source.ts'

/** A file of this machine: a mounted Secret or CA, to be published together with the others. */
export const file: Source = {
  problemOf: ({ path, query }) => {
    if (query.size > 0) return 'a file has no query'
    return path.startsWith('/') ? undefined : `the path must be absolute: file:///${path}`
  },
  needs: async () => [],
  fetch: async ({ path }, { given }) => ({
    content: {
      kind: 'bytes',
      bytes: readBytes(path, { limit: given.maxSize, tooLarge: '--max-size raises the limit' }),
    },
  }),
}
