import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Redactor, systemClock } from '@initbox/core'
import { request } from '@initbox/net'
import { baseOf, credentialsIn, Login, parseChallenge, type Reference } from '@initbox/oci'

/** Where `skopeo login` and `docker login` keep logins, in skopeo's order (containers-auth.json(5)). */
export function loginFiles(env: Readonly<NodeJS.ProcessEnv> = process.env): string[] {
  const { REGISTRY_AUTH_FILE: named, XDG_RUNTIME_DIR: runtime, DOCKER_CONFIG: docker } = env
  if (named) return [named]
  const own = runtime ?? `/run/containers/${process.getuid?.() ?? 0}`
  return [
    join(own, 'containers/auth.json'),
    join(own, 'auth.json'),
    join(docker ?? join(homedir(), '.docker'), 'config.json'),
  ]
}

/** Writes one manifest or index under a tag as it is (distribution-spec "Pushing Manifests"); skopeo 1.9 writes only what it understands. */
export async function putManifest(
  reference: Reference,
  { content, mediaType }: { readonly content: string; readonly mediaType: string },
  { plainHttp, files = loginFiles() }: { readonly plainHttp: boolean; readonly files?: readonly string[] },
): Promise<void> {
  const redactor = new Redactor()
  const base = baseOf(reference.registry, plainHttp)
  const keys = files.filter((file) => existsSync(file))
  const settings = {
    plainHttp,
    login: async () =>
      keys.map((file) => credentialsIn(file, reference, redactor)).find((credentials) => credentials !== undefined),
  }
  const login = new Login(reference, base, settings, { redactor, clock: systemClock })
  const url = new URL(`${base.origin}/v2/${reference.repository}/manifests/${reference.target}`)
  for (let tries = 1; ; tries++) {
    const signal = AbortSignal.timeout(60_000)
    const header = await login.header(signal)
    const authorization = header === undefined ? [] : [['authorization', header] as const]
    const headers = [['content-type', mediaType] as const, ...authorization]
    const response = await request(url, { method: 'PUT', headers, body: content, signal })
    response.body.destroy()
    if (response.status === 201) return
    const challenge = response.status === 401 && tries === 1 ? response.headers['www-authenticate'] : undefined
    const met = challenge === undefined ? undefined : parseChallenge(challenge)
    if (met === undefined || !login.meet(met)) throw new Error(`the registry says ${response.status}`)
  }
}
