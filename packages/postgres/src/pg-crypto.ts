// What pg has for this goes through Web Crypto and loads it at once, which costs more than all the rest of its start.
// The bundle has this file in its place (`postgresClient` of ship.ts); the names and arguments are those of pg/lib/crypto/utils.js.

// It imports nothing: what a package `require`s is wrapped by the bundler with all that it imports (docs/decisions/0043).

export function randomBytes(length: number): Buffer {
  return process.getBuiltinModule('node:crypto').randomBytes(length)
}

/** Docs: protocol-flow, AuthenticationMD5Password. */
export async function postgresMd5PasswordHash(user: string, password: string, salt: Buffer): Promise<string> {
  return `md5${await md5(Buffer.concat([Buffer.from(await md5(password + user)), salt]))}`
}

export async function md5(content: string | Buffer): Promise<string> {
  return process.getBuiltinModule('node:crypto').createHash('md5').update(content).digest('hex')
}

export function sha256(content: Buffer): Promise<Buffer> {
  return hashByName('sha256', content)
}

/** The names are those of Web Crypto, `SHA-256`. */
export async function hashByName(name: string, content: Buffer): Promise<Buffer> {
  return process.getBuiltinModule('node:crypto').createHash(name.replace('-', '')).update(content).digest()
}

export async function hmacSha256(key: Uint8Array, message: string): Promise<Buffer> {
  return process.getBuiltinModule('node:crypto').createHmac('sha256', key).update(message).digest()
}

/** PBKDF2 with SHA-256, 32 bytes. */
export async function deriveKey(password: string, salt: Buffer, iterations: number): Promise<Buffer> {
  return process.getBuiltinModule('node:crypto').pbkdf2Sync(password, salt, iterations, 32, 'sha256')
}
