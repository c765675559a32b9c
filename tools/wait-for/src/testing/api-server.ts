import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { RequestListener, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestCertificate } from '@initbox/testing/certificate'
import { onTestFinished } from 'vitest'
import { httpsServer } from '@initbox/testing/http-server'

/** What a real API server answered once (written by `npm test cluster -- -u`). */
export function fixture(name: string): { readonly status: number; readonly text: string } {
  const file = join(import.meta.dirname, '../probes/k8s/fixtures', `${name}.txt`)
  const [, status, text = ''] = /^(\d+)\n(.*)$/s.exec(readFileSync(file, 'utf8')) ?? []
  return { status: Number(status), text }
}

/** A fake of the API server until the end of the test; returns what a Pod would have: environment and the account's folder. */
export async function apiServer(certificate: TestCertificate, listener: RequestListener) {
  const port = await httpsServer(certificate, listener)
  return { port, ...podOf(port, certificate.cert) }
}

/** Environment and service account of a Pod whose API server listens there. */
export function podOf(port: number, ca: string) {
  const folder = mkdtempSync(join(tmpdir(), 'initbox-account-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'token'), 'first')
  writeFileSync(join(folder, 'namespace'), 'web\n')
  writeFileSync(join(folder, 'ca.crt'), ca)
  const environment = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(port) }
  return { folder, environment }
}

/** Sends one space after the other until the client hangs up. */
export function drip(response: ServerResponse): void {
  const timer = setInterval(() => response.write(' '), 5)
  response.on('close', () => clearInterval(timer))
}

/** Sends spaces as fast as the client takes them. */
export function flood(response: ServerResponse): void {
  const spaces = Buffer.alloc(65_536, 32)
  const more = (): void => {
    while (!response.destroyed && response.write(spaces));
  }
  response.on('drain', more).on('error', () => {})
  more()
}
