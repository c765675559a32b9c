import { defineTool } from '@initbox/core'
import { options } from './options.ts'
import { run } from './run.ts'

export const tool = defineTool({
  name: 'warm-redis',
  summary: 'loads records into Redis before an application starts, fast, and checks every reply',
  examples: [
    ['one key for each line of a file', "warm-redis --in users.ndjson --key 'user:${id}' --url redis://cache"],
    [
      'columns of a CSV file, with a time to live',
      "warm-redis --in prices.csv --key 'price:${sku}' --value '${price}' --ttl 1h --url redis://cache",
    ],
    [
      'look at the first records and write nothing',
      "warm-redis --in users.ndjson --key 'user:${id}' --url redis://cache --dry-run",
    ],
  ],
  options,
  check: ({ command, in: inputs, url, onceKey, contentVersion, query, cluster, sentinel, dryRun, ...values }) => {
    const problems: string[] = []
    if (inputs.length === 0 && command !== 'wait') problems.push('--in is missing: a file, a folder or another source')
    if (url.length === 0 && !dryRun) problems.push('--url is missing ($WARM_REDIS_URL or $REDIS_URL)')
    if (command === 'wait' && onceKey === undefined) problems.push('wait needs --once-key')
    if (command === 'wait' && inputs.length === 0 && contentVersion === undefined) {
      problems.push('wait needs --in or --content-version, to know what it waits for')
    }
    if (dryRun && command !== 'load') problems.push(`--dry-run is for load, not for ${command}`)
    if (values.sample !== undefined && command !== 'verify') problems.push(`--sample is for verify, not for ${command}`)
    if (cluster && sentinel !== undefined) problems.push('--cluster and --sentinel exclude each other')
    if (url.length > 1 && !cluster && sentinel === undefined) {
      problems.push('more than one --url needs --cluster or --sentinel')
    }
    if (values.sentinelTls !== 'same' && sentinel === undefined) problems.push('--sentinel-tls needs --sentinel')
    if (cluster && (values.db ?? 0) > 0) problems.push('a Cluster has no database but 0')
    if (values.value !== undefined && values.key === undefined) problems.push('--value needs --key')
    if (values.key?.every((piece) => typeof piece === 'object' && 'text' in piece) === true) {
      // A shell makes nothing of "user:${id}" in double quotes.
      problems.push(
        "--key names no field, so every record would have the same key: write 'user:${id}' in single quotes",
      )
    }
    const rows = inputs.some(({ kind }) => kind === 'postgres')
    if (rows !== (query !== undefined)) problems.push('postgres:// and --query need each other')
    const unread = inputs.some(
      ({ kind, place }) => kind === 'stdin' || kind === 'postgres' || (kind === 'http' && !place.includes('#sha256=')),
    )
    if (onceKey !== undefined && unread && contentVersion === undefined) {
      problems.push('--once-key needs --content-version for standard input, postgres:// and URLs without #sha256=')
    }
    if (inputs.filter(({ kind }) => kind === 'stdin').length > 1) problems.push('standard input can be read only once')
    return problems
  },
  run,
})
