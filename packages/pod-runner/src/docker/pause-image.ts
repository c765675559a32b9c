import { writeTar } from '@initbox/archive/tar'
import { docker, dockerText } from './cli.ts'
import { runLabel } from './labels.ts'

// `for (;;) pause();` in machine code: there is nothing to pull where there is no registry, and a Node per Pod would cost 40 MB.
const code: Readonly<Record<string, { readonly machine: number; readonly bytes: Buffer }>> = {
  // mov eax, 34 (pause); syscall; jmp back
  amd64: { machine: 62, bytes: Buffer.from('b8220000000f05ebf7', 'hex') },
  // mov x0..x3, 0; mov x8, 73 (ppoll); svc 0; b back to the first
  arm64: { machine: 183, bytes: Buffer.from('000080d2010080d2020080d2030080d2280980d2010000d4faffff17', 'hex') },
}

/** The image of the container that holds a Pod's namespaces and volumes; made on first use and kept. Returns its name. */
export async function pauseImage(arch: string): Promise<string> {
  const program = code[arch]
  if (program === undefined) throw new Error(`pod-runner has no pause program for ${arch} (hint: --mode process)`)
  const name = `initbox/pod-runner-pause:1-${arch}`
  const present = await docker(['image', 'inspect', name]).then(
    () => true,
    () => false,
  )
  if (!present) {
    const archive = writeTar([
      { kind: 'file', path: 'pause', mode: 0o755, content: executable(program.machine, program.bytes) },
      { kind: 'folder', path: 'volumes', mode: 0o755 },
    ])
    const changes = ['ENTRYPOINT ["/pause"]', `LABEL ${runLabel}=pause`].flatMap((change) => ['--change', change])
    await dockerText(['import', ...changes, '-', name], { input: archive })
  }
  return name
}

/** A static 64-bit ELF program of one segment (elf(5)). */
export function executable(machine: number, bytes: Buffer): Buffer {
  const [start, base] = [120, 0x400000n]
  const head = Buffer.alloc(start)
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  head.writeUInt16LE(2, 16) // executable
  head.writeUInt16LE(machine, 18)
  head.writeUInt32LE(1, 20)
  head.writeBigUInt64LE(base + BigInt(start), 24) // entry
  head.writeBigUInt64LE(64n, 32) // program header
  head.writeUInt16LE(64, 52)
  head.writeUInt16LE(56, 54)
  head.writeUInt16LE(1, 56)
  head.writeUInt32LE(1, 64) // load
  head.writeUInt32LE(5, 68) // read, execute
  head.writeBigUInt64LE(base, 80)
  head.writeBigUInt64LE(base, 88)
  const size = BigInt(start + bytes.length)
  head.writeBigUInt64LE(size, 96)
  head.writeBigUInt64LE(size, 104)
  head.writeBigUInt64LE(0x1000n, 112)
  return Buffer.concat([head, bytes])
}
