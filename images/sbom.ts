/** One part of an image, as a vulnerability scanner wants to know it: a package URL, and a CPE where advisories use that. */
export type Component = {
  readonly name: string
  readonly version: string
  readonly purl: string
  readonly cpe?: string
  readonly sha256?: string
  readonly license?: string
}

/** A CycloneDX 1.6 bill of materials in JSON; no time and no serial number, so that it depends on its contents alone. */
export function sbom(subject: { name: string; version: string }, components: readonly Component[]): string {
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'container', ...subject } },
    components: components.map(({ sha256, license, ...component }) => ({
      type: component.name === 'node' ? 'platform' : 'library',
      'bom-ref': component.purl,
      ...component,
      ...(sha256 && { hashes: [{ alg: 'SHA-256', content: sha256 }] }),
      ...(license && { licenses: [{ expression: license }] }),
    })),
  }
  return `${JSON.stringify(document, null, 1)}\n`
}
