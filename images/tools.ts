import type { WarmUp } from '@initbox/build'

/** What one tool ships as: the only place that lists its bundle's packages, its layer's budget and whether a V8 code cache pays. */
export type ToolImage = {
  /** npm packages that its bundle may contain, transitive ones too; the build fails on any other. */
  readonly packages: readonly string[]
  /** Packages that others ask for at load and that this tool never uses: the bundle has an empty module in their place. */
  readonly unused?: readonly string[]
  /** Files of packages that the bundle has a file of ours for, where a measurement shows a gain. */
  readonly replaced?: Readonly<Record<string, string>>
  /** The run that fills a V8 code cache beside the bundle; only where `npm run bench -- startup` shows a gain. */
  readonly codeCache?: WarmUp
  /** Budget of the tool's own image layer in bytes, gzip -9. */
  readonly layerBudget: number
}

export const tools: Readonly<Record<string, ToolImage>> = {
  'wait-for': {
    packages: ['js-yaml'],
    codeCache: { argv: ['tcp://127.0.0.1:{port}'] },
    // Two dozen protocols and YAML take 60 kB of it, the code cache as much again: docs/decisions/0032.
    layerBudget: 170_000,
  },
  'write-pod-ip': {
    packages: [],
    // A whole run would make a layer of 80 kB: docs/decisions/0005.
    codeCache: { argv: ['--version'] },
    layerBudget: 60_000,
  },
  'render-template': {
    packages: [],
    // Fails for want of options, after it has looked at all of them; a whole run would make a layer of 70 kB.
    codeCache: { argv: [] },
    layerBudget: 60_000,
  },
  'migrate-schema': {
    packages: ['pg', 'pg-protocol', 'pg-types'],
    // Settings come parsed, passwords come read, and this is not Cloudflare.
    unused: ['pg-cloudflare', 'pg-connection-string', 'pgpass'],
    replaced: {
      'pg/lib/crypto/utils.js': 'tools/migrate-schema/src/postgres/pg-crypto.ts',
      'pg-types/index.js': 'tools/migrate-schema/src/postgres/pg-types.ts',
    },
    layerBudget: 80_000,
  },
}

/** Budget of the shared base layer in bytes, gzip -9. */
export const baseBudget = 45_000_000
