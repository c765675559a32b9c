import type { Values } from '@initbox/core'
import type { options } from './options.ts'

/** The checked values of the options. */
export type Given = Values<typeof options>
