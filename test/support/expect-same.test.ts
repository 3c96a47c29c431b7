import { expect, it } from 'vitest'
import { firstDifference } from './expect-same.js'

it.each<[actual: unknown, expected: unknown, difference: string | undefined]>([
  [[1, { a: Float32Array.of(1, 2) }], [1, { a: Float32Array.of(1, 2) }], undefined],
  [[1, { a: Float32Array.of(1, 2) }], [1, { a: Float32Array.of(1, 3) }], 'value[1][a][1] expected 3, got 2'],
  [[1], [1, 2], 'value[1] expected 2, got undefined'],
  [[1, 2], [1], 'value[1] expected undefined, got 2'],
  [{ a: 1, b: 2 }, { a: 1 }, 'value[b] expected undefined, got 2'],
  [0, -0, 'value expected -0, got 0'],
  [Number.NaN, Number.NaN, undefined],
  [[1], Float32Array.of(1), 'value expected {"0":1}, got [1]'],
  [new Map([['a', 1]]), new Map([['a', 2]]), 'value[a] expected 2, got 1'],
  [1n, 2n, 'value expected 2n, got 1n'],
])('of %o and %o finds the first difference', (actual, expected, difference) => {
  expect(firstDifference(actual, expected)).toBe(difference)
})
