import type { Values } from '@initbox/core'
import type { options } from './options.ts'

/** What the options of a run say. */
export type Settings = Values<typeof options>
