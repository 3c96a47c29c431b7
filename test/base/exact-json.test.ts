// JSON with whole numbers of any size.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { exactJson, parseExactJson } from '../../src/base/exact-json.js'

const large = fc
  .bigInt({ min: -(2n ** 70n), max: 2n ** 70n })
  .filter(value => value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(-Number.MAX_SAFE_INTEGER))
const leaf = fc.oneof(
  large,
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(value => (Object.is(value, -0) ? 0 : value)),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '#',
    '##1152921504606846977',
    '1152921504606846977',
    '"1152921504606846977"',
    '\\',
    null,
    true,
  ),
)
const { value: json } = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(fc.string(), fc.constant('#1152921504606846977')).filter(key => key !== '__proto__'),
      tie('value'),
      {
        maxKeys: 4,
        noNullPrototype: true,
      },
    ),
  ),
}))

it('a value with bigints is the same after it is written and read', () => {
  fc.assert(
    fc.property(json, value => {
      expect(parseExactJson(exactJson(value))).toEqual(normalized(value))
      expect(parseExactJson(exactJson(value, 2))).toEqual(normalized(value))
    }),
    { numRuns: 300, seed: 3 },
  )
})

/** JSON.stringify writes doubles from 2^53 to 10^21 as integers, which are read as bigints. */
function normalized(value: unknown): unknown {
  if (
    typeof value === 'number' &&
    Number.isInteger(value) &&
    !Number.isSafeInteger(value) &&
    Math.abs(value) < 1e21
  ) {
    return BigInt(value)
  }
  if (Array.isArray(value)) return value.map(normalized)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, normalized(member)]))
}

it.each([
  ['9007199254740991', 9007199254740991],
  ['9007199254740992', 9007199254740992n],
  ['-9007199254740993', -9007199254740993n],
  ['18446744073709551615', 18446744073709551615n],
  ['1234567890123456789.0', 1234567890123456800],
  ['0.12345678901234566', 0.12345678901234566],
  ['1e300', 1e300],
  ['"18446744073709551615"', '18446744073709551615'],
  [
    '{"a\\"18446744073709551615":[18446744073709551615,{}]}',
    { 'a"18446744073709551615': [18446744073709551615n, {}] },
  ],
])('%s is read as it is', (text, value) => {
  expect(parseExactJson(text)).toEqual(value)
})

it('other values are written as JSON.stringify writes them, and errors are its errors', () => {
  const value = { b: [1, null, undefined, new Date(0)], a: undefined, c: 'x', toJSON: undefined }
  expect(exactJson(value)).toBe(JSON.stringify(value))
  expect(exactJson({ a: [1n, 2n ** 64n] }, 1)).toBe('{\n "a": [\n  1,\n  18446744073709551616\n ]\n}')
  const cycle: { self?: object } = {}
  cycle.self = cycle
  expect(() => exactJson(cycle)).toThrow(/circular/)
  expect(() => parseExactJson('{"a":12345678901234567890')).toThrow(SyntaxError)
})
