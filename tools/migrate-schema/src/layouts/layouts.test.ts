import { expect, test } from 'vitest'
import { readFileName } from './index.ts'

test.each([
  ['V1__create_users.sql', { kind: 'versioned', version: '1', name: 'create users' }],
  ['V001__a.sql', { kind: 'versioned', version: '1', name: 'a' }],
  ['V1_2__a__b.sql', { kind: 'versioned', version: '1.2', name: 'a  b' }],
  ['V2024.01.31__a.sql', { kind: 'versioned', version: '2024.1.31', name: 'a' }],
  ['R__views.sql', { kind: 'repeatable', name: 'views' }],
  ['U1__create_users.sql', 'not run'],
  ['B5__all.sql', { refused: 'baseline scripts of Flyway (B…) are not supported; make it a V… file' }],
  ['000001_create_users.up.sql', { kind: 'versioned', version: '1', name: 'create users' }],
  ['000001_create_users.down.sql', 'not run'],
  ['1481574547_x.up.sql', { kind: 'versioned', version: '1481574547', name: 'x' }],
  ['001_create-users.sql', { kind: 'versioned', version: '1', name: 'create users' }],
  ['20240131120000_create_users.sql', { kind: 'versioned', version: '20240131120000', name: 'create users' }],
  ['V1_create_users.sql', undefined],
  ['Vx__a.sql', undefined],
  ['V1__.sql', undefined],
  ['schema.sql', undefined],
])('%s', (fileName, expected) => {
  expect(readFileName(fileName)).toEqual(expected)
})
