import { GetParameterCommand, GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm'
import { NotFoundError } from '@initbox/core'
import { clientSettings } from '../aws/client-settings.ts'
import { failureOf } from '../aws/failure.ts'
import { arnPrefix, regionFor } from '../aws/region.ts'
import type { Address } from '../entries/address.ts'
import { wayToAws } from '../aws/way.ts'
import { HttpClient } from '../http/client.ts'
import type { Document } from '../secret/document.ts'
import type { Session, Sessions, Source } from './source.ts'

type Ssm = Session & { readonly client: SSMClient }

/** More pages than this are a server that goes round in circles: 10 parameters are on each. */
const mostPages = 1_000

/** A parameter of AWS Systems Manager, decrypted, or with a slash at the end all below a path, by their names in it. */
export const awsSsm: Source = {
  problemOf: ({ path, query }) => {
    const stranger = [...query.keys()].find((name) => name !== 'region')
    if (stranger !== undefined)
      return `aws-ssm:// takes ?region=, not ?${stranger}=; a version is NAME:3, a label NAME:prod`
    return path.endsWith('/') && !path.startsWith('/') ? `a path begins with a slash: aws-ssm:///${path}` : undefined
  },
  needs: async (address, { given }) => {
    const { path } = address
    const isFolder = path.endsWith('/')
    const name = path.replace(/^\/|\/$/g, '').replace(/:[^:/]+$/, '')
    const resource = path.startsWith('arn:')
      ? path
      : `${arnPrefix('ssm', regionFor(address, given))}:*:parameter/${name}${isFolder ? '/*' : ''}`
    return [{ kind: 'iam', action: isFolder ? 'ssm:GetParametersByPath' : 'ssm:GetParameter', resource }]
  },
  fetch: async (address, sessions, signal) => {
    const region = regionFor(address, sessions.given)
    const ssm = await openSsm(region, sessions)
    try {
      return await (address.path.endsWith('/') ? below(address, ssm, signal) : single(address, ssm, signal))
    } catch (error) {
      throw failureOf(error, `read ${address.label} in ${region}`)
    }
  },
}

async function single({ path, label }: Address, { client }: Ssm, signal: AbortSignal): Promise<Document> {
  const command = new GetParameterCommand({ Name: path, WithDecryption: true })
  const { Parameter: parameter } = await client.send(command, { abortSignal: signal })
  if (parameter?.Value === undefined) throw new NotFoundError(`${label} has no value`)
  return {
    content: { kind: 'bytes', bytes: Buffer.from(parameter.Value) },
    version: parameter.Version === undefined ? undefined : `version ${parameter.Version}`,
  }
}

async function below({ path, label }: Address, { client }: Ssm, signal: AbortSignal): Promise<Document> {
  const fields: [name: string, value: string][] = []
  const prefix = path.length > 1 ? path : '/'
  let token: string | undefined
  for (let page = 0; page < mostPages; page++) {
    const command = new GetParametersByPathCommand({
      Path: prefix.length > 1 ? prefix.slice(0, -1) : '/',
      Recursive: true,
      WithDecryption: true,
      MaxResults: 10,
      ...(token === undefined ? {} : { NextToken: token }),
    })
    // A page may be empty and not the last.
    const { Parameters: parameters = [], NextToken: next } = await client.send(command, { abortSignal: signal })
    for (const { Name: name, Value: value } of parameters)
      if (name?.startsWith(prefix) === true && value !== undefined) fields.push([name.slice(prefix.length), value])
    token = next
    if (token === undefined || token === '') break
  }
  if (fields.length === 0) throw new NotFoundError(`there are no parameters below ${label}`)
  return { content: { kind: 'fields', fields: Object.fromEntries(fields) } }
}

function openSsm(region: string, sessions: Sessions): Promise<Ssm> {
  return sessions.open(`aws-ssm ${region}`, async () => {
    const http = new HttpClient(wayToAws(sessions.given, sessions.context))
    return { client: new SSMClient(clientSettings('SSM', region, http, sessions)), end: () => http.close() }
  })
}
