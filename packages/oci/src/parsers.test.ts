import { ToolError } from '@initbox/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseChallenge } from './challenge.ts'
import { digestOf, parseManifest, pickPlatform } from './manifest.ts'
import { parseReference } from './reference.ts'

const cases = process.env['INITBOX_FULL'] === '1' ? 300_000 : 20_000
const digest = `sha256:${'a'.repeat(64)}`

test.each([
  ['ghcr.io/org/model:v1', { registry: 'ghcr.io', repository: 'org/model', target: 'v1', digest: undefined }],
  ['r.test:5000/m', { registry: 'r.test:5000', repository: 'm', target: 'latest', digest: undefined }],
  [`r.test/a/b__c/d-e.f@${digest}`, { registry: 'r.test', repository: 'a/b__c/d-e.f', target: digest, digest }],
  [`r.test/m:v1@${digest}`, { registry: 'r.test', repository: 'm', target: digest, digest }],
  ['docker.io/alpine', { registry: 'docker.io', repository: 'library/alpine', target: 'latest', digest: undefined }],
  ['index.docker.io/org/x:1', { registry: 'docker.io', repository: 'org/x', target: '1', digest: undefined }],
  ['[::1]:5000/m', { registry: '[::1]:5000', repository: 'm', target: 'latest', digest: undefined }],
])('%s', (text, reference) => {
  expect(parseReference(text)).toEqual(reference)
})

test.each([
  ['model', 'must begin with a registry'],
  ['user:pw@r.test/m', 'must begin with a registry'],
  ['r.test/', 'is no repository:tag'],
  ['r.test/Model', 'upper case'],
  ['r.test/m:', 'is no repository:tag'],
  ['r.test/m?x=1', 'is no repository:tag'],
  ['r.test/../m', 'is no repository:tag'],
  ['r.test/m@sha256:12', 'no sha256'],
  [`r.test/m@md5:${'a'.repeat(32)}`, 'no sha256'],
])('%s is no reference', (text, told) => {
  expect(() => parseReference(text)).toThrow(told)
})

test.each([
  [
    'Bearer realm="https://auth.test/token",service="r.test",scope="repository:a/b:pull,push"',
    { scheme: 'bearer', realm: 'https://auth.test/token', service: 'r.test', scope: 'repository:a/b:pull,push' },
  ],
  ['bearer REALM=https://auth.test/t', { scheme: 'bearer', realm: 'https://auth.test/t' }],
  ['Basic realm="a \\"b\\""', { scheme: 'basic' }],
  ['Negotiate, Basic realm="x"', { scheme: 'basic' }],
  ['Digest realm="x", nonce="Bearer y", Bearer realm="https://a.test"', { scheme: 'bearer', realm: 'https://a.test' }],
])('%s', (header, challenge) => {
  expect(parseChallenge(header)).toEqual(expect.objectContaining(challenge))
})

test.each(['', 'Bearer', 'Negotiate', 'Bearer service="x"'])('%j cannot be met', (header) => {
  expect(parseChallenge(header)).toBeUndefined()
})

const descriptor = (platform?: object, annotations?: object) => ({
  mediaType: 'x',
  digest,
  size: 1,
  platform,
  annotations,
})
const indexOf = (...manifests: object[]) => {
  const parsed = parseManifest(Buffer.from(JSON.stringify({ schemaVersion: 2, manifests })), 'r.test/m:1')
  return parsed.kind === 'index' ? parsed.manifests : []
}
const arm = descriptor({ os: 'linux', architecture: 'arm64', variant: 'v8' })
const amd = descriptor({ os: 'linux', architecture: 'amd64' })
const attestation = descriptor(
  { os: 'unknown', architecture: 'unknown' },
  { 'vnd.docker.reference.type': 'attestation-manifest' },
)

test('of an index the platform decides, and what describes an image is none', () => {
  expect(pickPlatform(indexOf(amd, arm, attestation), 'linux/arm64', 'm').platform).toBe('linux/arm64/v8')
  expect(pickPlatform(indexOf(attestation, descriptor()), 'linux/amd64', 'm').platform).toBeUndefined()
  expect(() => pickPlatform(indexOf(arm, attestation), 'linux/amd64', 'm')).toThrow('m has nothing for linux/amd64')
  expect(() => pickPlatform(indexOf(amd), 'linux/am', 'm')).toThrow('nothing for linux/am')
})

test.each([
  ['{', 'is no JSON'],
  ['null', 'schemaVersion is not 2'],
  ['{"schemaVersion":1,"fsLayers":[]}', 'schemaVersion is not 2'],
  ['{"schemaVersion":2}', 'without layers'],
  ['{"schemaVersion":2,"layers":[1]}', 'a descriptor that is none'],
  [`{"schemaVersion":2,"layers":[{"mediaType":"x","digest":"${digest}","size":-1}]}`, 'a descriptor that is none'],
  ['{"schemaVersion":2,"layers":[{"mediaType":"x","digest":"md5:00","size":1}]}', 'cannot be verified'],
  ['{"schemaVersion":2,"layers":[{"mediaType":"x","digest":"sha256:../../x","size":1}]}', 'cannot be verified'],
])('the manifest %s is refused', (text, told) => {
  expect(() => parseManifest(Buffer.from(text), 'r.test/m:1')).toThrow(told)
})

test('any JSON is a manifest with digests that can be verified, or refused', () => {
  const value = fc.oneof(fc.jsonValue(), fc.constant(descriptor()), fc.constant(amd))
  const root = fc.record(
    {
      schemaVersion: fc.constant(2),
      layers: fc.array(value),
      manifests: fc.oneof(fc.array(value), value),
      config: value,
    },
    { requiredKeys: ['schemaVersion'] },
  )
  fc.assert(
    fc.property(fc.oneof(root, fc.jsonValue()), (json) => {
      const parsed = unlessRefused(() => parseManifest(Buffer.from(JSON.stringify(json)), 'm'))
      const all = parsed === undefined ? [] : parsed.kind === 'index' ? parsed.manifests : parsed.manifest.layers
      expect(all.filter((each) => each.digest !== digest)).toEqual([])
    }),
    { numRuns: cases / 5 },
  )
})

test('any header is a challenge or none', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom('Bearer ', 'Basic', 'realm="', '"', ',', '=', '\\', 'https://a.test'),
  )
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      expect(['basic', 'bearer', undefined]).toContain(parseChallenge(pieces.join(''))?.scheme)
    }),
    { numRuns: cases },
  )
})

test('a digest of the kind that is wanted', () => {
  expect(digestOf(Buffer.from(''))).toBe('sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  expect(digestOf(Buffer.from(''), 'sha512:x')).toMatch(/^sha512:cf83e1357eefb8bd/)
})

function unlessRefused<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof ToolError) return undefined
    throw error
  }
}
