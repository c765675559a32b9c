import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { parseFlags } from './flags.ts'
import { podCommand } from './main.ts'

const folder = mkdtempSync(join(tmpdir(), 'pod-command-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function command(args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const texts = { out: '', err: '' }
  const write =
    (name: 'out' | 'err') =>
    (text: string): void => {
      texts[name] += text
    }
  const never = new AbortController().signal
  const code = await podCommand(args, { out: write('out'), err: write('err') }, { signal: never, force: never })
  return { code, ...texts }
}

function manifest(text: string): string {
  const file = join(folder, 'pod.yaml')
  writeFileSync(file, text)
  return file
}

test('flags become options', () => {
  const args =
    '--mode process --image a:1=b=c --image d=e --env A=1=2 --add-host h=10.0.0.1 --backoff 100ms --until ready --timeout 1m x.yaml'
  expect(parseFlags(args.split(' '))).toEqual({
    file: 'x.yaml',
    until: 'ready',
    timeout: 60_000,
    check: false,
    options: {
      mode: 'process',
      images: { 'a:1': 'b=c', d: 'e' },
      environment: { A: '1=2' },
      hosts: { h: '10.0.0.1' },
      ipv6: false,
      backOff: 100,
    },
  })
})

test('all problems of the flags are reported together', () => {
  const args = ['--mode', 'kvm', '--until', 'never', '--image', 'x', '--timeout', '12x']
  expect(() => parseFlags(args)).toThrow(
    /one manifest is needed, not 0\n--until: must be one of exit, ready, not 'never'\n--timeout must be a duration [^]*, not '12x'\n--mode: must be one of docker, process, auto, not 'kvm'\n--image: 'x' must have the form NAME=VALUE/,
  )
  expect(() => parseFlags(['--nope', 'a'])).toThrow("Unknown option '--nope'")
})

test('a wrong manifest is exit 2 and every problem a line', async () => {
  const file = manifest('{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {foo: 1, containers: [{name: a}]}}')
  expect(await command([file])).toEqual({
    code: 2,
    out: '',
    err: 'pod: Pod/web spec.foo: not understood by pod-runner\npod: Pod/web spec.containers[0].image: is missing\n',
  })
})

test('a folder instead of a manifest is exit 2', async () => {
  expect(await command([folder])).toMatchObject({ code: 2, err: `pod: cannot read ${folder}: it is a folder\n` })
})

test('a manifest that is not there is exit 4', async () => {
  expect(await command([join(folder, 'missing.yaml')])).toMatchObject({
    code: 4,
    err: expect.stringMatching(/^pod: cannot read .*missing.yaml: there is no such file/),
  })
})

test('--help needs nothing else', async () => {
  expect(await command(['--help'])).toMatchObject({
    code: 0,
    out: expect.stringContaining('usage: npm run pod'),
    err: '',
  })
})

test('--check asks all three judges', async () => {
  const file = manifest(
    '{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {foo: 1, containers: [{name: 3, image: a}]}}',
  )
  const { code, err } = await command(['--check', file])
  expect(code).toBe(2)
  for (const judge of ['pod-runner: Pod/web spec.foo', 'schema: Pod: ', 'restricted: spec.containers[0]'])
    expect(err).toContain(`pod: ${judge}`)
})
