import { moto, type Service, startService } from '@initbox/testing'

/** Amazon as moto plays it, and what a test needs to change in it. */
export type Aws = AsyncDisposable & {
  readonly server: Service<{ readonly url: string }>
  /** One call of an API, such as `secretsmanager.CreateSecret`; an answer that is no success is an Error. */
  call(action: string, body: object, region?: string): Promise<Answer>
  /** Variables of a run that finds it. */
  readonly environment: Readonly<Record<string, string>>
}

// oxlint-disable-next-line typescript/no-explicit-any -- what a server answers is looked at by the test alone
type Answer = any

const targets: Readonly<Record<string, string>> = { secretsmanager: 'secretsmanager', ssm: 'AmazonSSM' }

export async function startAws(): Promise<Aws> {
  const server = await startService(moto)
  return {
    server,
    call: async (action, body, region = 'eu-west-1') => {
      const [service = '', name] = action.split('.')
      const scope = `AKIAROOT/20260101/${region}/${service}/aws4_request`
      const response = await fetch(server.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': `${targets[service]}.${name}`,
          authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
        },
        body: JSON.stringify(body),
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`${action}: ${response.status} ${text}`)
      return text === '' ? undefined : JSON.parse(text)
    },
    environment: {
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMIK7MDENG',
      AWS_ENDPOINT_URL: server.url,
    },
    [Symbol.asyncDispose]: () => server.stop(),
  }
}
