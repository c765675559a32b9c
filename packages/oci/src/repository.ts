import { type Context, RefusedError, type ToolError } from '@initbox/core'
import {
  clip,
  failureOf,
  type ProxyRule,
  readBegin,
  readBody,
  request,
  type Response,
  type TlsSettings,
} from '@initbox/net'
import { parseChallenge } from './challenge.ts'
import type { Credentials } from './docker-config.ts'
import { Login } from './login.ts'
import { type Descriptor, digestOf, type Manifest, mediaTypes, parseManifest, pickPlatform } from './manifest.ts'
import type { Reference } from './reference.ts'

export type RegistrySettings = {
  readonly tls?: TlsSettings | undefined
  readonly proxy?: ProxyRule | undefined
  /** Registries are spoken to without TLS; those on this machine always are, as Docker does it. */
  readonly plainHttp?: boolean
  /** Docker's config.json or its folder. */
  readonly dockerConfig?: string | undefined
  /** Where that has no login: another way to one, such as a cloud's. */
  readonly login?: ((signal: AbortSignal) => Promise<Credentials | undefined>) | undefined
}

/** What registries must take at least, and what is taken here at most (distribution-spec "Pushing Manifests"). */
const manifestLimit = 4 << 20
/** An index of an index, and not more. */
const deepest = 3

/** One repository of a registry (OCI distribution-spec 1.1), to read from. */
export class Repository {
  readonly #reference: Reference
  readonly #settings: RegistrySettings
  readonly #base: URL
  readonly #login: Login

  constructor(reference: Reference, settings: RegistrySettings, context: Context) {
    this.#reference = reference
    this.#settings = settings
    this.#base = baseOf(reference.registry, settings.plainHttp === true)
    this.#login = new Login(reference, this.#base, settings, context)
  }

  /**
   * The manifest that the reference leads to, over an index to the one of the platform (`linux/arm64`). Its digest, and that
   * of each on the way, is verified. Throws NotYet for what may be tried again, DeniedError, NotFoundError and RefusedError.
   */
  async manifest(platform: string, signal: AbortSignal): Promise<Manifest> {
    const { target, digest } = this.#reference
    let wanted: { readonly target: string; readonly digest: string | undefined } = { target, digest }
    for (let depth = 0; depth < deepest; depth++) {
      const parsed = parseManifest(await this.#fetchManifest(wanted, signal), this.name)
      if (parsed.kind === 'manifest') return parsed.manifest
      const next = pickPlatform(parsed.manifests, platform, this.name)
      wanted = { target: next.digest, digest: next.digest }
    }
    throw new RefusedError(`${this.name} has an index in an index in an index`)
  }

  /** Where the bytes of a blob are; its digest is for who reads them to verify. */
  blobAddress({ digest }: Pick<Descriptor, 'digest'>): string {
    return `${this.#path()}/blobs/${digest}`
  }

  /** The headers of a request for a blob; for the registry itself, and never for where it may redirect to. */
  async authorization(signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    const header = await this.#login.header(signal)
    return header === undefined ? {} : { authorization: header }
  }

  /** For messages: `registry/repository:tag`. */
  get name(): string {
    const { registry, repository, target, digest } = this.#reference
    return `${registry}/${repository}${digest === undefined ? ':' : '@'}${target}`
  }

  #path(): string {
    return `${this.#base.origin}/v2/${this.#reference.repository}`
  }

  async #fetchManifest(
    { target, digest }: { readonly target: string; readonly digest: string | undefined },
    signal: AbortSignal,
  ): Promise<Buffer> {
    const response = await this.#get(`${this.#path()}/manifests/${target}`, signal)
    if (response.status !== 200) throw await this.#failure(response, signal)
    const bytes = await readBody(response, manifestLimit)
    const said = response.headers['docker-content-digest']
    const wanted = digest ?? said
    if (wanted === undefined) return bytes
    const got = digestOf(bytes, wanted)
    if (got !== wanted)
      throw new RefusedError(`${this.name} has a manifest with another digest: expected ${wanted}, got ${got}`, {
        hint: 'does something on the way change it, or does the registry lie?',
      })
    return bytes
  }

  async #get(address: string, signal: AbortSignal): Promise<Response> {
    for (let tries = 1; ; tries++) {
      const header = await this.#login.header(signal)
      const { tls, proxy } = this.#settings
      const response = await request(new URL(address), {
        headers: [
          ['accept', mediaTypes.join(', ')],
          ...(header === undefined ? [] : [['authorization', header] as const]),
        ],
        tls,
        proxy,
        redirects: 5,
        signal,
      })
      if (response.status !== 401 || tries > 1) return response
      // Only the registry itself may ask for its login, and not where it redirects to.
      const challenge = response.url.origin === this.#base.origin ? response.headers['www-authenticate'] : undefined
      const met = challenge === undefined ? undefined : parseChallenge(challenge)
      if (met === undefined || !this.#login.meet(met)) return response
      response.body.destroy()
    }
  }

  async #failure(response: Response, signal: AbortSignal): Promise<ToolError> {
    const words = clip(wordsOf(await readBegin(response, 4_096).catch(() => '')), 120)
    const isDenied = response.status === 401 || response.status === 403
    const hint = isDenied
      ? (await this.#login.isKnown(signal))
        ? 'the login was sent and is not allowed to pull this'
        : 'no login was found for it: --docker-config or $DOCKER_CONFIG names a config.json; many registries say so too where it is not there'
      : undefined
    return failureOf(response, `cannot read oci://${this.name}`, { words, hint })
  }
}

/** Where a registry answers. */
export function baseOf(registry: string, plain: boolean): URL {
  const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry
  const isLocal = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(host)
  return new URL(`${plain || isLocal ? 'http' : 'https'}://${host}`)
}

/** Distribution-spec "Error Codes": `{"errors":[{"code":"MANIFEST_UNKNOWN","message":"…"}]}`. */
function wordsOf(body: string): string {
  try {
    const { errors } = JSON.parse(body) as { errors?: { code?: unknown; message?: unknown }[] }
    const [first] = errors ?? []
    const { code, message } = first ?? {}
    return [code, message].filter((each) => typeof each === 'string' && each !== '').join(': ')
  } catch {
    return ''
  }
}
