import { shape, type ValueOf } from '@initbox/config'
import { readText, RefusedError } from '@initbox/core'
import { fields, type JsonMap, list, parseJson, text } from '../json.ts'
import { componentOfPurl, parsePurl } from '../inputs/purl.ts'
import type { Finding } from './findings.ts'

/** A known fault that somebody has looked at and accepts until a day. */
export const exceptionShape = shape.map({
  id: shape.text,
  package: shape.optional(shape.text),
  until: shape.of('date such as 2027-01-31', parseDate),
  reason: shape.text,
})
export type Exception = ValueOf<typeof exceptionShape>

/** Statements of an OpenVEX document that a fault does no harm (openvex.dev, specification 0.2.0). */
export type VexStatement = { readonly ids: readonly string[]; readonly products: readonly string[] }

/** The last moment of a day, UTC, in milliseconds since 1970. */
function parseDate(given: string): number {
  const [, day] = /^(\d{4}-\d{2}-\d{2})(?:T00:00:00\.000Z)?$/.exec(given) ?? []
  const moment = Date.parse(`${day}T23:59:59Z`)
  if (Number.isNaN(moment)) throw new Error('must be a date such as 2027-01-31')
  return moment
}

/** The first exception that is about a finding: by any of its ids, and by the package where it names one. */
export function exceptionFor({ ids, component }: Finding, exceptions: readonly Exception[]): Exception | undefined {
  return exceptions.find(
    (each) => ids.includes(each.id) && (each.package === undefined || each.package === component.name),
  )
}

/** Whether a supplier's statement says that this package does not have, or no longer has, the fault. */
export function statedHarmless({ ids, component }: Finding, statements: readonly VexStatement[]): boolean {
  return statements.some(
    (statement) =>
      statement.ids.some((id) => ids.includes(id)) && statement.products.some((product) => isAbout(product, component)),
  )
}

/** A purl without a version is about all versions. */
function isAbout(product: string, { ecosystem, name, version }: Finding['component']): boolean {
  const purl = parsePurl(product)
  if (purl === undefined) return false
  const [bare = '', rest = ''] = product.split(/(?=[?#])/)
  const found = componentOfPurl(purl.version === '' ? `${bare}@${encodeURIComponent(version)}${rest}` : product)
  return found !== undefined && found.ecosystem === ecosystem && found.name === name && found.version === version
}

/** Reads an OpenVEX document. Throws RefusedError for another one. */
export function readVex(path: string): readonly VexStatement[] {
  const document = fields(parseJson(readText(path, { limit: 8 * 2 ** 20, option: '--vex' })))
  if (!text(document['@context']).startsWith('https://openvex.dev/ns')) {
    throw new RefusedError(`cannot use ${path} (--vex): it is no OpenVEX document`, {
      hint: 'its @context must be https://openvex.dev/ns/v0.2.0',
    })
  }
  return list(document['statements'])
    .map(fields)
    .filter(({ status }) => status === 'not_affected' || status === 'fixed')
    .map((statement) => ({
      ids: idsOf(statement),
      products: list(statement['products']).flatMap((each) =>
        typeof each === 'string'
          ? [each]
          : [fields(each), ...list(fields(each)['subcomponents']).map(fields)].flatMap(purlsOf),
      ),
    }))
}

function idsOf({ vulnerability }: JsonMap): readonly string[] {
  // Before 0.2.0 it was a text.
  if (typeof vulnerability === 'string') return [vulnerability]
  const { name, aliases } = fields(vulnerability)
  return [text(name), ...list(aliases).map(text)].filter((id) => id !== '')
}

function purlsOf(product: JsonMap): readonly string[] {
  return [text(product['@id']), text(fields(product['identifiers'])['purl'])].filter((each) => each.startsWith('pkg:'))
}
