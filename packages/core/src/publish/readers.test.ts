import { chmodSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseOutputPath } from '../values/relative-path.ts'
import { publishFiles } from './publish-files.ts'
import { readersWarning } from './readers.ts'
import { useVolume } from './test-volume.ts'

useVolume()

const output = (path: string, mode: number) => ({ to: parseOutputPath(path), content: 'x', mode })

test('a file that only this user can read is warned of, with what to do where it runs', async () => {
  const outputs = [output('public', 0o644), output('token', 0o440)]
  await publishFiles(outputs)
  const what = `only uid ${process.geteuid?.()} and gid ${process.getegid?.()} can read token, mode 0440`
  expect(readersWarning(outputs, true)).toBe(
    `${what} (hint: set fsGroup in the Pod's securityContext, or give the application the same runAsUser)`,
  )
  expect(readersWarning(outputs, false)).toMatch(/run the application as the same user/)
})

test('with fsGroup, or when all may read, there is nothing to say', async () => {
  await publishFiles([output('public', 0o644)])
  expect(readersWarning([output('public', 0o644)], true)).toBeUndefined()
  chmodSync('.', 0o2775)
  await publishFiles([output('token', 0o440)])
  expect(readersWarning([output('token', 0o440)], true)).toBeUndefined()
})
