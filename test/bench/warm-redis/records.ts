import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** The same records in every form: ndjson of 90 bytes a line, CSV, and ready-made RESP without and with a time to live. */
export type Records = { readonly ndjson: string; readonly csv: string; readonly resp: string; readonly respTtl: string }

/** Writes so many records into a folder. */
export function writeRecords(folder: string, count: number): Records {
  const files = {
    ndjson: join(folder, 'records.ndjson'),
    csv: join(folder, 'records.csv'),
    resp: join(folder, 'records.resp'),
    respTtl: join(folder, 'records-ttl.resp'),
  }
  const handles = Object.entries(files).map(([form, file]) => ({ form, handle: openSync(file, 'w'), text: '' }))
  for (const each of handles) if (each.form === 'csv') each.text = 'id,name\n'
  for (let index = 0; index < count; index++) {
    const id = String(index).padStart(9, '0')
    const [key, value] = [`user:${id}`, `value-${index}-`.padEnd(52, 'abcdefghij')]
    const words = [`$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$${value.length}\r\n${value}\r\n`]
    const forms: Readonly<Record<string, string>> = {
      ndjson: `{"key":"${key}","value":"${value}"}\n`,
      csv: `${id},${value}\n`,
      resp: `*3\r\n${words[0]}`,
      respTtl: `*5\r\n${words[0]}$2\r\nEX\r\n$4\r\n3600\r\n`,
    }
    for (const each of handles) {
      each.text += forms[each.form]
      if (each.text.length < 2 ** 20 && index < count - 1) continue
      writeSync(each.handle, each.text)
      each.text = ''
    }
  }
  for (const { handle } of handles) closeSync(handle)
  return files
}
