/** What an image says of itself: `source` is the repository's URL, empty where package.json names none. Nothing is read from a clock or a repository by itself: two builds are the same. */
export type About = {
  readonly title: string
  readonly description: string
  readonly version: string
  readonly source: string
  /** The commit, where `$SOURCE_REVISION` names it. */
  readonly revision: string
  /** RFC 3339, of `$SOURCE_DATE_EPOCH`. */
  readonly created: string
}

/** OCI's predefined annotation keys (image-spec, annotations.md), as labels and, in the manifest, as annotations. */
export function labels(
  about: About,
  base?: { readonly name: string; readonly digest: string },
): Record<string, string> {
  const values = {
    ...about,
    licenses: 'Apache-2.0',
    ...(base && { 'base.name': base.name, 'base.digest': base.digest }),
  }
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [`org.opencontainers.image.${key}`, value]))
}
