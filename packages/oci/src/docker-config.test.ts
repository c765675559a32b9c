import { mkdirSync, writeFileSync } from 'node:fs'
import { Redactor } from '@initbox/core'
import { useVolume } from '@initbox/testing'
import { expect, test } from 'vitest'
import { credentialsIn } from './docker-config.ts'

useVolume()

const auth = Buffer.from('user:pass:word').toString('base64')
const redactor = new Redactor()
const find = (config: unknown, name = 'r.test/org/model', path = 'config.json') => {
  writeFileSync('config.json', typeof config === 'string' ? config : JSON.stringify(config))
  const [registry = '', ...rest] = name.split('/')
  return credentialsIn(path, { registry, repository: rest.join('/') }, redactor)
}
const login = { kind: 'password', username: 'user', password: 'pass:word' }

test.each([
  ['the host', { auths: { 'r.test': { auth } } }, 'r.test/m', login],
  ['a URL, as some logins write it', { auths: { 'https://r.test/v2/': { auth } } }, 'r.test/m', login],
  ['user and password', { auths: { 'r.test': { username: 'user', password: 'pass:word' } } }, 'r.test/m', login],
  ['Docker Hub', { auths: { 'https://index.docker.io/v1/': { auth } } }, 'docker.io/library/alpine', login],
  ['a Secret of the type dockercfg', { 'r.test': { auth, email: 'x' } }, 'r.test/m', login],
  ['another port', { auths: { 'r.test:5000': { auth } } }, 'r.test/m', undefined],
  ['a name that only begins so', { auths: { 'r.te': { auth }, 'r.test/or': { auth } } }, 'r.test/org/m', undefined],
  ['nothing in it', { auths: { 'r.test': {} } }, 'r.test/m', undefined],
  ['no auths', { auths: {} }, 'r.test/m', undefined],
  [
    'a refresh token',
    { auths: { 'r.test': { auth, identitytoken: 'T0KEN' } } },
    'r.test/m',
    { kind: 'identity', token: 'T0KEN' },
  ],
  ['a token', { auths: { 'r.test': { registrytoken: 'T0KEN' } } }, 'r.test/m', { kind: 'bearer', token: 'T0KEN' }],
])('%s', (_name, config, name, expected) => {
  expect(find(config, name)).toEqual(expected)
})

test('the longest place that the repository lies below counts', () => {
  const other = Buffer.from('other:sesame-7').toString('base64')
  const config = { auths: { 'r.test': { auth: other }, 'r.test/org': { auth } } }
  expect(find(config, 'r.test/org/model')).toEqual(login)
  expect(find(config, 'r.test/orga/model')).toEqual({ kind: 'password', username: 'other', password: 'sesame-7' })
  expect(redactor.redact('sesame-7 and pass:word')).toBe('[redacted] and [redacted]')
})

test('the folder of config.json, or of a mounted Secret', () => {
  mkdirSync('secret')
  writeFileSync('secret/.dockerconfigjson', JSON.stringify({ auths: { 'r.test': { auth } } }))
  expect(find({}, 'r.test/m', 'secret')).toEqual(login)
  expect(find({ auths: { 'r.test': { auth } } }, 'r.test/m', '.')).toEqual(login)
})

test('a login that a program keeps cannot be had, and what is no such file quotes nothing', () => {
  expect(() => find({ credHelpers: { 'r.test': 'ecr-login' } })).toThrow(
    'docker-credential-ecr-login, which cannot run',
  )
  expect(() => find({ credsStore: 'desktop' })).toThrow('docker-credential-desktop')
  expect(find({ credsStore: 'desktop', auths: { 'r.test': { auth } } })).toEqual(login)
  expect(() => find('{"auth": "hunter2"')).toThrow(
    /^config\.json is no config\.json of Docker: it is not a JSON object$/,
  )
  expect(() => find({}, 'r.test/m', 'none')).toThrow('there is no such file')
})
