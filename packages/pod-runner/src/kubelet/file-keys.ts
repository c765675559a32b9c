import { valueInEnvFile } from '../environment/env-file.ts'
import type { Container } from '../manifest/container-shape.ts'
import type { FileKeyRef } from '../manifest/env-shape.ts'
import { ConfigError, type Sandbox } from './sandbox.ts'

/** Reads what the variables of a container take from files of volumes; a ConfigError in the kubelet's words where one is missing. */
export async function readFileKeys(
  container: Container,
  sandbox: Pick<Sandbox, 'readFile'>,
): Promise<ReadonlyMap<FileKeyRef, string>> {
  const found = new Map<FileKeyRef, string>()
  for (const { valueFrom } of container.env ?? []) {
    const ref = valueFrom?.fileKeyRef
    if (ref === undefined) continue
    const { volumeName, path, key, optional = false } = ref
    // An empty value is as good as none to the kubelet.
    const value = (await read(ref, sandbox)) || undefined
    if (value !== undefined) found.set(ref, value)
    else if (!optional)
      throw new ConfigError(`environment variable key "${key}" not found in file "${path}" of volume ${volumeName}`)
  }
  return found
}

async function read(
  { volumeName, path, key }: FileKeyRef,
  sandbox: Pick<Sandbox, 'readFile'>,
): Promise<string | undefined> {
  try {
    return valueInEnvFile(String(await sandbox.readFile(volumeName, path)), key)
  } catch (error) {
    throw new ConfigError(`couldn't parse env file: ${error instanceof Error ? error.message : String(error)}`)
  }
}
