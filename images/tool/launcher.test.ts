import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { architectures, hostArchitecture, type Architecture } from '../base/contents.ts'
import { launcher } from './launcher.ts'

const own = '/nodejs/bin/node'

/** The launcher, put to start another program that is as near at hand. */
function starting(program: string): Buffer {
  if (program.length > own.length) throw new Error(`${program} has no room`)
  return Buffer.from(
    launcher(hostArchitecture).toString('latin1').replace(`${own}\0`, program.padEnd(17, '\0')),
    'latin1',
  )
}

function run(bytes: Buffer, env: Record<string, string>, ...words: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'initbox-launcher-'))
  try {
    writeFileSync(join(folder, 'start'), bytes, { mode: 0o755 })
    const { status, stdout, stderr } = spawnSync(join(folder, 'start'), words, { env, encoding: 'utf8' })
    return { status, stdout, stderr }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test.each<[string, Record<string, string>, string[]]>([
  ['alone', { NODE_OPTIONS: '--bogus' }, []],
  ['among others', { A: '1', NODE_OPTIONS: '--bogus', B: '2' }, ['A=1', 'B=2']],
  [
    'but not what is called alike',
    { NODE_OPTION: '1', NODE_OPTIONSX: '2', NODE_EXTRA: '' },
    ['NODE_EXTRA=', 'NODE_OPTION=1', 'NODE_OPTIONSX=2'],
  ],
  ['none is there', {}, []],
])('it takes NODE_OPTIONS away, %s', (_, env, left) => {
  const { status, stdout } = run(starting('/usr/bin/env'), env)
  expect({ status, lines: stdout.split('\n').filter(Boolean).toSorted() }).toEqual({ status: 0, lines: left })
})

test('it passes its arguments and ends as the program does', () => {
  expect(run(starting('/bin/sh'), {}, '-c', 'echo "$0 $1"; exit 7', 'a b', '')).toEqual({
    status: 7,
    stdout: 'a b \n',
    stderr: '',
  })
})

test('where there is no Node it says so', () => {
  expect(run(starting('/nowhere'), {})).toEqual({ status: 127, stdout: '', stderr: `cannot start ${own}\n` })
})

test.each(Object.keys(architectures) as Architecture[])('for %s it is a few hundred bytes', (architecture) => {
  expect(launcher(architecture).length).toBeLessThan(400)
})
