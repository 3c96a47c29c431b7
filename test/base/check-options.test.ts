import { expect, it } from 'vitest'
import {
  checkAbortSignal,
  checkBoolean,
  checkCallback,
  checkKnownOptions,
  oneOf,
  wholeNumber,
} from '../../src/base/check-options.js'
import { errorOf } from '../support/refusal.js'

it.each([
  [{}, undefined],
  [{ limit: 1 }, undefined],
  [{ limit: undefined, subset: [] }, undefined],
  [{ limt: 1 }, 'RangeError: unknown option "options.limt"; valid options of rank: limit, subset'],
  [{ toString: 1 }, 'RangeError: unknown option "options.toString"; valid options of rank: limit, subset'],
  [10, 'TypeError: "options" expected an object, got number; valid options of rank: limit, subset'],
  [null, 'TypeError: "options" expected an object, got null; valid options of rank: limit, subset'],
  [[10], 'TypeError: "options" expected an object, got array; valid options of rank: limit, subset'],
])('checks the options %j', (options, message) => {
  const error = errorOf(() => checkKnownOptions(options, ['limit', 'subset'], 'rank'))
  expect(error && String(error)).toBe(message)
})

it.each([
  [1, 1, 3, 1],
  [3, 1, 3, 3],
  [2 ** 60, 0, undefined, 2 ** 60],
  [0, 1, 3, 'RangeError: "n" expected a whole number from 1 to 3, got 0; try 2'],
  [4, 1, 3, 'RangeError: "n" expected a whole number from 1 to 3, got 4; try 2'],
  [1.5, 1, 3, 'RangeError: "n" expected a whole number from 1 to 3, got 1.5; try 2'],
  [NaN, 1, undefined, 'RangeError: "n" expected a whole number of at least 1, got NaN; try 2'],
  [Infinity, 1, undefined, 'RangeError: "n" expected a whole number of at least 1, got Infinity; try 2'],
  ['1', 1, 3, 'TypeError: "n" expected a number, got string'],
  [undefined, 1, 3, 'TypeError: "n" expected a number, got undefined'],
] as const)('checks that %j is a whole number from %s to %s', (value, min, max, expected) => {
  if (typeof expected === 'number') expect(wholeNumber(value, 'n', min, max, '; try 2')).toBe(expected)
  else expect(String(errorOf(() => wholeNumber(value, 'n', min, max, '; try 2')))).toBe(expected)
})

it('returns one of several names, and refuses everything else', () => {
  expect(oneOf('b', ['a', 'b'], 'letter')).toBe('b')
  expect(() => oneOf('c', ['a', 'b'], 'letter')).toThrow(
    new RangeError('"letter" expected one of a, b, got "c"'),
  )
  expect(() => oneOf(1, ['a', 'b'], 'letter')).toThrow(
    new TypeError('"letter" expected one of a, b, got number'),
  )
})

it('checks booleans, callbacks and signals, and refuses everything else', () => {
  expect([checkBoolean(true, 'flag'), checkBoolean(false, 'flag')]).toEqual([true, false])
  expect(() => checkBoolean(1, 'flag')).toThrow(new TypeError('"flag" expected true or false, got number'))
  checkCallback(undefined, 'onProgress')
  checkCallback(() => undefined, 'onProgress')
  expect(() => checkCallback('log', 'onProgress')).toThrow(
    new TypeError('"onProgress" expected a function, got string'),
  )
  checkAbortSignal(undefined)
  checkAbortSignal(new AbortController().signal)
  expect(() => checkAbortSignal(5)).toThrow(new TypeError('"signal" expected an AbortSignal, got number'))
  expect(() => checkAbortSignal(null)).toThrow(new TypeError('"signal" expected an AbortSignal, got null'))
})
