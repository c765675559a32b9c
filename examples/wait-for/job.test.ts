import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { schemaViolations } from '../../packages/pod-runner/src/policy/kubernetes-schema.ts'
import { expect, test } from 'vitest'

test('job.yaml fits the Kubernetes schema', () => {
  expect(schemaViolations(readFileSync(join(import.meta.dirname, 'job.yaml'), 'utf8'))).toEqual([])
})
