import { readConfig as read, type Shape, shape } from '@initbox/config'
import type { TargetText } from './targets.ts'

/** One value of a parameter, or several. */
const values = shape.shorthand((text) => [text] as readonly string[], shape.list(shape.text))
const parameters = shape.record(values)

/** `{target: http://web/, status: 200}`: a target and its parameters, whose names its probe knows. */
const withParameters: Shape<TargetText> = {
  schema: { ...parameters.schema, properties: { target: { type: 'string' } }, required: ['target'] },
  read: (node, place) => {
    const { target, ...rest } = parameters.read(node, place) ?? {}
    const [text] = target ?? []
    if (text === undefined && node.kind === 'map') place.problem(node.offset, `${place.path}.target is missing`)
    if (text === undefined) return undefined
    const pairs = Object.entries(rest).flatMap(([name, texts]) => (texts ?? []).map((each) => [name, each] as const))
    return { text, parameters: pairs }
  },
}

const list = shape.list(shape.shorthand((text): TargetText => ({ text }), withParameters))
const named = shape.map({ targets: list })

/** The list itself, or that under `targets`. */
export const configShape: Shape<readonly TargetText[]> = {
  schema: { anyOf: [list.schema, named.schema] },
  read: (node, place) => (node.kind === 'list' ? list.read(node, place) : named.read(node, place)?.targets),
}

/**
 * Reads the targets of a configuration: `targets:` with texts, or with maps of `target:` and its parameters. `given` is the
 * path of a YAML file, or the YAML itself. Throws as `readConfig` of packages/config does.
 */
export function readConfig(given: string): readonly TargetText[] {
  return read(given, configShape, { option: '--config, WAIT_FOR_CONFIG' })
}
