import { connect } from 'node:net'
import type { Context, Values } from '@initbox/core'
import type { options } from './options.ts'

export async function run({ targets }: Values<typeof options>, { log }: Context): Promise<string> {
  const url = new URL(targets[0] ?? '')
  log.info('x')
  await new Promise((r) => {
    const s = connect(Number(url.port), url.hostname, () => {
      s.destroy()
      r(0)
    })
  })
  return `ready`
}
