import { type Context, UsageError } from '@initbox/core'
import type { Settings } from '../settings.ts'
import { onceOf } from './once-of.ts'

/** Waits until another run has loaded what the once-key stands for. */
export async function wait(settings: Settings, context: Context): Promise<string> {
  const { onceKey } = settings
  if (onceKey === undefined) throw new UsageError('wait needs --once-key')
  const { once, close } = await onceOf(settings, onceKey, context)
  try {
    await once.claim(false)
    return `${onceKey} is loaded`
  } finally {
    close()
  }
}
