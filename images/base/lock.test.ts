import { expect, test } from 'vitest'
import { architectures, keptPaths, stripPackages, type Architecture } from './contents.ts'
import { readLock } from './lock.ts'

test.each(Object.keys(architectures) as Architecture[])(
  'lock.json has every input for %s, by its hash',
  (architecture) => {
    const { debian, node } = readLock()
    const wanted = [...Object.keys(keptPaths(architecture)), ...stripPackages]
    expect(Object.keys(debian[architecture]).toSorted()).toEqual(wanted.toSorted())
    for (const { sha256 } of Object.values(debian[architecture])) expect(sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(node.integrity[architectures[architecture].nodePackage]).toMatch(/^sha512-[\w+/]{86}==$/)
  },
)
