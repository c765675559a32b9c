import { chmodSync, promises, writeFileSync } from 'node:fs'
import type { Checkout } from '../checkout/checkout.ts'
import type { Plan } from '../clone/plan.ts'
import type { ObjectTable } from '../pack/object-table.ts'
import type { Ref } from '../protocol/ref.ts'
import { isRefName } from '../protocol/ref-name.ts'
import type { Resolved } from '../protocol/resolve-ref.ts'
import { publicUrl, type Remote } from '../remote/remote.ts'
import { entryMode } from '../tree/mode.ts'
import { indexFile, type Tracked } from './index-file.ts'
import * as isomorphic from 'isomorphic-git'
import { packIndex } from './pack-index.ts'

/** A submodule whose repository lies in its folder: how `.gitmodules` calls it, and where it comes from. */
export type KeptModule = { readonly name: string; readonly remote: Remote }

/** A pack that was received, and what of its commit is not in the working tree. */
export type KeptPack = {
  readonly path: string
  readonly table: ObjectTable
  readonly shallow: readonly string[]
  readonly leftOut: readonly Tracked[]
  /** Called while something of it grows; may throw. */
  readonly grown: () => void
}

/** What a repository is made of, when the tree is there already. */
export type KeepSettings = {
  /** The folder `.git`, in which the pack of the tree lies. */
  readonly git: string
  readonly plan: Plan
  readonly resolved: Resolved
  readonly tags: readonly Ref[]
  readonly checkout: Checkout
  readonly pack: KeptPack
  readonly modules: readonly KeptModule[]
}

/** Names of submodules that mean nothing else in a configuration; strangers choose them. */
const plainName = /^\w[\w ./@+-]*$/

const fs = { promises }

/**
 * Makes `.git` of what was fetched. Layout, configuration and refs are isomorphic-git's; the pack is there as it came, and the
 * two indexes are of what our engine knows of it: isomorphic-git would hold the pack in memory, several times over. Nothing
 * in it is secret.
 */
export async function keepGit(settings: KeepSettings): Promise<void> {
  const { git, plan, checkout, pack, modules } = settings
  const gitdir = git
  writeFileSync(pack.path.replace(/pack$/, 'idx'), packIndex(pack.table, pack.path), { mode: 0o444 })
  await isomorphic.init({ fs, dir: git, gitdir })
  for (const [name, value] of [
    ['filemode', true],
    // As isomorphic-git has them they are for Windows.
    ['symlinks', undefined],
    ['ignorecase', undefined],
  ] as const)
    await isomorphic.setConfig({ fs, dir: git, gitdir, path: `core.${name}`, value })
  await isomorphic.addRemote({ fs, dir: git, gitdir, remote: 'origin', url: configured(plan.remote) })
  for (const { name, remote } of modules.filter((each) => plainName.test(each.name)))
    for (const [key, value] of Object.entries({ active: true, url: configured(remote) }))
      await isomorphic.setConfig({ fs, dir: git, gitdir, path: `submodule.${name}.${key}`, value })
  // What lies beside a published folder lies in the working tree of one that is the volume itself.
  if (plan.to.path === '.') writeFileSync(`${git}/info/exclude`, '/.initbox-*\n')
  const { sparse } = plan.selection
  if (sparse !== undefined) {
    writeFileSync(`${git}/info/sparse-checkout`, sparse.lines.map((line) => `${line}\n`).join(''), 'latin1')
    for (const [name, value] of [
      ['sparseCheckout', true],
      ['sparseCheckoutCone', sparse.isCone],
    ] as const)
      await isomorphic.setConfig({ fs, dir: git, gitdir, path: `core.${name}`, value })
  }
  await writeRefs(settings)
  if (pack.shallow.length > 0) writeFileSync(`${git}/shallow`, pack.shallow.map((id) => `${id}\n`).join(''))
  writeFileSync(
    `${git}/index`,
    indexFile([...trackedOf(checkout), ...pack.leftOut], (each) => checkout.files.at(each), pack.grown),
  )
  chmodSync(git, plan.modes.folder)
}

/** A URL as a value of a configuration (git-config, "CONFIGURATION FILE"). */
function configured(remote: Remote): string {
  const url = publicUrl(remote)
  return /[\s"#;\\]/.test(url) ? `"${url.replaceAll(/["\\]/g, String.raw`\$&`)}"` : url
}

async function writeRefs({ git, resolved, tags, checkout, pack }: KeepSettings): Promise<void> {
  const where = { fs, dir: git, gitdir: git, force: true }
  const id = checkout.commitId
  const name = resolved.ref?.target ?? resolved.name ?? ''
  const [, branch] = isRefName(name) ? (/^refs\/heads\/(.+)$/.exec(name) ?? []) : []
  const has = (wanted: string): boolean => pack.table.find(Buffer.from(wanted, 'hex'), 0) !== -1
  for (const tag of tags)
    if (has(tag.id) && isRefName(tag.name)) await isomorphic.writeRef({ ...where, ref: tag.name, value: tag.id })
  if (branch === undefined) return isomorphic.writeRef({ ...where, ref: 'HEAD', value: id })
  await isomorphic.writeRef({ ...where, ref: name, value: id })
  await isomorphic.writeRef({ ...where, ref: `refs/remotes/origin/${branch}`, value: id })
  await isomorphic.writeRef({ ...where, ref: 'HEAD', value: name, symbolic: true })
  for (const [path, value] of [
    ['remote.origin.fetch', `+${name}:refs/remotes/origin/${branch}`],
    [`branch.${branch}.remote`, 'origin'],
    [`branch.${branch}.merge`, name],
  ] as const)
    await isomorphic.setConfig({ ...where, path, value })
}

function trackedOf({ places, submodules, isAside }: Checkout): Tracked[] {
  const tracked: Tracked[] = [...submodules].map(([path, id]) => ({ path, mode: entryMode.submodule, id }))
  for (let place = 0; place < places.count; place++) {
    const mode = places.mode(place)
    if (mode !== entryMode.folder && !isAside(place))
      tracked.push({ path: places.path(place), mode, id: places.id(place) })
  }
  return tracked
}
