import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

/** What a test needs to know of one service of test/compose.yaml. */
export type ServiceDefinition = {
  readonly name: string
  /** The official image; undefined for a service that is always made from its Dockerfile. */
  readonly image: string | undefined
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** Ports inside the container, the main one first: `8080` or `53/udp`. */
  readonly ports: readonly string[]
}

/** Reads the services of a compose file; a key that is not understood here is an Error, for it would be silently without effect. */
export function parseDefinitions(text: string): ReadonlyMap<string, ServiceDefinition> {
  const { services }: { services: Record<string, Record<string, unknown>> } = parse(text)
  return new Map(Object.entries(services).map(([name, service]) => [name, parseDefinition(name, service)]))
}

function parseDefinition(name: string, service: Record<string, unknown>): ServiceDefinition {
  const { image, build, command = [], environment = {}, ports = [], ...unknown } = service
  const [stranger] = Object.keys(unknown)
  if (stranger !== undefined) throw new Error(`service ${name}: '${stranger}' is not understood by the test set-up`)
  if ((image === undefined) === (build === undefined))
    throw new Error(`service ${name} needs either 'image' or 'build'`)
  if (!Array.isArray(command) || !Array.isArray(ports))
    throw new Error(`service ${name}: 'command' and 'ports' are lists`)
  return {
    name,
    image: image === undefined ? undefined : String(image),
    command: command.map(String),
    environment: Object.fromEntries(Object.entries(environment as object).map(([key, value]) => [key, String(value)])),
    // Only `127.0.0.1::8080`: a test server is nobody else's business, and its port is free for the engine to choose.
    ports: ports.map((port) => String(port).replace(/^127\.0\.0\.1::/, '')),
  }
}

export const composeFile = join(import.meta.dirname, '../compose.yaml')

let definitions: ReadonlyMap<string, ServiceDefinition> | undefined

/** The service of that name; an unknown one is an Error that names the known ones. */
export function serviceDefinition(name: string): ServiceDefinition {
  definitions ??= parseDefinitions(readFileSync(composeFile, 'utf8'))
  const definition = definitions.get(name)
  if (definition === undefined)
    throw new Error(`no service '${name}' in test/compose.yaml (there are ${[...definitions.keys()].join(', ')})`)
  return definition
}

/** The service whose official image a manifest names, whatever its tag; undefined when none is. */
export function definitionOfImage(reference: string): ServiceDefinition | undefined {
  definitions ??= parseDefinitions(readFileSync(composeFile, 'utf8'))
  return [...definitions.values()].find(
    ({ image }) => image !== undefined && repositoryOf(image) === repositoryOf(reference),
  )
}

/** `docker.io/library/postgres:15@sha256:…` and `postgres:15` are of one repository: `postgres`. */
export function repositoryOf(reference: string): string {
  return reference
    .replace(/@.*$/, '')
    .replace(/:[^/:]*$/, '')
    .replace(/^(index\.)?docker\.io\//, '')
    .replace(/^library\//, '')
}
