import fc from 'fast-check'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { formatOutputPath, parseOutputOrStdout, parseOutputPath, parseRelativePath } from './relative-path.ts'

test.each([
  ['a', 'a'],
  ['./a//b/', 'a/b'],
  ['.', '.'],
  ['./', '.'],
  ['...', '...'],
  ['a/..b', 'a/..b'],
  ['-', '-'],
])('%s is %s below the volume', (text, expected) => {
  expect(parseRelativePath(text)).toBe(expected)
})

test.each([
  ['', 'must not be empty'],
  ['a\0', 'must not contain a NUL byte'],
  ['/etc/passwd', "must be relative to the volume, not absolute: '/etc/passwd'"],
  ['..', "must not contain '..': '..'"],
  ['a/../b', "must not contain '..': 'a/../b'"],
])('%j is refused', (text, message) => {
  expect(() => parseRelativePath(text)).toThrow(new Error(message))
})

test.each([
  ['ip.txt', '.', 'ip.txt'],
  ['/work//x/', '/', 'work/x'],
  ['/', '/', '.'],
])('%s goes to %s as %s', (text, root, path) => {
  expect(parseOutputPath(text)).toEqual({ root, path })
})

test("an absolute path may not contain '..' either", () => {
  expect(() => parseOutputPath('/init/../etc')).toThrow(new Error("must not contain '..': '/init/../etc'"))
})

test('any accepted path resolves to where the file system would find it, inside its root', () => {
  const part = fc.constantFrom('', '.', '..', '...', 'a', 'b c', '-', 'é')
  const parse = (text: string): string => {
    try {
      return formatOutputPath(parseOutputPath(text))
    } catch {
      return 'refused'
    }
  }
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
      const text = parts.join('/')
      const dangerous = text === '' || text === '-' || parts.includes('..')
      const path = parse(text)
      expect(path === 'refused').toBe(dangerous)
      if (!dangerous) return resolve('/volume', path) === resolve('/volume', text) && !path.includes('//')
      return true
    }),
  )
})

test.each([
  ['-', 'cannot go to stdout'],
  ['/dev/stdout', 'must not lie in /dev'],
  ['/dev', 'must not lie in /dev'],
  ['//dev/./null', 'must not lie in /dev'],
  ['/dev/shm', 'must not lie in /dev'],
  ['/proc/1/cmdline', 'must not lie in /proc'],
  ['/sys/kernel', 'must not lie in /sys'],
])('%s is no output', (path, message) => {
  expect(() => parseOutputPath(path)).toThrow(message)
})

test.each(['/dev/shm/x', '/device/x', 'dev/x', './-'])('%s is one', (path) => {
  expect(() => parseOutputPath(path)).not.toThrow()
})

test('where there is one result it may go to stdout', () => {
  for (const path of ['-', '/dev/stdout', '/dev/fd/1']) expect(parseOutputOrStdout(path)).toBe('stdout')
  expect(parseOutputOrStdout('a')).toEqual({ root: '.', path: 'a' })
  expect(() => parseOutputOrStdout('/dev/stderr')).toThrow('must not lie in /dev')
})
