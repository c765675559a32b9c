import { defineTool } from '@initbox/core'
import { options } from './options.ts'
import { run } from './run.ts'

export const tool = defineTool({
  name: 'wait-for',
  summary: 'waits until services are really ready, not just listening',
  examples: [
    [
      'a database that answers queries, and an API that is up',
      "wait-for 'postgres://app@db/orders?password-env=PGPASSWORD&table=users' http://api:8080/healthz",
    ],
    ['any of two, two minutes at most', 'wait-for --mode any --timeout 2m redis://cache-0 redis://cache-1'],
    ['until a Job is complete, and a port is closed', "wait-for k8s://job/migrate 'tcp://old:8080?invert'"],
  ],
  options,
  check: ({ targets, config }) =>
    targets.length === 0 && config === undefined ? ['TARGET (WAIT_FOR_TARGETS) is missing'] : [],
  run,
})
