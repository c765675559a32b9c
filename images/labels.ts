/** What an image says of itself: `source` is the repository's URL, empty where package.json names none. */
export type About = {
  readonly title: string
  readonly description: string
  readonly version: string
  readonly source: string
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
