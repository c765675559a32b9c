import { type AddressInfo, createServer } from 'node:net'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runToolWith } from '@initbox/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { httpServer } from '@initbox/testing/http-server'
import { serve } from '@initbox/testing/serve'
import { tool } from './tool.ts'

/** A port on which nobody listens now. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

const took = /\d[\d.]* (ms|s)/g
const lines = (log: string): string[] =>
  log
    .replaceAll(took, 'TIME')
    .replaceAll(/127\.0\.0\.1:\d+/g, 'HOST')
    .split('\n')

describe('wait-for', () => {
  test('one target that is ready', async () => {
    const port = await serve(() => {})
    const { code, log } = await runToolWith(tool, [`tcp://127.0.0.1:${port}`])
    expect([code, ...lines(log)]).toEqual([0, 'tcp HOST: ready, TIME'])
  })

  test('several targets, from the command line and from YAML in the environment', async () => {
    const port = await serve(() => {})
    const web = await httpServer((_, response) => response.end('{"status":"UP"}'))
    const WAIT_FOR_CONFIG = `targets:\n- target: http://127.0.0.1:${web}/\n  json: /status=UP\n  header: ["X-A: b", "X-C: d"]\n- file:///etc/hosts\n`
    const { code, log } = await runToolWith(tool, [`tcp://127.0.0.1:${port}`], { WAIT_FOR_CONFIG })
    expect(code).toBe(0)
    expect(lines(log).toSorted()).toEqual([
      '3 targets ready in TIME: tcp HOST, http HOST, file /etc/hosts',
      'file /etc/hosts: ready, TIME',
      'http HOST: ready (200 OK), TIME',
      'tcp HOST: ready, TIME',
    ])
  })

  test('a deadline is exit 124, with the last reason of every target', async () => {
    const [port, closed] = [await serve(() => {}), await closedPort()]
    const { code, log } = await runToolWith(tool, [
      '--timeout=200ms',
      `tcp://127.0.0.1:${port}`,
      `tcp://127.0.0.1:${closed}`,
      'file:///nonexistent',
    ])
    expect(code).toBe(124)
    expect(lines(log).at(-1)).toMatch(
      /^error: gave up after TIME: 2 of 3 targets not ready: (tcp HOST: connection refused by HOST; file \/nonexistent: \/nonexistent does not exist|file .*; tcp .*)$/,
    )
  })

  test('any, or a number of targets, is enough', async () => {
    const [port, closed] = [await serve(() => {}), await closedPort()]
    const targets = [`tcp://127.0.0.1:${closed}`, `tcp://127.0.0.1:${port}`, 'file:///etc/hosts']
    for (const mode of ['any', '2']) {
      const { code, log } = await runToolWith(tool, ['--mode', mode, '--timeout=2s', ...targets])
      expect([code, log]).toEqual([
        0,
        expect.stringMatching(mode === '2' ? /2 of 3 targets ready in/ : /[12] of 3 targets ready in/),
      ])
    }
  })

  test('what can never be ends it at once with its code, unless other targets are enough', async () => {
    const denied = await httpServer((_, response) => response.writeHead(403).end())
    const url = `http://127.0.0.1:${denied}/`
    const alone = await runToolWith(tool, [url, 'file:///nonexistent'])
    expect([alone.code, lines(alone.log).at(-1)]).toEqual([
      3,
      'error: http HOST: 403 Forbidden (after TIME); also not ready: file /nonexistent: /nonexistent does not exist (hint: accept it with ?status=200-399,403 if being up is enough)',
    ])
    expect((await runToolWith(tool, ['--mode=any', url, 'file:///etc/hosts'])).code).toBe(0)
    const patient = await runToolWith(tool, ['--no-fail-fast', '--timeout=150ms', url])
    expect([patient.code, patient.log]).toEqual([124, expect.stringContaining('403 Forbidden')])
  })

  test('in JSON each line of a target says which it is, and the last one whose failure it is', async () => {
    const denied = await httpServer((_, response) => response.writeHead(403).end())
    const target = `http 127.0.0.1:${denied}`
    const argv = [`http://127.0.0.1:${denied}/`, 'file:///etc/hosts']
    const { log } = await runToolWith(tool, argv, { LOG_FORMAT: 'json' })
    const found: Record<string, unknown>[] = log.split('\n').map((line) => JSON.parse(line))
    expect(found.filter(({ level }) => level === 'info').every((line) => line['target'] === 'file /etc/hosts')).toBe(
      true,
    )
    expect(found.at(-1)).toMatchObject({ level: 'error', exit_code: 3, target })
  })

  test('of several targets one that is out for good says so at once, and at the end', async () => {
    const denied = await httpServer((_, response) => response.writeHead(401).end())
    const targets = [`http://127.0.0.1:${denied}/`, `tcp://127.0.0.1:${await closedPort()}`]
    const { code, log } = await runToolWith(tool, ['--mode=any', '--timeout=100ms', ...targets])
    expect(code).toBe(124)
    expect(lines(log)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^warning: http HOST: 401 Unauthorized \(hint: give a login/)]),
    )
    expect(lines(log).at(-1)).toMatch(/not ready: tcp HOST: .*; http HOST: 401 Unauthorized/)
  })

  test('a target has its own time, its own inversion, its own attempts', async () => {
    const closed = await closedPort()
    const port = await serve(() => {})
    const { code, log } = await runToolWith(tool, [
      `tcp://127.0.0.1:${closed}?invert`,
      `tcp://127.0.0.1:${port}?successes=3&within=20ms`,
    ])
    expect([code, log]).toEqual([0, expect.stringContaining('gone (connection refused by')])
    expect((await runToolWith(tool, ['file:///nonexistent?timeout=50ms'])).code).toBe(124)
  })

  test('--invert does not take a server that answers for gone, nor one that is silent', async () => {
    const web = await httpServer((_, response) => response.writeHead(500).end())
    const silent = await serve(() => {})
    for (const target of [
      `http://127.0.0.1:${web}/`,
      `redis://127.0.0.1:${silent}?attempt-timeout=50ms`,
      `tcp://127.0.0.1:${silent}`,
    ]) {
      expect((await runToolWith(tool, ['--invert', '--timeout=200ms', target])).code).toBe(124)
    }
    expect((await runToolWith(tool, ['--invert', 'file:///nonexistent'])).code).toBe(0)
  })

  test('all that is wrong is said together, and nothing is tried', async () => {
    const { code, log } = await runToolWith(tool, ['--mode=3', 'tcp://db', 'htp://web'])
    expect(code).toBe(2)
    expect(log).toBe(
      "error: 3 problems: the target 'tcp://db' has no port, as in tcp://db:8080; the target 'htp://web' has the unknown scheme 'htp', did you mean http?; --mode (WAIT_FOR_MODE) asks for 3 of only 2 targets (hint: wait-for --help lists the options)",
    )
  })

  test.each([
    [[], {}, 'TARGET (WAIT_FOR_TARGETS) is missing'],
    [['--mode', 'some', 'tcp://a:1'], {}, "--mode (WAIT_FOR_MODE) 'some' is neither all, any nor a number of targets"],
    [['tcp://a:1', '--', 'echo'], {}, "'--' COMMAND is not supported"],
    [['--config=/'], {}, 'cannot read / (--config, WAIT_FOR_CONFIG): it is not a file'],
    [['--config={targets: 3}'], {}, 'line 1, column 11: targets must be a list'],
    [['--config={target: [tcp://a:1]}'], {}, 'target is unknown, did you mean targets?'],
    [['--config={targets: [{traget: x}]}'], {}, 'line 1, column 12: targets[0].target is missing'],
    [['--config={targets: []}'], {}, 'names no target'],
    [['--config=[x'], {}, 'no YAML at line 1'],
    [['--config={targets: [{target: "tcp://a:1", timeout: [1s, 2s]}]}'], {}, 'has the parameter timeout 2 times'],
    [['tcp://a:1'], { WAIT_FOR_TIMOUT: '5s' }, 'unknown variable WAIT_FOR_TIMOUT'],
  ])('%j %j is exit 2: %s', async (argv, environment, problem) => {
    const { code, log } = await runToolWith(tool, argv, environment as Record<string, string>)
    expect([code, log]).toEqual([2, expect.stringContaining(problem)])
  })

  test('no password is printed, and one on the command line is warned of', async () => {
    const port = await serve((socket) => socket.once('data', () => socket.end('-WRONGPASS for s3cr3t\r\n')))
    const { code, log } = await runToolWith(tool, [`redis://app:s3cr3t@127.0.0.1:${port}`], { LOG_LEVEL: 'debug' })
    expect(code).toBe(3)
    expect(log).not.toContain('s3cr3t')
    expect(log).toContain('a password on the command line is visible to others; use ?password-env=NAME')
  })

  test('reads a config file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'initbox-config-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'c.yaml'), 'targets:\n  - file:///etc/hosts\n')
    expect((await runToolWith(tool, ['--config', join(folder, 'c.yaml')])).code).toBe(0)
  })
})
