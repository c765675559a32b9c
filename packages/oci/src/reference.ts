/** An artifact in a registry, as people name it. */
export type Reference = {
  /** Host, and the port where there is one. */
  readonly registry: string
  readonly repository: string
  /** What is asked for: a digest, or a tag. */
  readonly target: string
  /** The digest that the manifest must have, where the reference names one. */
  readonly digest: string | undefined
}

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const pattern = new RegExp(
  `^(${component}(?:/${component})*)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@([a-z0-9+._-]+:[0-9a-f]+))?$`,
)

/**
 * Parses `registry/repository:tag@sha256:…` (distribution-spec "Pulling manifests", and distribution/reference): without tag
 * and digest it is `latest`. Throws a plain Error whose message says what is wrong with it.
 */
export function parseReference(text: string): Reference {
  const slash = text.indexOf('/')
  const host = text.slice(0, Math.max(0, slash))
  if (!/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(:\d{1,5})?$/.test(host))
    throw new Error('must begin with a registry, as registry.example/repository:tag')
  const rest = text.slice(slash + 1)
  const [, name, tag, digest] = pattern.exec(rest) ?? []
  if (name === undefined) {
    const [path = ''] = rest.split(/[:@]/)
    throw new Error(
      path === path.toLowerCase()
        ? 'is no repository:tag or repository@sha256:…'
        : 'has upper case in its repository, which no registry takes',
    )
  }
  if (digest !== undefined && !isDigest(digest)) throw new Error('has a digest that is no sha256:… or sha512:…')
  const isHub = ['docker.io', 'index.docker.io', 'registry-1.docker.io'].includes(host)
  return {
    registry: isHub ? 'docker.io' : host,
    repository: isHub && !name.includes('/') ? `library/${name}` : name,
    target: digest ?? tag ?? 'latest',
    digest,
  }
}

/** Whether it is a digest of a kind that is verified here (image-spec "Digests"). */
export function isDigest(text: string): boolean {
  return /^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/.test(text)
}
