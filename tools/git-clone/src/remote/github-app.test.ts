import { expect, test } from 'vitest'
import { apiOf } from './github-app.ts'

test.each([
  ['https://github.com/o/n.git', 'https://api.github.com/'],
  ['https://octo.ghe.com/o/n.git', 'https://api.octo.ghe.com/'],
  ['https://git.example.com:8443/o/n.git', 'https://git.example.com:8443/api/v3'],
])('the API of %s is %s', (repository, api) => {
  expect(apiOf(new URL(repository)).href).toBe(api)
})
