import type { State } from './state.ts'

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number]

/**
 * The state in Prometheus' text format (prometheus/docs, "Exposition formats", version 0.0.4). prom-client would double the
 * cost of a start for what is written here by hand.
 */
export function formatMetrics(state: State): string {
  const now = Date.now()
  const one = (value: number): readonly Sample[] => [[{}, value]]
  const families: readonly (readonly [name: string, kind: string, help: string, samples: readonly Sample[]])[] = [
    [
      'initbox_refreshes_total',
      'counter',
      'Refreshes by their outcome.',
      [
        [{ result: 'success' }, state.successes],
        [{ result: 'failure' }, state.failures],
      ],
    ],
    [
      'initbox_last_success_timestamp_seconds',
      'gauge',
      'When a refresh last went well.',
      one(state.lastSuccess / 1000),
    ],
    ['initbox_last_change_timestamp_seconds', 'gauge', 'When something last changed.', one(state.lastChange / 1000)],
    [
      'initbox_refresh_duration_seconds',
      'gauge',
      'How long the last good refresh took.',
      one(state.lastDuration / 1000),
    ],
    [
      'initbox_on_change_failures_total',
      'counter',
      'Changes that --on-change could not tell.',
      one(state.onChangeFailures),
    ],
    ['initbox_fresh', 'gauge', 'Whether the last success is younger than --max-stale.', one(state.isFresh ? 1 : 0)],
    [
      'initbox_item_age_seconds',
      'gauge',
      'Time since each thing last changed.',
      state.items.map(({ name, changed }) => [{ item: name }, (now - changed) / 1000]),
    ],
    ['process_resident_memory_bytes', 'gauge', 'Resident memory size in bytes.', one(process.memoryUsage.rss())],
  ]
  return families.map(([name, kind, help, samples]) => format(name, kind, help, samples, state.tool)).join('')
}

function format(name: string, kind: string, help: string, samples: readonly Sample[], tool: string): string {
  const lines = samples.map(([labels, value]) => `${name}{${labelsOf({ tool, ...labels })}} ${value}\n`)
  return `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${lines.join('')}`
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  const escape = (text: string): string => text.replace(/[\\"]/g, (char) => `\\${char}`).replaceAll('\n', '\\n')
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escape(value)}"`)
    .join(',')
}
