import { Redactor } from '@initbox/core'
import { expect, test } from 'vitest'
import { rdsIamToken } from './rds-token.ts'

const environment = {
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'se/cret+key',
  AWS_SESSION_TOKEN: 'tok/en+=',
}
const redactor = new Redactor()
const context = { environment, redactor, signal: new AbortController().signal }
const target = { port: 5432, user: 'app user', region: undefined }

test('makes the token that the signer of the AWS SDK makes', async () => {
  const host = 'db.abc.eu-central-1.rds.amazonaws.com'
  const token = await rdsIamToken({ ...target, host }, context, new Date('2026-11-22T10:32:15.123Z'))
  const [where, query] = token.split('?')
  expect(where).toBe(`${host}:5432/`)
  // @aws-sdk/rds-signer 3 with the same input.
  expect(Object.fromEntries(new URLSearchParams(query))).toEqual({
    Action: 'connect',
    DBUser: 'app user',
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': 'AKIAEXAMPLE/20261122/eu-central-1/rds-db/aws4_request',
    'X-Amz-Date': '20261122T103215Z',
    'X-Amz-Expires': '900',
    'X-Amz-Security-Token': 'tok/en+=',
    'X-Amz-Signature': '634acbea87511417f1d92e3294a7941362a0681174fe9f2197bbdb3a99954de0',
    'X-Amz-SignedHeaders': 'host',
  })
  expect(query).toContain('DBUser=app%20user&')
  expect(redactor.redact(token)).toBe('[redacted]')
})

test('a host that names no region is exit 2', async () => {
  await expect(rdsIamToken({ ...target, host: 'db.example.com' }, context)).rejects.toMatchObject({ exitCode: 2 })
})
