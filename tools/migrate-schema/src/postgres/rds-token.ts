import type { Context } from '@initbox/core'
export async function rdsIamToken(_t: unknown, _c: Context): Promise<string> {
  throw new Error('x')
}
