import { expect, test } from 'vitest'
import { mapPath, mapPaths, unmapPaths } from './path-mapping.ts'

const mapping = [
  ['/init', '/tmp/pod/volumes/shared'],
  ['/init/deep', '/tmp/pod/volumes/deep'],
  ['/etc/app.d', '/tmp/pod/volumes/app'],
] as const

test.each([
  ['/init', '/tmp/pod/volumes/shared'],
  ['/init/ip.txt', '/tmp/pod/volumes/shared/ip.txt'],
  ['/init/deep/x', '/tmp/pod/volumes/deep/x'],
  ['/init/deeper', '/tmp/pod/volumes/shared/deeper'],
  ['--out=/init/ip.txt', '--out=/tmp/pod/volumes/shared/ip.txt'],
  ['file:///init/ready', 'file:///tmp/pod/volumes/shared/ready'],
  ['unix:///init/s.sock', 'unix:///tmp/pod/volumes/shared/s.sock'],
  ['/init/a:/init/b', '/tmp/pod/volumes/shared/a:/tmp/pod/volumes/shared/b'],
  ['/init/a,/etc/app.d', '/tmp/pod/volumes/shared/a,/tmp/pod/volumes/app'],
  ['cat /init/a', 'cat /tmp/pod/volumes/shared/a'],
  ['/initial', '/initial'],
  ['/x/init', '/x/init'],
  ['http://host/init/x', 'http://host/init/x'],
  ['init/x', 'init/x'],
  ['/etc/appxd', '/etc/appxd'],
  ['${file:ip.txt}', '${file:ip.txt}'],
])('%s becomes %s', (text, expected) => {
  expect(mapPaths(text, mapping)).toBe(expected)
})

test('a path where nothing is mounted has no folder', () => {
  expect(mapPath('/srv', mapping)).toBeUndefined()
  expect(mapPath('/init', [])).toBeUndefined()
})

test.each([
  ['cannot read /tmp/pod/volumes/shared/t: …', 'cannot read /init/t: …'],
  ['"/tmp/pod/volumes/deep", /tmp/pod/volumes/app/x', '"/init/deep", /etc/app.d/x'],
  ['/tmp/pod/volumes/shared2/t', '/tmp/pod/volumes/shared2/t'],
  ['/tmp/other', '/tmp/other'],
])('%s is shown as %s', (text, expected) => {
  expect(unmapPaths(text, mapping)).toBe(expected)
})
