import { execFile } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Puts `server.crt` and `server.key` into a folder that any user may read: for redis.test, and its own CA. */
export async function makeCertificate(folder: string): Promise<void> {
  const [key, certificate] = [join(folder, 'server.key'), join(folder, 'server.crt')]
  const words =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=redis.test -addext subjectAltName=DNS:redis.test'
  await promisify(execFile)('openssl', [...words.split(' '), '-keyout', key, '-out', certificate])
  chmodSync(folder, 0o777)
  chmodSync(key, 0o644)
}
