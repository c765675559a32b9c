import type { Values } from '@initbox/core'
import type { options } from './options.ts'

/** The options of a run. */
export type Given = Values<typeof options>
