import type { Context } from '@initbox/core'
import type { Ask } from './call.ts'

/** A shape that the AWS SDK takes as it is. */
export type AwsCredentials = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  /** When they end; those of variables never say. */
  readonly expiration?: Date
}

/** What finding credentials needs of a tool's context. */
export type AwsWorld = Pick<Context, 'environment' | 'redactor' | 'signal'>

export type CredentialSettings = {
  /** Names the session in the account's audit trail (CloudTrail), where AWS_ROLE_SESSION_NAME does not. */
  readonly tool: string
  /** Who asks, for the error when there are none: `--auth rds-iam`. */
  readonly wantedBy?: string
  /** Whether the machine's own role counts, after all else. In Kubernetes it belongs to the node, not to the Pod. */
  readonly instanceRole?: boolean
  /**
   * How STS is asked where that needs a proxy or a CA; without, straight. What answers on the machine itself always is. A room
   * that did it by packages/net would bring all of HTTP into tools that never ask.
   */
  readonly ask?: Ask
}
