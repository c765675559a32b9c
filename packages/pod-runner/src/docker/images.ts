import type { Container } from '../manifest/container-shape.ts'
import type { StandIn } from '../run-options.ts'
import { docker, DockerError, dockerText } from './cli.ts'

/** Makes the images of containers available and knows what their configuration says. */
export class Images {
  readonly #local: ReadonlyMap<string, string>
  readonly #note: (sentence: string) => void
  readonly #standIn: StandIn
  readonly #standIns = new Map<string, string>()
  readonly #users = new Map<string, Promise<string>>()

  /** `local` maps names in the manifest to names on this machine. */
  constructor(local: ReadonlyMap<string, string>, note: (sentence: string) => void, standIn: StandIn) {
    this.#local = local
    this.#note = note
    this.#standIn = standIn
  }

  /** The name by which the engine knows the image. */
  resolve(image: string): string {
    return this.#local.get(image) ?? this.#standIns.get(image) ?? image
  }

  /** `USER` of the image, empty for root; asked once. */
  user(image: string): Promise<string> {
    const known =
      this.#users.get(image) ?? dockerText(['image', 'inspect', '--format', '{{.Config.User}}', this.resolve(image)])
    this.#users.set(image, known)
    return known
  }

  /** Pulls what `imagePullPolicy` asks for. Throws a plain Error, one sentence, when an image can not be had. */
  async prepare(containers: readonly Container[], signal: AbortSignal | undefined): Promise<void> {
    const wanted = new Map(containers.map((container) => [container.image, policyOf(container)]))
    for (const [image, policy] of wanted) {
      const name = this.resolve(image)
      const present = await docker(['image', 'inspect', name]).then(
        () => true,
        () => false,
      )
      const mapped = this.#local.has(image)
      if (present && (mapped || policy !== 'Always')) continue
      if (mapped) throw new Error(`image ${name}, which stands for ${image}, is not on this machine`)
      if (policy === 'Never')
        throw new Error(`image ${name} is not on this machine and imagePullPolicy is Never (hint: ${remedy(image)})`)
      const failure = await dockerText(['pull', '--quiet', name], { signal }).then(() => undefined, reason)
      signal?.throwIfAborted()
      if (failure === undefined) continue
      if (present) {
        this.#note(`${name} could not be pulled, the one on this machine is used (${failure})`)
        continue
      }
      const other = await this.#standIn(image)
      if (other === undefined) {
        throw new Error(
          `image ${name} is not on this machine and can not be pulled: ${failure} (hint: ${remedy(image)})`,
        )
      }
      this.#note(`${name} is not on this machine and can not be pulled; ${other} takes its place (${failure})`)
      this.#standIns.set(image, other)
    }
  }
}

function remedy(image: string): string {
  const build = image.startsWith('initbox/') ? "npm run images builds initbox's own" : 'build it'
  return `${build}, or map it with --image ${image}=LOCAL`
}

function policyOf({ image, imagePullPolicy }: Container): 'Always' | 'IfNotPresent' | 'Never' {
  const tag = /:([^/@]+)(@|$)/.exec(image)?.[1]
  return (
    imagePullPolicy ?? ((tag === undefined && !image.includes('@')) || tag === 'latest' ? 'Always' : 'IfNotPresent')
  )
}

function reason(error: unknown): string {
  return error instanceof DockerError ? error.message : String(error)
}
