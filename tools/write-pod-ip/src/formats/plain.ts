import type { Format } from './format.ts'

/** The Pod's IP and a line end. */
export const plain: Format = ({ addresses: [first] }) => `${first.text}\n`
