import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { runToolWith, useVolume } from '@initbox/testing'
import { expect, test } from 'vitest'
import { tool } from './tool.ts'

useVolume()

test.each([
  [['up', '2'], "up takes no argument, not '2'; it always means all files"],
  [
    ['wait', '--forget', '--resume-at', '2'],
    '--forget is for repair, not for wait; --resume-at is for repair, not for wait',
  ],
  [['status', '--from', 'goose'], '--from is for up, plan, baseline, not for status'],
  [['new'], 'new needs a name, such as `new add_users`'],
  [['baseline'], 'baseline needs either a version or --from'],
  [['baseline', '3', '--from', 'goose'], 'baseline needs either a version or --from'],
  [['repair', '--forget'], '--forget needs the version to forget'],
  [['repair', '3', '--forget', '--resume-at', '2'], '--forget and --resume-at exclude each other'],
])('%j is exit 2', async (argv, message) => {
  expect(await runToolWith(tool, argv)).toMatchObject({ code: 2, log: expect.stringContaining(message) })
})

test('without a database in the options it says what to set', async () => {
  mkdirSync('migrations')
  writeFileSync('migrations/1_a.sql', 'SELECT 1')
  expect(await runToolWith(tool, [])).toMatchObject({
    code: 2,
    log: 'error: no database host is given (hint: set --url (DATABASE_URL), or PGHOST, PGUSER and PGDATABASE)',
  })
  expect(await runToolWith(tool, ['validate'])).toMatchObject({
    code: 0,
    log: '1 migrations are well-formed; no database was asked',
  })
})

test.each([
  [[], 'V001__add_users.sql'],
  [['V009__a.sql'], 'V010__add_users.sql'],
  [['000012_a.up.sql'], '000013_add_users.up.sql'],
  [['3-a.sql'], '4-add_users.sql'],
])('new beside %j makes %s', async (files, made) => {
  mkdirSync('migrations')
  for (const file of files) writeFileSync(`migrations/${file}`, 'SELECT 1')
  expect(await runToolWith(tool, ['new', 'Add Users!'])).toMatchObject({ code: 0, log: `made migrations/${made}` })
  expect(readdirSync('migrations')).toContain(made)
})

test.each(['up', 'wait', 'plan', 'status'])(
  '%s that runs out of time tells where it asked, and the last reason',
  async (command) => {
    mkdirSync('migrations')
    writeFileSync('migrations/V1__a.sql', 'CREATE TABLE a ()')
    const argv = [command, '--url=postgres://app@127.0.0.1:1/shop', '--timeout=300ms']
    expect(await runToolWith(tool, argv)).toMatchObject({
      code: 124,
      log: expect.stringMatching(/error: gave up after 300 ms: 127\.0\.0\.1:1\/shop: connection refused$/),
    })
  },
)
