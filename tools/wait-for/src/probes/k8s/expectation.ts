import { type ToolError } from '@initbox/core'
import { NotYet } from '@initbox/net'
import { type JsonPath, valuesAt } from './json-path.ts'
import { conditionOf, type KubernetesObject, wordsOf } from './object.ts'

/** `Ready`, or `Ready=False`. */
export type WantedCondition = { readonly type: string; readonly status: string }

/** Parses `Ready` or `Ready=False`. Throws a plain Error that completes "the parameter …". */
export function parseCondition(text: string): WantedCondition {
  const [, type, status = 'True'] = /^([\w./-]+)(?:=(\w+))?$/.exec(text) ?? []
  if (type === undefined) throw new Error(`'${text}' is not of the form Ready or Ready=False`)
  return { type, status }
}

export function judgeCondition(object: KubernetesObject, { type, status }: WantedCondition): string | ToolError {
  const found = conditionOf(object, type)
  if (found === undefined) return new NotYet(`no ${type}`, `it has no condition ${type} yet`)
  const told = `${type}=${found.status}`
  if (found.status.toLowerCase() === status.toLowerCase()) return told
  return new NotYet(told, `its condition ${type} is ${found.status}, not ${status}: ${wordsOf(found)}`)
}

/** `secret` keeps what was found out of the words. */
export function judgeJsonPath(object: KubernetesObject, wanted: JsonPath, secret: boolean): string | ToolError {
  const values = valuesAt(object, wanted.path)
  if (values.length === 0) return new NotYet('no value', `${wanted.text} has no value yet`)
  const texts = values.map((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value)))
  const other = wanted.value === undefined ? undefined : texts.find((text) => text.trim() !== wanted.value)
  const tell = (text: string): string => (secret ? 'another value' : text.slice(0, 80))
  if (other !== undefined) {
    return new NotYet(tell(other).slice(0, 20), `${wanted.text} is ${tell(other)}, not ${wanted.value}`)
  }
  return secret || texts.length > 1 ? wanted.text : tell(texts[0] ?? '')
}
