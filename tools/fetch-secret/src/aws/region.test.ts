import { expect, test } from 'vitest'
import { arnPrefix } from './region.ts'

test.each([
  ['eu-west-1', 'arn:aws:ssm:eu-west-1'],
  ['cn-north-1', 'arn:aws-cn:ssm:cn-north-1'],
  ['us-gov-west-1', 'arn:aws-us-gov:ssm:us-gov-west-1'],
])('an ARN of %s begins with %s', (region, prefix) => {
  expect(arnPrefix('ssm', region)).toBe(prefix)
})
