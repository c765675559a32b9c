import type { Format } from './format.ts'

/** One JSON object with the names of the Pod's fields. */
export const json: Format = ({ all, labels, annotations }) => {
  const object: Record<string, unknown> = Object.fromEntries(all.map(({ key, value }) => [key, value]))
  if (labels !== undefined) object['labels'] = Object.fromEntries(labels)
  if (annotations !== undefined) object['annotations'] = Object.fromEntries(annotations)
  return `${JSON.stringify(object, undefined, 2)}\n`
}
