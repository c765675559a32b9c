import { type Event, EVENT_ID, getScalarValue, parseEvents, SCALAR_STYLE } from 'js-yaml'

/** A value of a YAML document and where in its text it begins. */
export type Node = Scalar | Sequence | Mapping

/** `text` is what stands there: `0750` and `1.10` are not numbers before somebody asks for one. */
export type Scalar = {
  readonly kind: 'scalar'
  readonly offset: number
  readonly text: string
  readonly plain: boolean
}
export type Sequence = { readonly kind: 'list'; readonly offset: number; readonly items: Node[] }
export type Mapping = { readonly kind: 'map'; readonly offset: number; readonly entries: Entry[] }
export type Entry = { readonly key: string; readonly offset: number; readonly value: Node }

/** Why a text is no YAML for us; the message quotes nothing of it and completes "config.yaml: …". */
export class YamlError extends Error {}

/**
 * Parses one document of YAML 1.2, and so JSON too; undefined when it is empty. Not `load`: what it returns has no places,
 * and its numbers are no longer what the user wrote.
 */
export function parseTree(text: string): Node | undefined {
  const events = eventsOf(text)
  const anchors = new Map<string, Node>()
  let at = 0
  const next = (): Event => {
    const event = events[at++]
    if (event === undefined) throw new YamlError('it ends too early')
    return event
  }
  const anchored = <N extends Node>(event: { anchorStart: number; anchorEnd: number }, node: N): N => {
    if (event.anchorStart >= 0) anchors.set(text.slice(event.anchorStart, event.anchorEnd), node)
    return node
  }
  let offset = 0
  const node = (event: Event): Node => {
    switch (event.type) {
      case EVENT_ID.SCALAR: {
        // An empty value has no place of its own: it stands where its key does.
        if (event.valueStart >= 0) offset = event.valueStart
        const value = event.valueStart < 0 ? '' : getScalarValue(text, event)
        return anchored(event, { kind: 'scalar', offset, text: value, plain: event.style === SCALAR_STYLE.PLAIN })
      }
      case EVENT_ID.SEQUENCE: {
        offset = event.start
        const list = anchored(event, { kind: 'list' as const, offset, items: [] as Node[] })
        for (let each = next(); each.type !== EVENT_ID.POP; each = next()) list.items.push(node(each))
        return list
      }
      case EVENT_ID.MAPPING: {
        offset = event.start
        const map = anchored(event, { kind: 'map' as const, offset, entries: [] as Entry[] })
        for (let each = next(); each.type !== EVENT_ID.POP; each = next()) map.entries.push(entry(node(each)))
        return map
      }
      case EVENT_ID.ALIAS: {
        const known = anchors.get(text.slice(event.anchorStart, event.anchorEnd))
        if (known === undefined) throw new YamlError(`${placeIn(text, event.anchorStart)}: no such anchor`)
        return known
      }
      default:
        throw new YamlError('it holds more than one document')
    }
  }
  const entry = (key: Node): Entry => {
    if (key.kind !== 'scalar') throw new YamlError(`${placeIn(text, key.offset)}: a key must be text`)
    return { key: key.text, offset: key.offset, value: node(next()) }
  }
  const documents = events.filter(({ type }) => type === EVENT_ID.DOCUMENT).length
  if (documents > 1) throw new YamlError('it holds more than one document')
  if (documents === 0) return undefined
  next()
  const first = next()
  return first.type === EVENT_ID.POP ? undefined : node(first)
}

function eventsOf(text: string): Event[] {
  try {
    return parseEvents(text, { maxDepth: 50 })
  } catch (error) {
    const { reason, mark } = error as { reason?: string; mark?: { line: number; column: number } }
    // Its own message quotes the text around the error, which may hold a password.
    if (reason === undefined) throw error
    const where = mark === undefined ? '' : ` at line ${mark.line + 1}, column ${mark.column + 1}`
    throw new YamlError(`no YAML${where}: ${reason.replace(/ ?["'<].*/s, '')}`, { cause: error })
  }
}

/** An offset as people count, from 1. */
export function placeIn(text: string, offset: number): string {
  const before = text.slice(0, offset)
  return `line ${before.split('\n').length}, column ${offset - before.lastIndexOf('\n')}`
}
