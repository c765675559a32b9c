import { RefusedError } from '@initbox/core'
import { fields, type Json, list, text } from '../json.ts'

/** One event of a range: exactly one of these kinds (https://ossf.github.io/osv-schema/#affectedrangesevents-fields). */
export type Event = { readonly kind: 'introduced' | 'fixed' | 'last_affected' | 'limit'; readonly version: string }
export type Range = { readonly type: string; readonly events: readonly Event[] }

export type Affected = {
  readonly ecosystem: string
  readonly name: string
  readonly ranges: readonly Range[]
  readonly versions: readonly string[]
  /** CVSS vectors of this package alone. */
  readonly vectors: readonly string[]
  /** The data base's own word, in small letters, or empty. */
  readonly word: string
}

/** What of an OSV record (schema 1.7, https://ossf.github.io/osv-schema/) decides anything here. */
export type OsvRecord = {
  readonly id: string
  readonly aliases: readonly string[]
  readonly summary: string
  /** RFC 3339. */
  readonly modified: string
  readonly withdrawn: boolean
  readonly affected: readonly Affected[]
  readonly vectors: readonly string[]
  readonly word: string
}

const kinds = ['introduced', 'fixed', 'last_affected', 'limit'] as const

/** The record in a JSON document that nobody vouches for. Throws RefusedError for one without an id. */
export function toRecord(value: Json): OsvRecord {
  const all = fields(value)
  const id = text(all['id'])
  if (!/^[\w.:+-]{1,128}$/.test(id)) throw new RefusedError('a record has no id, so it is none of OSV')
  return {
    id,
    // `upstream` is what a distribution's record is made from: the same fault under another name.
    aliases: [...list(all['aliases']), ...list(all['upstream'])]
      .map(text)
      .filter((each) => each !== '')
      .slice(0, 100),
    summary: (text(all['summary']) || text(all['details'])).slice(0, 200).replaceAll(/\s+/g, ' ').trim(),
    modified: text(all['modified']),
    withdrawn: text(all['withdrawn']) !== '',
    affected: list(all['affected']).map(toAffected),
    vectors: vectorsIn(all),
    word: wordIn(all),
  }
}

function toAffected(value: Json): Affected {
  const all = fields(value)
  const { ecosystem, name } = fields(all['package'])
  return {
    ecosystem: text(ecosystem),
    name: text(name),
    ranges: list(all['ranges']).map((range) => ({
      type: text(fields(range)['type']),
      events: list(fields(range)['events'])
        .map(fields)
        .flatMap((event) =>
          kinds.filter((kind) => text(event[kind]) !== '').map((kind) => ({ kind, version: text(event[kind]) })),
        ),
    })),
    versions: list(all['versions']).map(text),
    vectors: vectorsIn(all),
    word: wordIn(all),
  }
}

function vectorsIn(all: ReturnType<typeof fields>): readonly string[] {
  return list(all['severity'])
    .map((each) => text(fields(each)['score']))
    .filter((score) => score !== '')
}

/** GitHub's word lies in `database_specific`, Debian's and Ubuntu's in `ecosystem_specific`. */
function wordIn(all: ReturnType<typeof fields>): string {
  const own = fields(all['database_specific'])['severity'] ?? fields(all['ecosystem_specific'])['urgency']
  return text(own).toLowerCase()
}
