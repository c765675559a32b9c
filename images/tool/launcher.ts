import type { Architecture } from '../base/contents.ts'

/**
 * A static program of 300 bytes that takes NODE_OPTIONS out of its environment and becomes /nodejs/bin/node with the same
 * arguments: Node reads that variable before any code of ours, and one option that it refuses, out of an `envFrom` that all
 * containers share, would end every tool (docs/decisions/0051). Written out by hand, since no machine need have an
 * assembler; each line is what GNU as makes of its comment.
 */
export function launcher(architecture: Architecture): Buffer {
  const { machine, code } = programs[architecture]
  const body = Buffer.concat([
    Buffer.from(code.replace(/;.*$/gm, '').replace(/\s/g, ''), 'hex'),
    ...(architecture === 'arm64' ? [Buffer.from('NODE_OPTIONS')] : []),
    Buffer.from('/nodejs/bin/node\0'),
    Buffer.from('cannot start /nodejs/bin/node\n'),
  ])
  return Buffer.concat([elfHeader(machine, body.length), body])
}

const headerLength = 64 + 56
const loadedAt = 0x400000n

/** ELF-64 header and one program header (System V ABI, chapters 4 and 5): the whole file is loaded, to be read and executed. */
function elfHeader(machine: number, codeLength: number): Buffer {
  const header = Buffer.alloc(headerLength)
  const size = BigInt(headerLength + codeLength)
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]) // 64 bits, little endian, version 1
  header.writeUInt16LE(2, 16) // executable
  header.writeUInt16LE(machine, 18)
  header.writeUInt32LE(1, 20)
  header.writeBigUInt64LE(loadedAt + BigInt(headerLength), 24) // entry
  header.writeBigUInt64LE(64n, 32) // program headers begin
  header.writeUInt16LE(64, 52)
  header.writeUInt16LE(56, 54)
  header.writeUInt16LE(1, 56)
  header.writeUInt32LE(1, 64) // PT_LOAD
  header.writeUInt32LE(5, 68) // readable, executable
  header.writeBigUInt64LE(loadedAt, 80)
  header.writeBigUInt64LE(loadedAt, 88)
  header.writeBigUInt64LE(size, 96)
  header.writeBigUInt64LE(size, 104)
  header.writeBigUInt64LE(0x10000n, 112) // the largest page of any arm64
  return header
}

const programs: Readonly<Record<Architecture, { readonly machine: number; readonly code: string }>> = {
  amd64: {
    machine: 62,
    code: `
      48 8b 0c 24                   ;        mov rcx, [rsp]            argc
      48 8d 74 24 08                ;        lea rsi, [rsp+8]          argv
      48 8d 54 ce 08                ;        lea rdx, [rsi+rcx*8+8]    envp, also where to write
      48 89 d7                      ;        mov rdi, rdx
      48 89 d3                      ;        mov rbx, rdx              and to read
      49 b8 4e 4f 44 45 5f 4f 50 54 ;        mov r8, "NODE_OPT"
      48 8b 03                      ; next:  mov rax, [rbx]
      48 83 c3 08                   ;        add rbx, 8
      48 85 c0                      ;        test rax, rax
      74 1d                         ;        je done
      4c 39 00                      ;        cmp [rax], r8
      75 0f                         ;        jne keep
      81 78 08 49 4f 4e 53          ;        cmp dword [rax+8], "IONS"
      75 06                         ;        jne keep
      80 78 0c 3d                   ;        cmp byte [rax+12], "="
      74 e0                         ;        je next
      48 89 07                      ; keep:  mov [rdi], rax
      48 83 c7 08                   ;        add rdi, 8
      eb d7                         ;        jmp next
      48 89 07                      ; done:  mov [rdi], rax            0, the end
      48 8d 3d 2b 00 00 00          ;        lea rdi, [path]
      b8 3b 00 00 00                ;        mov eax, 59               execve(path, argv, envp)
      0f 05                         ;        syscall
      bf 02 00 00 00                ;        mov edi, 2
      48 8d 35 29 00 00 00          ;        lea rsi, [words]
      ba 1e 00 00 00                ;        mov edx, 30
      b8 01 00 00 00                ;        mov eax, 1                write(2, words, 30)
      0f 05                         ;        syscall
      bf 7f 00 00 00                ;        mov edi, 127
      b8 3c 00 00 00                ;        mov eax, 60               exit(127)
      0f 05                         ;        syscall`,
  },
  arm64: {
    machine: 183,
    code: `
      e0 03 40 f9                   ;        ldr x0, [sp]              argc
      e1 23 00 91                   ;        add x1, sp, 8             argv
      22 0c 00 8b                   ;        add x2, x1, x0, lsl 3
      42 20 00 91                   ;        add x2, x2, 8             envp
      e3 03 02 aa                   ;        mov x3, x2                where to write
      e4 03 02 aa                   ;        mov x4, x2                and to read
      65 03 00 58                   ;        ldr x5, "NODE_OPT"
      86 03 00 18                   ;        ldr w6, "IONS"
      87 84 40 f8                   ; next:  ldr x7, [x4], 8
      87 01 00 b4                   ;        cbz x7, done
      e8 00 40 f9                   ;        ldr x8, [x7]
      1f 01 05 eb                   ;        cmp x8, x5
      e1 00 00 54                   ;        b.ne keep
      e8 08 40 b9                   ;        ldr w8, [x7, 8]
      1f 01 06 6b                   ;        cmp w8, w6
      81 00 00 54                   ;        b.ne keep
      e8 30 40 39                   ;        ldrb w8, [x7, 12]
      1f f5 00 71                   ;        cmp w8, "="
      c0 fe ff 54                   ;        b.eq next
      67 84 00 f8                   ; keep:  str x7, [x3], 8
      f4 ff ff 17                   ;        b next
      7f 00 00 f9                   ; done:  str xzr, [x3]             0, the end
      c0 01 00 10                   ;        adr x0, path
      a8 1b 80 d2                   ;        mov x8, 221               execve(path, argv, envp)
      01 00 00 d4                   ;        svc 0
      40 00 80 d2                   ;        mov x0, 2
      c1 01 00 30                   ;        adr x1, words
      c2 03 80 d2                   ;        mov x2, 30
      08 08 80 d2                   ;        mov x8, 64                write(2, words, 30)
      01 00 00 d4                   ;        svc 0
      e0 0f 80 d2                   ;        mov x0, 127
      a8 0b 80 d2                   ;        mov x8, 93                exit(127)
      01 00 00 d4                   ;        svc 0`,
  },
}
