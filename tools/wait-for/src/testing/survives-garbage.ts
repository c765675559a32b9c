import { NotYet } from '@initbox/net'
import fc from 'fast-check'
import { probeOnce } from './probe-once.ts'
import { serve } from '@initbox/testing'

/**
 * Property: a server that sends random bytes and hangs up is "not yet", and never a crash, a hang or a verdict.
 * `forms` turn the random bytes into something that looks more and more like the protocol's messages.
 */
export async function survivesGarbage(
  target: (port: number) => string,
  forms: readonly ((random: Buffer) => Buffer)[],
): Promise<void> {
  let garbage = Buffer.alloc(0)
  const port = await serve((socket) => socket.end(garbage))
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...forms), fc.uint8Array({ maxLength: 80 }), async (form, random) => {
      garbage = Buffer.from(form(Buffer.from(random)))
      const outcome = await probeOnce(target(port)).catch((error: unknown) => error)
      if (!(outcome instanceof NotYet)) throw new Error(`${garbage.toString('hex')} was taken for ${outcome}`)
    }),
    { numRuns: 300 },
  )
}
