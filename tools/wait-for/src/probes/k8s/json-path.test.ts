import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyText } from '@initbox/testing'
import { parseJsonPath, valuesAt } from './json-path.ts'

const object = {
  metadata: { name: 'one', annotations: { 'example.org/a.b': 'x' } },
  status: {
    phase: 'Running',
    empty: null,
    replicas: 3,
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Old', status: 'False' },
    ],
    ingress: [{ ip: '10.0.0.1', ports: [80, 443] }],
  },
}

describe('JSONPath', () => {
  test.each([
    ['{.status.phase}=Running', ['Running'], 'Running'],
    ['{.status.phase}="Running"', ['Running'], 'Running'],
    ['.status.phase=Running', ['Running'], 'Running'],
    ['status.phase=Running', ['Running'], 'Running'],
    ['{$.status.replicas}=3', [3], '3'],
    ['{.status.phase}', ['Running'], undefined],
    ["{['status']['phase']}", ['Running'], undefined],
    ['{.status["phase"]}=a=b', ['Running'], 'a=b'],
    [String.raw`{.metadata.annotations.example\.org/a\.b}=x`, ['x'], 'x'],
    ['{.status.conditions[0].type}', ['Ready'], undefined],
    ['{.status.conditions[-1].type}', ['Old'], undefined],
    ['{.status.conditions[9].type}', [], undefined],
    ['{.status.conditions[*].status}', ['True', 'False'], undefined],
    ['{.status.conditions[?(@.type=="Ready")].status}=True', ['True'], 'True'],
    ['{.status.conditions[?(@.type=="None")].status}=True', [], 'True'],
    ['{.status.conditions[?(@.type != "Ready")].status}', ['False'], undefined],
    ["{.status.conditions[?(@.status=='True')].type}", ['Ready'], undefined],
    ['{.status.ingress[?(@.ports[1]==443)].ip}', ['10.0.0.1'], undefined],
    ['{.status.ingress[0].ports.*}', [80, 443], undefined],
    ['{.status.empty}', [], undefined],
    ['{.status.none.none}', [], undefined],
    ['{.status.phase.none}', [], undefined],
    ['{.status.phase[0]}', [], undefined],
    ['{.constructor}', [], undefined],
  ])('%s', (text, values, value) => {
    const parsed = parseJsonPath(text)
    expect(valuesAt(object, parsed.path)).toEqual(values)
    expect(parsed.value).toBe(value)
    expect(text.startsWith(parsed.text)).toBe(true)
  })

  test.each([
    '',
    '{}',
    '{',
    '{.a',
    '.a}',
    '{.a}b',
    '{..a}',
    '{.a[}',
    '{.a[x]}',
    '{.a[?(@)]}',
    '{.a[?(@.b=1)]}',
    '=x',
    '{.a b}',
  ])("'%s' is none", (text) => expect(() => parseJsonPath(text)).toThrow(/is not of the form|is no path/))

  test('any text is a path or a sentence', () => {
    const parts = ['{', '}', '.', '[', ']', '*', '?(@', ')', '==', '!=', '"', "'", '=', 'a', '1', '\\', ' ']
    const pieces = fc.array(fc.constantFrom(...parts), { maxLength: 30 }).map((list) => list.join(''))
    const outcome = (text: string): unknown => {
      try {
        return Array.isArray(valuesAt(object, parseJsonPath(text).path))
      } catch (error) {
        return /is not of the form|is no path/.test((error as Error).message)
      }
    }
    fc.assert(fc.property(fc.oneof(anyText, pieces), (text) => void expect(outcome(text)).toBe(true)))
  })

  test.each(['', '=', ']', '}'])('a long text that ends in "%s" is refused without trying for ever', (tail) => {
    const long = `{${'.a'.repeat(20_000)}[?(@${'.a\\'.repeat(20_000)}${tail}`
    expect(() => parseJsonPath(long)).toThrow('is not of the form')
  })
})
