import type { Component, Inventory } from './component.ts'
import { fields, type Json, list, parseJson, text } from '../json.ts'
import { componentOfPurl } from './purl.ts'

/** Components in components: no builder nests deeper, and a document that does is an attack. */
const deepest = 64

/** CycloneDX in JSON, any version (https://cyclonedx.org/specification/overview/); components in components count too. */
export function readCycloneDx(document: string): Inventory {
  const purls: { readonly name: string; readonly purl: string }[] = []
  const walk = (components: readonly Json[], depth: number): void => {
    for (const each of components) {
      const { name, purl, type, components: inner } = fields(each)
      // An operating system and an application as such have no record; what they are made of has.
      if (purl !== undefined || !['operating-system', 'file', 'application'].includes(text(type))) {
        purls.push({ name: text(name), purl: text(purl) })
      }
      if (depth < deepest) walk(list(inner), depth + 1)
    }
  }
  walk(list(fields(parseJson(document))['components']), 0)
  return ofPurls(purls)
}

/** SPDX 2.x in JSON: packages with an external reference of type `purl`. */
export function readSpdx(document: string): Inventory {
  return ofPurls(
    list(fields(parseJson(document))['packages']).map((each) => {
      const { name, externalRefs } = fields(each)
      const reference = list(externalRefs)
        .map(fields)
        .find(({ referenceType }) => referenceType === 'purl')
      return { name: text(name), purl: text(reference?.['referenceLocator']) }
    }),
  )
}

function ofPurls(purls: readonly { readonly name: string; readonly purl: string }[]): Inventory {
  const components: Component[] = []
  const unknown: string[] = []
  for (const { name, purl } of purls) {
    const found = componentOfPurl(purl)
    if (found === undefined) unknown.push(name === '' ? purl : name)
    else components.push(found)
  }
  return { components, unknown }
}
