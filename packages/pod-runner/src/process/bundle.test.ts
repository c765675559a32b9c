import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { bundleOf, wordsOf } from './bundle.ts'

const root = mkdtempSync(join(tmpdir(), 'bundle-'))
mkdirSync(join(root, 'tools/wait-for'), { recursive: true })
afterAll(() => rmSync(root, { recursive: true }))

const images = new Map([
  ['acme/probe:1', '/srv/probe.cjs'],
  ['acme/wait:2', 'initbox/wait-for:dev'],
])

test.each([
  ['initbox/wait-for:dev', 'tools/wait-for/dist/wait-for.cjs'],
  ['registry.example:5000/team/initbox/wait-for@sha256:0', 'tools/wait-for/dist/wait-for.cjs'],
  ['initbox/wait-for', 'tools/wait-for/dist/wait-for.cjs'],
  ['acme/wait:2', 'tools/wait-for/dist/wait-for.cjs'],
])('%s is %s', (image, bundle) => {
  expect(bundleOf(image, { root, images })).toBe(join(root, bundle))
})

test.each(['nginx', 'initbox/unknown:dev', 'wait-for:dev', 'initbox/../wait-for'])('%s is no tool', (image) => {
  expect(bundleOf(image, { root, images })).toBeUndefined()
})

test('an image can be mapped to a file', () => {
  expect(bundleOf('acme/probe:1', { root, images })).toBe('/srv/probe.cjs')
})

test('a command names the tool in one of three ways', () => {
  const bundle = '/x/wait-for.cjs'
  expect(wordsOf(['wait-for', 'a'], bundle)).toEqual(['a'])
  expect(wordsOf(['/usr/local/bin/wait-for', 'a'], bundle)).toEqual(['a'])
  expect(wordsOf(['/nodejs/bin/node', '/initbox/wait-for.cjs', 'a'], bundle)).toEqual(['a'])
  expect(wordsOf(['/initbox/start', '/initbox/main.cjs', 'a'], bundle)).toEqual(['a'])
  expect(() => wordsOf(['sh', '-c', 'true'], bundle)).toThrow(
    "command 'sh' is not wait-for and can not run without Docker",
  )
})
