import type { Image } from './oci/image.ts'
import type { Attachment } from './oci/push.ts'

const label = (name: string): string => `org.opencontainers.image.${name}`

/**
 * How an image came about: an in-toto statement with SLSA's predicate (slsa.dev/spec/v1.0/provenance), from the image's own labels and
 * thus without a time. It is not signed; a release signs the index that it hangs on.
 */
export function provenance(image: Image, base: Image): Attachment {
  const { annotations }: { annotations: Record<string, string> } = JSON.parse(image.manifest)
  const source = annotations[label('source')] ?? ''
  const revision = annotations[label('revision')] ?? ''
  const hex = ({ digest }: Image): string => digest.replace('sha256:', '')
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: image.name, digest: { sha256: hex(image) } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: `${source}/blob/main/images/README.md`,
        externalParameters: { command: 'npm run images', architecture: image.architecture },
        resolvedDependencies: [
          { uri: `git+${source}`, ...(revision && { digest: { gitCommit: revision } }) },
          { uri: `docker:${base.name}`, digest: { sha256: hex(base) } },
        ],
      },
      runDetails: { builder: { id: source } },
    },
  }
  return { type: 'application/vnd.in-toto+json', content: JSON.stringify(statement) }
}
