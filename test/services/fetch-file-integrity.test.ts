import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { registry, runToolWith, startService, useVolume, volumeEntries, type Service } from '@initbox/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tool } from '../../tools/fetch-file/src/tool.ts'

// What is checked was made by the programs that people make such files with: coreutils, openssl and minisign, of Debian.

useVolume()

const files = mkdtempSync(join(tmpdir(), 'initbox-signed-'))
let container: Service<object>

beforeAll(async () => {
  container = await startService(registry)
  writeFileSync(join(files, 'model.bin'), Buffer.alloc(3_000_000, 'weights'))
  writeFileSync(join(files, 'odd\\name'), 'odd')
  chmodSync(files, 0o755)
  execFileSync('tar', ['czf', 'data.tgz', 'model.bin'], { cwd: files })
  execFileSync('docker', ['cp', files, `${container.name}:/tmp/files`])
  await container.exec(
    'sh',
    '-ec',
    `cp -r /tmp/files /tmp/made; cd /tmp/made
     sha256sum * >GNU; sha256sum --binary * >BINARY; sha512sum --tag * >TAGGED; openssl dgst -sha256 model.bin >OPENSSL
     for each in mine other; do minisign -G -W -p $each.pub -s $each.key; done >/dev/null
     minisign -S -s mine.key -m model.bin data.tgz GNU -t 'release 1' >/dev/null
     minisign -S -s other.key -m model.bin -x other.minisig >/dev/null
     minisign -S -l -s mine.key -m model.bin -x legacy.minisig >/dev/null
     minisign -S -l -s mine.key -m GNU -x GNU.legacy >/dev/null
     rm *.key
     # cosign sign-blob --key writes what openssl does.
     openssl ecparam -name prime256v1 -genkey -noout -out ec.key; openssl ec -in ec.key -pubout -out cosign.pub
     openssl dgst -sha256 -sign ec.key model.bin | base64 -w0 >model.bin.sig; openssl dgst -sha256 -sign ec.key GNU | base64 >GNU.sig
     rm *.key`,
  )
  execFileSync('docker', ['cp', `${container.name}:/tmp/made/.`, files])
}, 120_000)
afterAll(async () => {
  await container.stop()
  rmSync(files, { recursive: true })
})

const run = (words: string, ...more: string[]) => runToolWith(tool, [words.replaceAll('$', `file://${files}`), ...more])

test.each([
  ['sha256sum', 'model.bin=$/model.bin#sha256-from=GNU'],
  ['sha256sum --binary', 'model.bin=$/model.bin#sha256-from=BINARY'],
  ['sha512sum --tag', 'model.bin=$/model.bin#sha512-from=TAGGED'],
  ['openssl dgst', 'model.bin=$/model.bin#sha256-from=OPENSSL'],
  ['sha256sum, a name with a backslash', 'odd=$/odd%5Cname#sha256-from=GNU'],
  ['sha512sum --tag, a name with a backslash', 'odd=$/odd%5Cname#sha512-from=TAGGED'],
])('%s says what a file must be', async (_maker, words) => {
  const { code, log } = await run(words)
  expect(log).toMatch(/sha(256|512) verified/)
  expect(code).toBe(0)
})

test('a file, an archive and a list that minisign signed', async () => {
  const key = ['--public-key', join(files, 'mine.pub')]
  const plain = await run('model.bin=$/model.bin', ...key)
  expect(plain.log).toContain('release 1')
  expect(plain.log).toContain('signature verified')
  expect((await run('data=$/data.tgz#unpack', ...key)).code).toBe(0)
  expect(readFileSync('data/model.bin').equals(readFileSync(join(files, 'model.bin')))).toBe(true)
  expect((await run('listed=$/model.bin#sha256-from=GNU', ...key)).code).toBe(0)
  expect((await run('old=$/model.bin#sha256-from=GNU&minisign=GNU.legacy', ...key)).code).toBe(0)
})

test('what another key has signed, or of old without hashing, is refused and nothing is published', async () => {
  const key = readFileSync(join(files, 'mine.pub'), 'utf8').split('\n')[1] ?? ''
  const other = await run(`model.bin=$/model.bin#minisign=other.minisig`, '--public-key', key)
  expect(other.log).toMatch(/other\.minisig is made by the key [0-9A-F]{16}, and --public-key is [0-9A-F]{16}/)
  expect(other.code).toBe(5)
  const legacy = await run(`model.bin=$/model.bin#minisign=legacy.minisig`, '--public-key', key)
  expect(legacy.log).toContain('is a legacy signature')
  expect(legacy.code).toBe(5)
  expect(volumeEntries()).toEqual([])
})

test('a file and a list that are signed by an ECDSA key, as cosign signs blobs', async () => {
  const key = ['--public-key', join(files, 'cosign.pub')]
  const plain = await run('model.bin=$/model.bin', ...key)
  expect(plain.log).toContain('signature verified')
  expect(plain.code).toBe(0)
  expect((await run('listed=$/model.bin#sha256-from=GNU', ...key)).code).toBe(0)
  const other = await run('other=$/data.tgz#cosign=model.bin.sig', ...key)
  expect(other.log).toContain('data.tgz is not what')
  expect(other.code).toBe(5)
  expect((await run('other=$/model.bin#minisign=x', ...key)).code).toBe(2)
})
