import { readText, type Secret, UsageError } from '@initbox/core'
import { parseKnownHosts } from './known-hosts.ts'
import type { HostTrust } from './host-check.ts'
import { normalisedKey } from './private-key.ts'

export type SshOptions = {
  readonly sshKey: Secret | undefined
  readonly knownHosts: string | undefined
  readonly hostFingerprint: readonly string[]
}

/** What ssh needs, read and checked. Throws UsageError when something is missing. */
export function sshSettings({ sshKey, knownHosts, hostFingerprint }: SshOptions): {
  readonly key: string
  readonly trust: HostTrust
} {
  if (sshKey === undefined) {
    throw new UsageError('an ssh repository needs a key: $GIT_CLONE_SSH_KEY_FILE', {
      hint: 'mount a Secret of type kubernetes.io/ssh-auth',
    })
  }
  if (knownHosts === undefined && hostFingerprint.length === 0) {
    throw new UsageError(
      'an ssh repository needs --known-hosts or --host-fingerprint, so that nobody can pose as the server',
      {
        hint: 'ssh-keyscan HOST prints the lines of such a file; compare them with what the host publishes',
      },
    )
  }
  const known =
    knownHosts === undefined ? [] : parseKnownHosts(readText(knownHosts, { limit: 2 ** 22, option: '--known-hosts' }))
  return { key: normalisedKey(sshKey.reveal()), trust: { known, fingerprints: hostFingerprint } }
}
