// The rounding of a server, applied to rows: where they are divided by their length, and which metric then scores them.

import { describe, expect, it } from 'vitest'
import { asSent, asStored, metricOfStored } from '../../src/qdrant/verify/server-rounding.js'

const row = (...values: number[]) => ({ data: Float32Array.from(values), dim: values.length })

describe('rows of Cosine are divided by their length', () => {
  it.each<[string, number, boolean]>([
    ['unless its square is within 1e-6 of 1', 1 + 9e-7, false],
    ['or below 1 by as little', 1 - 9e-7, false],
    ['beyond 1e-6', 1 + 1.2e-6, true],
    ['below 1 by more', 1 - 1.2e-6, true],
    ['of usual size', 25, true],
    ['unless its square is below 2^-23', 2 ** -23 * 0.9, false],
    ['above 2^-23', 2 ** -23 * 1.1, true],
    ['zero', 0, false],
  ])('%s: squared length %d', (_, square, isDivided) => {
    const given = row(Math.sqrt(square), 0)
    const { data } = asSent(given, 'Cosine', 'float32')
    if (isDivided) expect(data[0]).toBeCloseTo(1, 6)
    expect(data[0] === given.data[0]).toBe(!isDivided)
  })

  it('each by its own, in a copy', () => {
    const given = { data: Float32Array.of(3, 4, 0, 2), dim: 2 }
    expect(asSent(given, 'Cosine', 'float32').data).toEqual(Float32Array.of(0.6, 0.8, 0, 1))
    expect(given.data).toEqual(Float32Array.of(3, 4, 0, 2))
  })

  it('but not of uint8, nor of another distance', () => {
    expect(asSent(row(3, 4), 'Cosine', 'uint8').data).toEqual(Float32Array.of(3, 4))
    for (const distance of ['Dot', 'Euclid', 'Manhattan'] as const) {
      expect(asSent(row(3, 4), distance, 'float32').data).toEqual(Float32Array.of(3, 4))
    }
  })
})

it('stored values are rounded to the datatype, after the division', () => {
  expect(asStored(row(1.00001, 300.7, -5), 'Dot', 'uint8').data).toEqual(Float32Array.of(1, 255, 0))
  expect(asStored(row(1.00001, 0.1), 'Dot', 'float16').data).toEqual(Float32Array.of(1, 0.0999755859375))
  expect(asStored(row(3, 4), 'Cosine', 'float16').data).toEqual(Float32Array.of(0.60009765625, 0.7998046875))
  expect(asStored(row(1.00001, 0.1), 'Dot', 'turbo4').data).toEqual(Float32Array.of(1.00001, 0.1))
})

it.each([
  ['Dot', 'float32', 'dot'],
  ['Cosine', 'float16', 'dot'],
  ['Cosine', 'uint8', 'cosine'],
  ['Euclid', 'float32', 'euclid'],
  ['Manhattan', 'uint8', 'manhattan'],
] as const)('%s of %s is scored by %s', (distance, datatype, metric) => {
  expect(metricOfStored(distance, datatype)).toBe(metric)
})
