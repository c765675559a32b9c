import type { Metafile } from 'esbuild'

/** What esbuild tells of a bundle, as far as it says what is inside. */
export type Inside = {
  readonly outputs: Readonly<Record<string, { readonly inputs: Metafile['outputs'][string]['inputs'] }>>
}

/** The folders of the npm packages that a bundle has code of, sorted; one that was read and then left out is not inside. */
export function packageFolders({ outputs }: Inside): string[] {
  const folders = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) =>
      bytesInOutput > 0 ? (/.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? []) : [],
    ),
  )
  return [...new Set(folders)].toSorted()
}

/** The name of the package in such a folder, through the pnpm store too. */
export function packageOf(folder: string): string {
  return folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length)
}
