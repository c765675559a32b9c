import { expect, test } from 'vitest'
import { presign } from './rds-token.ts'

test('makes the token that the signer of the AWS SDK makes', () => {
  const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'se/cret+key', sessionToken: 'tok/en+=' }
  const target = { host: 'db.abc.eu-central-1.rds.amazonaws.com', port: 5432, user: 'app user', region: 'eu-central-1' }
  const [where, query] = presign(target, credentials, new Date('2026-11-22T10:32:15.123Z')).split('?')
  expect(where).toBe('db.abc.eu-central-1.rds.amazonaws.com:5432/')
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
})
