import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { architectures, hostArchitecture, type Architecture } from './contents.ts'
import type { DebianFile } from './downloads.ts'

const run = promisify(execFile)

/** Takes Node's licence and its binary, without symbols (-18 MB), out of its npm package; throws when it is not an ELF file of `architecture`. */
export async function nodeFiles(
  tgz: string,
  { architecture, binutils, work }: { architecture: Architecture; binutils: readonly DebianFile[]; work: string },
): Promise<{ binary: Buffer; license: Buffer }> {
  const folder = await mkdtemp(join(work, 'node-'))
  try {
    await run('tar', ['-xzf', tgz, '-C', folder, 'package/bin/node', 'package/LICENSE'])
    const binary = join(folder, 'package/bin/node')
    await strip(binary, { architecture, binutils, folder })
    const bytes = await readFile(binary)
    checkElf(bytes, architecture)
    return { binary: bytes, license: await readFile(join(folder, 'package/LICENSE')) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Debian's cross binutils run from a temporary folder: nothing is installed, and a foreign architecture needs no emulation. */
async function strip(
  binary: string,
  { architecture, binutils, folder }: { architecture: Architecture; binutils: readonly DebianFile[]; folder: string },
): Promise<void> {
  await Promise.all(binutils.map(({ file }) => run('dpkg-deb', ['-x', file, folder])))
  const command = join(folder, 'usr/bin', `${architectures[architecture].triplet}-strip`)
  const libraries = join(folder, 'usr/lib', architectures[hostArchitecture].triplet)
  await run(command, ['--strip-all', binary], { env: { LD_LIBRARY_PATH: libraries } })
}

/** ELF-64 header: magic at 0, e_machine as a little-endian half at 18 (System V gABI, chapter 4). */
function checkElf(bytes: Buffer, architecture: Architecture): void {
  const machine = bytes.readUInt16LE(18)
  const { elfMachine } = architectures[architecture]
  if (bytes.toString('latin1', 0, 4) === '\x7fELF' && machine === elfMachine) return
  throw new Error(`Node for ${architecture} should be an ELF file for machine ${elfMachine} and is one for ${machine}`)
}
