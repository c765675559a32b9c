import { DeniedError, NotReadyError, readText } from '@initbox/core'
import type { Answer } from './call.ts'
import type { AwsCredentials, AwsWorld } from './credentials.ts'

/**
 * Credentials out of an answer in JSON or XML; the names in it differ by who gives them. Throws DeniedError for a refusal,
 * NotReadyError for what will pass.
 */
export function readCredentials({ status, body }: Answer, who: string): AwsCredentials {
  const field = (name: string): string | undefined =>
    new RegExp(`"${name}"\\s*:\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([\\d.eE+]+))|<${name}>([^<]*)</${name}>`)
      .exec(body)
      ?.slice(1)
      .find((text) => text !== undefined)
      ?.replaceAll('\\/', '/')
  if (status !== 200) {
    const said = [field('Code') ?? field('code'), field('Message') ?? field('message')].filter((each) => each)
    const message = `${who} answered ${status}${said.length > 0 ? `: ${said.join(': ').slice(0, 300)}` : ''}`
    // STS says 400 when the issuer of the token could not be asked, and when it is asked too often.
    const passes = status === 429 || status >= 500 || /Throttl|IDPCommunicationError/.test(said[0] ?? '')
    throw passes ? new NotReadyError(message) : new DeniedError(message)
  }
  const accessKeyId = field('AccessKeyId')
  const secretAccessKey = field('SecretAccessKey')
  if (!accessKeyId || !secretAccessKey) throw new DeniedError(`${who} answered without credentials`)
  const sessionToken = field('SessionToken') ?? field('Token')
  const expiration = readTime(field('Expiration'))
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken ? { sessionToken } : {}),
    ...(expiration === undefined ? {} : { expiration }),
  }
}

/** RFC 3339, or seconds since 1970 as STS writes them in JSON. */
function readTime(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined
  const time = new Date(/^[\d.eE+]+$/.test(text) ? Number(text) * 1_000 : text)
  return Number.isNaN(time.getTime()) ? undefined : time
}

/** A token that the kubelet keeps in the file that `variable` names, told to the redactor. Throws as core's `readText`. */
export function readToken(path: string, variable: string, { redactor }: AwsWorld): string {
  const token = readText(path, { limit: 64 * 1024, option: `$${variable}` }).trim()
  redactor.add(token)
  return token
}
