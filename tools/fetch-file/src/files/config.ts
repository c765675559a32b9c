import { readConfig, shape, type ValueOf } from '@initbox/config'
import { flagOf, UsageError } from '@initbox/core'
import { type Item, makeItem, type Pair } from './item.ts'

const texts = shape.optional(shape.list(shape.text))

const file = shape.map({
  out: shape.text,
  url: shape.text,
  sha256: shape.optional(shape.text),
  sha512: shape.optional(shape.text),
  sha256From: shape.optional(shape.text),
  sha512From: shape.optional(shape.text),
  publicKey: shape.optional(shape.text),
  minisign: shape.optional(shape.text),
  cosign: shape.optional(shape.text),
  unpack: shape.optional(shape.boolean),
  strip: shape.optional(shape.integer()),
  include: texts,
  exclude: texts,
  subpath: shape.optional(shape.text),
  mode: shape.optional(shape.text),
  spool: shape.optional(shape.boolean),
  mirror: texts,
  file: shape.optional(shape.text),
  platform: shape.optional(shape.text),
  tokenEnv: shape.optional(shape.text),
})

/** What `--config` may hold. */
export const configShape = shape.map({ files: shape.list(file) })

/** The files of a configuration. Throws UsageError. */
export function itemsIn(given: string): Item[] {
  return readConfig(given, configShape).files.map((each) => {
    try {
      return makeItem(each.out, each.url, pairsOf(each))
    } catch (error) {
      if (!(error instanceof Error)) throw error
      throw new UsageError(`the file ${each.out} of --config ${error.message}`, { cause: error })
    }
  })
}

function pairsOf({ out: _out, url: _url, ...keys }: ValueOf<typeof file>): Pair[] {
  return Object.entries(keys).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap((each): Pair[] =>
      each === undefined ? [] : [[flagOf(key), String(each)]],
    ),
  )
}
