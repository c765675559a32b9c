import type crypto from 'node:crypto'
import type http from 'node:http'
import type https from 'node:https'
import type os from 'node:os'
import type tls from 'node:tls'
import type v8 from 'node:v8'
import type vm from 'node:vm'
import type zlib from 'node:zlib'

type Builtins = {
  'node:crypto': typeof crypto
  'node:http': typeof http
  'node:https': typeof https
  'node:os': typeof os
  'node:tls': typeof tls
  'node:v8': typeof v8
  'node:vm': typeof vm
  'node:zlib': typeof zlib
}

/**
 * A module of Node that most runs do not need, loaded at its first use. Not by `import()`: a bundle wraps every module that
 * can be reached from one in a function of its own, and V8 then reads nearly all of the code twice (docs/decisions/0043).
 */
export function builtin<N extends keyof Builtins>(name: N): Builtins[N] {
  return process.getBuiltinModule(name)
}
