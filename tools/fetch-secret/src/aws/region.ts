import { partitionOf } from '@initbox/aws'
import { UsageError } from '@initbox/core'
import type { Address } from '../entries/address.ts'
import type { Given } from '../given.ts'

/** The region to ask: what `?region=` or the ARN says, else the one of the Pod. */
export function regionFor({ path, query, label }: Address, { awsRegion }: Given): string {
  const region = query.get('region') ?? regionOfArn(path) ?? awsRegion
  if (region === undefined || region === '') {
    throw new UsageError(`the AWS region of ${label} is not given`, {
      hint: 'set AWS_REGION, or ?region= on the secret',
    })
  }
  // It becomes part of a host name.
  if (/^[a-z0-9-]{1,40}$/.test(region)) return region
  throw new UsageError(`the AWS region of ${label} is no name of a region`)
}

/** `arn:partition:service:region:account:…` */
export function regionOfArn(name: string): string | undefined {
  return /^arn:[^:]+:[^:]+:([^:]+):/.exec(name)?.[1]
}

/** The beginning of an ARN; China and GovCloud have partitions of their own. */
export function arnPrefix(service: string, region: string): string {
  return `arn:${partitionOf(region)}:${service}:${region}`
}
