import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { connect } from 'node:net'
import type { Container } from '../manifest/container-shape.ts'
import type { Probe } from '../manifest/probe-shape.ts'
import { tryGrpc } from './grpc-probe.ts'
import type { RunningContainer, Sandbox } from './sandbox.ts'

/** What one try of a probe needs to know. */
export type ProbeTarget = {
  readonly container: Container
  readonly running: Pick<RunningContainer, 'exec'>
  readonly sandbox: Pick<Sandbox, 'reachableAt'>
}

/** Tries a probe once, as the kubelet does; the reason of a failure, or undefined on success. */
export async function tryProbe(
  probe: Probe,
  { container, running, sandbox }: ProbeTarget,
): Promise<string | undefined> {
  const timeout = (probe.timeoutSeconds || 1) * 1_000
  const portOf = (port: number | string): number =>
    typeof port === 'number' ? port : ((container.ports ?? []).find(({ name }) => name === port)?.containerPort ?? 0)

  if (probe.exec !== undefined) {
    const code = await running.exec(probe.exec.command, timeout)
    if (code === undefined) return `command timed out after ${timeout / 1_000} s`
    return code === 0 ? undefined : `command exited with ${code}`
  }
  if (probe.tcpSocket !== undefined) {
    return tryTcp(probe.tcpSocket.host ?? sandbox.reachableAt, portOf(probe.tcpSocket.port), timeout)
  }
  if (probe.grpc !== undefined) return tryGrpc(sandbox.reachableAt, probe.grpc.port, probe.grpc.service ?? '', timeout)
  const http = probe.httpGet
  return http === undefined ? undefined : tryHttp(http, http.host ?? sandbox.reachableAt, portOf(http.port), timeout)
}

function tryTcp(host: string, port: number, timeout: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const end = (reason?: string): void => {
      socket.destroy()
      resolve(reason)
    }
    socket.setTimeout(timeout, () => end(`no connection to port ${port} within ${timeout / 1_000} s`))
    socket.once('connect', () => end())
    socket.once('error', (error) => end(error.message))
  })
}

/** 200 to 399 is a success; certificates are not verified, and redirects not followed. */
function tryHttp(
  http: NonNullable<Probe['httpGet']>,
  host: string,
  port: number,
  timeout: number,
): Promise<string | undefined> {
  const send = http.scheme === 'HTTPS' ? requestHttps : requestHttp
  const headers = Object.fromEntries((http.httpHeaders ?? []).map(({ name, value }) => [name, value ?? '']))
  const path = `/${(http.path ?? '/').replace(/^\//, '')}`
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(timeout)
    const request = send({ host, port, path, headers, signal, agent: false, rejectUnauthorized: false }, (response) => {
      const status = response.statusCode ?? 0
      response.destroy()
      resolve(status >= 200 && status < 400 ? undefined : `HTTP probe failed with statuscode: ${status}`)
    })
    request.on('error', (error) =>
      resolve(signal.aborted ? `no answer from port ${port} within ${timeout / 1_000} s` : error.message),
    )
    request.end()
  })
}
