import { expect, test } from 'vitest'
import { presign, sign, type Signer, unsignedPayload } from './sign.ts'

const key = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const suite: Signer = {
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: key },
  region: 'us-east-1',
  service: 'service',
  now: new Date('2015-08-30T12:36:00Z'),
  path: 'as sent',
}
const unreserved = '-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const form = 'application/x-www-form-urlencoded'
const odd = String(new URLSearchParams({ '@#$%^': '', '+': '/,?><`";:\\|][{}' }))

// The AWS Signature Version 4 test suite, by the names that it gives.
test.each([
  ['get-vanilla', 'GET', '/', [], '', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  [
    'get-header-value-order',
    'GET',
    '/',
    ['My-Header1: value4', 'My-Header1: value1', 'My-Header1: value3', 'My-Header1: value2'],
    '',
    '08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01',
  ],
  [
    'get-header-value-trim',
    'GET',
    '/',
    ['My-Header1:  value1', 'My-Header2: "a   b   c" '],
    '',
    'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
  ],
  [
    'get-unreserved',
    'GET',
    `/${unreserved}`,
    [],
    '',
    '07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f',
  ],
  ['get-utf8', 'GET', '/ሴ', [], '', '8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85'],
  [
    'get-vanilla-query-order-key-case',
    'GET',
    '/?Param2=value2&Param1=value1',
    [],
    '',
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
  [
    'get-vanilla-query-unreserved',
    'GET',
    `/?${unreserved}=${unreserved}`,
    [],
    '',
    '9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197',
  ],
  [
    'get-vanilla-utf8-query',
    'GET',
    '/?ሴ=bar',
    [],
    '',
    '2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04',
  ],
  ['post-vanilla', 'POST', '/', [], '', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  [
    'post-header-value-case',
    'POST',
    '/',
    ['My-Header1: VALUE1'],
    '',
    'cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d',
  ],
  [
    'post-vanilla-query-nonunreserved',
    'POST',
    `/?${odd}`,
    [],
    '',
    '66c82657c86e26fb25238d0e69f011edc4c6df5ae71119d7cb98ed9b87393c1e',
  ],
  [
    'post-x-www-form-urlencoded',
    'POST',
    '/',
    [`Content-Type: ${form}`],
    'Param1=value1',
    'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  ],
  [
    'post-x-www-form-urlencoded-parameters',
    'POST',
    '/',
    [`Content-Type: ${form}; charset=utf8`],
    'Param1=value1',
    '1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe',
  ],
])('signs as the test suite does: %s', (_, method, path, headers, body, signature) => {
  const url = new URL(path, 'https://example.amazonaws.com')
  const given = headers.map((line) => line.split(/:(.*)/, 2) as [string, string])
  expect(signatureIn(sign({ method, url, headers: given, body }, suite))).toBe(signature)
})

test('signs a session token: post-sts-header-before', () => {
  const sessionToken =
    'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=='
  const signer = { ...suite, credentials: { ...suite.credentials, sessionToken } }
  const headers = sign({ method: 'POST', url: new URL('https://example.amazonaws.com/') }, signer)
  expect(headers).toContainEqual(['x-amz-security-token', sessionToken])
  expect(signatureIn(headers)).toBe('85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead')
})

const s3: Signer = {
  credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' },
  region: 'us-east-1',
  service: 's3',
  now: new Date('2013-05-24T00:00:00Z'),
}

// Amazon S3 API Reference, "Signature Calculations for the Authorization Header", its examples.
test.each([
  [
    'GET Object',
    'GET',
    '/test.txt',
    ['Range: bytes=0-9'],
    '',
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  ],
  [
    'PUT Object',
    'PUT',
    '/test$file.text',
    ['Date: Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class: REDUCED_REDUNDANCY'],
    'Welcome to Amazon S3.',
    '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  ],
  [
    'GET Bucket Lifecycle',
    'GET',
    '/?lifecycle',
    [],
    '',
    'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  ],
  [
    'Get Bucket (List Objects)',
    'GET',
    '/?max-keys=2&prefix=J',
    [],
    '',
    '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  ],
])('signs for S3: %s', (_, method, path, headers, body, signature) => {
  const url = new URL(path, 'https://examplebucket.s3.amazonaws.com')
  const given = headers.map((line) => line.split(/: (.*)/, 2) as [string, string])
  expect(signatureIn(sign({ method, url, headers: given, body }, s3))).toBe(signature)
})

test('an S3 body may be left out of the signature, or its hash given', () => {
  const url = new URL('https://examplebucket.s3.amazonaws.com/test.txt')
  expect(sign({ url, body: unsignedPayload }, s3)).toContainEqual(['x-amz-content-sha256', 'UNSIGNED-PAYLOAD'])
  const hash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
  expect(sign({ url, body: { sha256: hash } }, s3)).toEqual(sign({ url }, s3))
})

test('presigns for S3 as its reference does', () => {
  const url = new URL('https://examplebucket.s3.amazonaws.com/test.txt')
  expect(presign({ url, expires: 86_400 }, s3)).toBe(
    'https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  )
})

test.each(['/a%2Fb/c%20d', '/a+b', '/%E1%88%B4', '/100%'])(
  'the path that S3 signs is the one that is sent: %s',
  (path) => {
    const url = new URL(path, 'https://examplebucket.s3.amazonaws.com')
    const again = new URL(url.pathname.replaceAll('%20', ' '), url)
    expect(signatureIn(sign({ url: again }, s3))).toBe(signatureIn(sign({ url }, s3)))
  },
)

test('headers that a proxy changes are not signed', () => {
  const url = new URL('https://example.amazonaws.com/')
  const headers = [['User-Agent', 'initbox']] as const
  expect(sign({ url, headers }, suite).at(-1)?.[1]).toContain('SignedHeaders=host;x-amz-date,')
})

function signatureIn(headers: readonly (readonly [string, string])[]): string | undefined {
  return /Signature=(\w+)/.exec(headers.find(([name]) => name === 'authorization')?.[1] ?? '')?.[1]
}
