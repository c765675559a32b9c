import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  allDefinitions,
  definitionOfImage,
  parseDefinitions,
  recipeFolder,
  repositoryOf,
  serviceDefinition,
} from './service-definitions.ts'

test('a service is read with its image, command, environment and ports', () => {
  const text = `services:
    redis:
      image: redis:7
      command: [redis-server, --save, '']
      environment: { LIMIT: 5 }
      ports: ['127.0.0.1::6379', '127.0.0.1::53/udp']`
  expect(parseDefinitions(text).get('redis')).toEqual({
    name: 'redis',
    image: 'redis:7',
    command: ['redis-server', '--save', ''],
    environment: { LIMIT: '5' },
    ports: ['6379', '53/udp'],
  })
})

test.each([
  [`services: { a: { image: a, restart: always } }`, /'restart' is not understood/],
  [`services: { a: { ports: [] } }`, /needs either 'image' or 'build'/],
  [`services: { a: { image: a, build: b } }`, /needs either 'image' or 'build'/],
  [`services: { a: { image: a, command: 'redis-server --save' } }`, /are lists/],
  [`services: { a: { image: a, ports: ['8080:8080'] } }`, /127\.0\.0\.1::/],
])('%s is refused', (text, problem) => {
  expect(() => parseDefinitions(text)).toThrow(problem)
})

test('an unknown service is refused with the names of the known ones', () => {
  expect(() => serviceDefinition('oracle')).toThrow(/no service 'oracle' .*nginx, postgres/)
})

test('every service of packages/engine/services/compose.yaml can be made without a registry', () => {
  const without = allDefinitions().filter(({ name }) => !existsSync(join(recipeFolder(name), 'Dockerfile')))
  expect(without).toEqual([])
})

describe('an image of a manifest is that of a service', () => {
  test.each([
    ['nginxinc/nginx-unprivileged:1.29-alpine', 'nginx'],
    ['docker.io/library/postgres:15@sha256:00', 'postgres'],
    ['postgres', 'postgres'],
    ['registry.test:5000/postgres:15', undefined],
    ['initbox/wait-for:dev', undefined],
  ])('%s: %s', (reference, name) => {
    expect(definitionOfImage(reference)?.name).toBe(name)
  })
})

test('a registry with a port is no tag', () => {
  expect(repositoryOf('registry.test:5000/team/app')).toBe('registry.test:5000/team/app')
})
