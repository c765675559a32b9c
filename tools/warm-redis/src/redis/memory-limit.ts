import type { Questions } from './questions.ts'

/** `maxmemory 64.00M, maxmemory-policy noeviction` of a node; nothing where INFO is not for this user. */
export async function memoryLimit(questions: Questions): Promise<string | undefined> {
  try {
    const [first] = await questions.everywhere('INFO', 'memory')
    const text = String(first?.answer)
    const [, limit] = /^maxmemory_human:(\S+)/m.exec(text) ?? []
    const [, policy] = /^maxmemory_policy:(\S+)/m.exec(text) ?? []
    return limit === undefined || policy === undefined ? undefined : `maxmemory ${limit}, maxmemory-policy ${policy}`
  } catch {
    return undefined
  } finally {
    questions.close()
  }
}
