import { UsageError } from '@initbox/core'
import type { Login } from './login.ts'

export const aws: Login = () => {
  throw new UsageError('not yet')
}
