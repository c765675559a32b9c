import { redis } from './redis.ts'
import type { Recipe } from './service.ts'

/** Valkey 9, without persistence. */
export const valkey: Recipe<{ readonly url: string }> = { ...redis, name: 'valkey' }
