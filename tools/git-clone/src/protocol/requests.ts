import { version } from '@initbox/core'
import { delimiter, flush, pktLine } from '../wire/pkt-line.ts'

/** What is asked for in a fetch. Ids are hexadecimal. */
export type FetchRequest = {
  readonly wants: readonly string[]
  /** How many commits of history; all when undefined. */
  readonly depth: number | undefined
  /** Leave the blobs out; they are fetched by id later. */
  readonly withoutBlobs: boolean
  /** Annotated tags of what comes are wanted too. */
  readonly withTags?: boolean
}

const agent = `agent=initbox/${version}`

/** `ls-refs` of protocol v2, for names that begin with one of the prefixes. */
export function lsRefsRequest(prefixes: readonly string[]): string {
  return [
    pktLine('command=ls-refs'),
    pktLine(agent),
    pktLine('object-format=sha1'),
    delimiter,
    pktLine('peel'),
    pktLine('symrefs'),
    ...prefixes.map((prefix) => pktLine(`ref-prefix ${prefix}`)),
    flush,
  ].join('')
}

/** `fetch` of protocol v2: nothing is there, so nothing is negotiated. */
export function fetchRequest({ wants, depth, withoutBlobs, withTags = false }: FetchRequest): string {
  return [
    pktLine('command=fetch'),
    pktLine(agent),
    pktLine('object-format=sha1'),
    delimiter,
    pktLine('no-progress'),
    pktLine('ofs-delta'),
    ...(withTags ? [pktLine('include-tag')] : []),
    ...wants.map((id) => pktLine(`want ${id}`)),
    ...(depth === undefined ? [] : [pktLine(`deepen ${depth}`)]),
    ...(withoutBlobs ? [pktLine('filter blob:none')] : []),
    pktLine('done'),
    flush,
  ].join('')
}

/** Of the old protocol's capabilities those that we use. We have nothing, so no pack is thin; dulwich refuses who does not say so. */
const used = ['side-band-64k', 'thin-pack', 'ofs-delta', 'shallow', 'filter', 'no-progress']
/** Some servers answer only who asks for one of these; with nothing to negotiate they change nothing. */
const negotiations = ['multi_ack_detailed', 'multi_ack']

/** The same in the old protocol (gitprotocol-pack "Packfile Negotiation"), as one request. */
export function oldFetchRequest(request: FetchRequest, capabilities: ReadonlyMap<string, string>): string {
  const { wants, depth, withoutBlobs, withTags = false } = request
  const known = (name: string): boolean => capabilities.has(name)
  const wanted = withTags ? [...used, 'include-tag'] : used
  const words = [...negotiations.filter(known).slice(0, 1), ...wanted.filter(known), agent]
  return [
    ...wants.map((id, index) => pktLine(index === 0 ? `want ${id} ${words.join(' ')}` : `want ${id}`)),
    ...(depth === undefined ? [] : [pktLine(`deepen ${depth}`)]),
    ...(withoutBlobs ? [pktLine('filter blob:none')] : []),
    flush,
    pktLine('done'),
  ].join('')
}
