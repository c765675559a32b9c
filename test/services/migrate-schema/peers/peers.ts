import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { mustRun } from '@initbox/engine/command'
import { mavenJars } from '../../../../packages/testing/src/services/maven-jars.ts'
import { findPeers } from '../../../bench/migrate-schema/peers.ts'
import { statements } from './history.ts'

/** A real tool that migrates one file further each time. */
export type Stepper = {
  /** What adopts its history. */
  readonly adopt: (done: number) => readonly string[]
  /** Applies the files from one count to another. */
  readonly apply: (from: number, to: number) => Promise<unknown>
  readonly end: () => unknown
}

/** Of a tool that a bare machine has not what it takes to make. */
export class NotToBeHad extends Error {}

/** `folder` has all the files; what else a tool is to see of them it keeps in `other`. */
type Start = (url: string, folder: string, other: string) => Promise<Stepper>

type RealPeer = {
  readonly fileName: (version: number) => string
  readonly content: (sql: string) => string
  readonly start: Start
}

const number = (version: number): string => String(version).padStart(6, '0')

/** A program that applies whatever its folder has: it sees one file more each time. */
const byFolder = (name: 'golang-migrate' | 'goose' | 'dbmate'): RealPeer => {
  const files = { 'golang-migrate': '_a.up.sql', goose: '_a.sql', dbmate: '_a.sql' } as const
  const marks = { 'golang-migrate': '', goose: '-- +goose Up\n-- +goose StatementBegin\n', dbmate: '-- migrate:up\n' }
  const end = { 'golang-migrate': '', goose: '\n-- +goose StatementEnd\n', dbmate: '\n-- migrate:down\n' }
  const peer: RealPeer = {
    fileName: (version) => `${number(version)}${files[name]}`,
    content: (sql) => `${marks[name]}${sql};${end[name]}`,
    async start(url, _, other) {
      const { peers } = await findPeers()
      const program = peers.find(({ label }) => label.startsWith(name))
      if (program === undefined) throw new NotToBeHad(`${name} is compiled here, and there is no Go`)
      mkdirSync(other)
      return {
        adopt: () => ['--from', name],
        async apply(from, to) {
          writeFiles(peer, other, from, to)
          const [command, ...args] = program.argv(`${url}?sslmode=disable`, other)
          await mustRun(command, args)
        },
        end: () => {},
      }
    },
  }
  return peer
}

/** Run by hand with psql; nothing in the database knows of it. */
const psql: RealPeer = {
  fileName: (version) => `${number(version)}_a.sql`,
  content: (sql) => `${sql};\n`,
  start: async (url, folder) => ({
    adopt: (done) => ['baseline', String(done)],
    async apply(from, to) {
      for (let version = from + 1; version <= to; version++)
        await mustRun('psql', ['-qX', '-v', 'ON_ERROR_STOP=1', '-f', join(folder, psql.fileName(version)), url])
    },
    end: () => {},
  }),
}

const flyway: RealPeer = {
  fileName: (version) => `V${version}__a.sql`,
  content: (sql) => `${sql};\r\n`,
  async start(url, folder) {
    const place = join(import.meta.dirname, 'flyway')
    const jars = await mavenJars('flyway', join(place, 'pom.xml'))
    const { host, pathname, username, password } = new URL(url)
    const program = ['-cp', `${jars}/*`, join(place, 'Step.java')]
    const child = spawn('java', [...program, `jdbc:postgresql://${host}${pathname}`, username, password, folder], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    return {
      adopt: () => ['--from', 'flyway'],
      async apply(_, to) {
        child.stdin.write(`${to}\n`)
        for (let line = await lines.next(); line.value !== 'done'; line = await lines.next())
          if (line.done === true) throw new Error('Flyway ended')
      },
      end: async () => {
        child.stdin.end()
        await once(child, 'close')
      },
    }
  },
}

export const realPeers = {
  'golang-migrate': byFolder('golang-migrate'),
  goose: byFolder('goose'),
  dbmate: byFolder('dbmate'),
  flyway,
  psql,
} as const satisfies Readonly<Record<string, RealPeer>>

export function writeFiles(peer: RealPeer, folder: string, from: number, to: number): void {
  for (let version = from + 1; version <= to; version++)
    writeFileSync(join(folder, peer.fileName(version)), peer.content(statements[version - 1] ?? ''))
}
