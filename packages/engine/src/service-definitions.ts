import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

/** What a test needs to know of one service of packages/engine/services/compose.yaml. */
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
    ports: ports.map((port) => containerPort(name, String(port))),
  }
}

/** Only `127.0.0.1::8080`: a test server is nobody else's business, and no fixed port may be in the way of a second run. */
function containerPort(name: string, port: string): string {
  const [, inside] = /^127\.0\.0\.1::(\d+(?:\/(?:tcp|udp))?)$/.exec(port) ?? []
  if (inside === undefined) throw new Error(`service ${name}: port '${port}' must have the form 127.0.0.1::8080`)
  return inside
}

let definitions: ReadonlyMap<string, ServiceDefinition> | undefined

/** All services of packages/engine/services/compose.yaml. */
export function allDefinitions(): readonly ServiceDefinition[] {
  definitions ??= parseDefinitions(readFileSync(join(import.meta.dirname, '../services/compose.yaml'), 'utf8'))
  return [...definitions.values()]
}

/** Where the Dockerfile of a service lies that makes its image without a registry. */
export function recipeFolder(name: string): string {
  return join(import.meta.dirname, '../services', name)
}

/** The service of that name; an unknown one is an Error that names the known ones. */
export function serviceDefinition(name: string): ServiceDefinition {
  const definition = allDefinitions().find((each) => each.name === name)
  const known = allDefinitions().map((each) => each.name)
  if (definition === undefined)
    throw new Error(`no service '${name}' in packages/engine/services/compose.yaml (it has ${known.join(', ')})`)
  return definition
}

/** The service whose official image a manifest names, whatever its tag; undefined when none is. */
export function definitionOfImage(reference: string): ServiceDefinition | undefined {
  const wanted = repositoryOf(reference)
  return allDefinitions().find(({ image }) => image !== undefined && repositoryOf(image) === wanted)
}

/** `docker.io/library/postgres:15@sha256:…` and `postgres:15` are of one repository: `postgres`. */
export function repositoryOf(reference: string): string {
  return reference
    .replace(/@.*$/, '')
    .replace(/:[^/:]*$/, '')
    .replace(/^(index\.)?docker\.io\//, '')
    .replace(/^library\//, '')
}
