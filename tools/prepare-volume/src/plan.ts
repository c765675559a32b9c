import { shape, type ValueOf } from '@initbox/config'
import { type OutputPath, parseBytes, parseMode, parseOutputPath } from '@initbox/core'
import { parsePattern } from './glob.ts'
import { parseSysctl } from './checks/sysctl.ts'
import { parseCopy, parseFolder, parseLink, parseOwner, parseProcessors, whens } from './values.ts'

const path = shape.of('path', parseOutputPath)
const mode = shape.of('file mode such as 0644', parseMode)

/** What stands in `--config`; every list is also a flag. */
export const planShape = shape.map({
  folders: shape.or(shape.list(shape.shorthand(parseFolder, shape.map({ path, mode: shape.optional(mode) }))), []),
  copies: shape.or(
    shape.list(
      shape.shorthand(
        parseCopy,
        shape.map({
          from: shape.text,
          to: path,
          when: shape.optional(shape.enum(whens)),
          mode: shape.optional(mode),
        }),
      ),
    ),
    [],
  ),
  links: shape.or(shape.list(shape.shorthand(parseLink, shape.map({ path, target: shape.text }))), []),
  files: shape.or(
    shape.list(
      shape.shorthand(
        (text) => ({ path: parseOutputPath(text), mode: undefined }),
        shape.map({ path, mode: shape.optional(mode) }),
      ),
    ),
    [],
  ),
  remove: shape.or(shape.list(shape.of('pattern', parsePattern)), []),
  owner: shape.optional(shape.of('uid:gid', parseOwner)),
  checks: shape.or(
    shape.map({
      free: shape.optional(shape.of('size such as 1Gi', parseBytes)),
      inodes: shape.optional(shape.integer({ min: 1 })),
      writable: shape.or(shape.boolean, false),
      tmpfs: shape.optional(shape.boolean),
      mountOptions: shape.or(shape.list(shape.text), []),
      sysctls: shape.or(shape.list(shape.of('condition such as vm.max_map_count>=262144', parseSysctl)), []),
      memory: shape.optional(shape.of('size such as 512Mi', parseBytes)),
      cpus: shape.optional(shape.of('number of processors such as 500m', parseProcessors)),
    }),
    {
      free: undefined,
      inodes: undefined,
      writable: false,
      tmpfs: undefined,
      mountOptions: [],
      sysctls: [],
      memory: undefined,
      cpus: undefined,
    },
  ),
})

/** Everything that one run shall do, in the order in which it is done. */
export type Plan = ValueOf<typeof planShape>
export type Checks = Plan['checks']
export type Copy = Plan['copies'][number]
export type { OutputPath }
