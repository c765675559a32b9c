import { expect, test } from 'vitest'
import {
  DeniedError,
  InterruptedError,
  NotFoundError,
  NotReadyError,
  OutputError,
  RefusedError,
  systemCode,
  ToolError,
  UsageError,
} from './errors.ts'

test.each([
  [new UsageError('x'), 'UsageError', 2],
  [new DeniedError('x'), 'DeniedError', 3],
  [new NotFoundError('x'), 'NotFoundError', 4],
  [new RefusedError('x'), 'RefusedError', 5],
  [new OutputError('x'), 'OutputError', 6],
  [new NotReadyError('x'), 'NotReadyError', 124],
  [new InterruptedError('SIGINT'), 'InterruptedError', 130],
  [new InterruptedError('SIGTERM'), 'InterruptedError', 143],
])('%s ends the tool with the contract’s code', (error, name, code) => {
  expect(error).toBeInstanceOf(ToolError)
  expect(error).toMatchObject({ name, exitCode: code })
})

test('the sentence has the hint behind it, and the cause is kept', () => {
  const cause = new Error('ECONNREFUSED')
  const error = new NotReadyError('cannot reach db:5432: refused', { hint: 'is it up?', cause })
  expect(error.sentence).toBe('cannot reach db:5432: refused (hint: is it up?)')
  expect(error.cause).toBe(cause)
  expect(new NotReadyError('refused').sentence).toBe('refused')
  expect('cause' in new NotReadyError('refused')).toBe(false)
})

test.each([
  [Object.assign(new Error('x'), { code: 'ENOENT' }), 'ENOENT'],
  [Object.assign(new Error('x'), { code: 7 }), undefined],
  [new Error('x'), undefined],
  [{ code: 'ENOENT' }, undefined],
  [undefined, undefined],
])('the system code of %s is %s', (error, code) => {
  expect(systemCode(error)).toBe(code)
})
