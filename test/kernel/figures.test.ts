// The figures on which certified rankings rest, measured directly: the lengths and errors of stored and of rounded rows, and
// the bounds of a score. A certified ranking that is right says little about them, because the bounds leave room.

import { beforeAll, describe, expect, it } from 'vitest'
import { roundToDatatype } from '../../src/base/float16.js'
import { DTYPES, type Dtype } from '../../src/core/dtype.js'
import { availableKernels } from '../../src/index.js'
import {
  F32,
  MAX_FIXED_DOCUMENT_LENGTH,
  MAX_FIXED_QUERY_LENGTH,
} from '../../src/kernel/constants.generated.js'
import type { Kernel } from '../../src/kernel/kernel.js'
import { chooseKernel, startKernel } from '../../src/kernel/load-kernel.js'
import { halfValue } from '../support/floats.js'
import { DTYPE_NAMES } from '../support/names.js'
import { between, pick, type Random, random } from '../support/random.js'

/** Figures are rounded up by this factor, and once more to f32. */
const ROUNDED_UP = 1.000002

const lengthOf = (row: ArrayLike<number>) => Math.hypot(...Array.from(row))
const largestOf = (values: ArrayLike<number>) =>
  Array.from(values).reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)

/** Returns the nearest whole number, of two the even one. */
function nearest(value: number): number {
  const below = Math.floor(value)
  return value - below > 0.5 || (value - below === 0.5 && below % 2 !== 0) ? below + 1 : below
}

/** Rows by what makes them hard: each returns `count` x `dim` numbers. */
const ROWS: Readonly<Record<string, (next: Random) => number>> = {
  random: next => 2 * next() - 1,
  'that rounding lengthens': next => (between(next, 0, 3) + 0.51) / 127,
  'that rounding shortens': next => (between(next, 0, 3) + 0.49) / 127,
  'of halves of a step': next => (between(next, -3, 3) + 0.5) / 127,
  'that u8 clamps and truncates': next => 400 * next() - 80,
  'of denormal halves': next => between(next, -5000, 5000) * 2 ** -26,
  'of all magnitudes': next => (next() - 0.5) * 10 ** between(next, -6, 4),
  'of one value': () => 0.3,
}

describe.each(availableKernels())('on the %s kernel', name => {
  let kernel: Kernel
  beforeAll(async () => {
    kernel = await startKernel((await chooseKernel(name, undefined)).module, undefined)
  })

  /** Stores rows and reads them back. F32 rows are read as the int16 tiles round them. */
  function store(dtype: Dtype, data: Float32Array, rows: number, dim: number) {
    const { memory, functions } = kernel
    const { code, rowBytes } = DTYPES[dtype]
    const source = memory.allocate(4 * data.length)
    const target = memory.allocate(rows * rowBytes(dim) + 64)
    const figuresAt = memory.allocate(12)
    const decoded = memory.allocate(4 * data.length + 16)
    memory.f32(source, data.length).set(data)
    functions.encode(code, source, rows, dim, Math.fround(largestOf(data)), target, figuresAt)
    const [scale = 0, length = 0, error = 0] = memory.f32(figuresAt, 3)
    let stored = Array.from(data, value => nearest(Math.fround(value * scale)) / scale)
    if (dtype !== 'f32') {
      functions.decode(code, target, rows, dim, scale, decoded)
      stored = Array.from(memory.f32(decoded, data.length))
    }
    for (const address of [source, target, figuresAt, decoded]) memory.free(address)
    return { scale, length, error, stored }
  }

  const rowsIn = (values: ArrayLike<number>, dim: number) =>
    Array.from({ length: values.length / dim }, (_, row) =>
      Array.from(values).slice(row * dim, (row + 1) * dim),
    )

  it.each(DTYPE_NAMES.flatMap(dtype => Object.keys(ROWS).map(kind => [dtype, kind] as const)))(
    'the figures of %s rows %s cover the longest row, original or stored, and the largest error',
    (dtype, kind) => {
      const next = random(51)
      for (let round = 0; round < 12; round++) {
        const dim = pick(next, [1, 2, 7, 8, 9, 33])
        const count = between(next, 1, 5)
        const data = Float32Array.from({ length: count * dim }, () => ROWS[kind]!(next))
        const { length, error, stored, scale } = store(dtype, data, count, dim)
        const originals = rowsIn(data, dim)
        const storedRows = rowsIn(stored, dim)
        const longest = Math.max(...originals.map(lengthOf), ...storedRows.map(lengthOf))
        const largestError = Math.max(
          ...storedRows.map((row, r) => lengthOf(row.map((value, k) => value - originals[r]![k]!))),
        )
        const what = `seed 51, round ${round}, dim ${dim}, ${count} rows`
        expect(length, `length, ${what}`).toBeGreaterThanOrEqual(longest)
        expect(length, `length, ${what}`).toBeLessThanOrEqual(longest * ROUNDED_UP)
        expect(error, `error, ${what}`).toBeGreaterThanOrEqual(largestError)
        // 2.4e-7 of the length covers a scale that is not a power of two, and reading rows back rounds once more
        expect(error, `error, ${what}`).toBeLessThanOrEqual(largestError * ROUNDED_UP + 5e-7 * longest)
        if (dtype !== 'f32' && dtype !== 'i16') continue
        const room = Math.min(
          32767 / largestOf(data),
          MAX_FIXED_DOCUMENT_LENGTH / Math.max(...originals.map(lengthOf)),
        )
        expect(Math.log2(scale) % 1, `scale, ${what}`).toBe(0)
        expect(scale, `scale, ${what}`).toBeLessThanOrEqual(room)
        expect(2 * scale, `scale, ${what}`).toBeGreaterThan(room)
      }
    },
  )

  it('stores a half as it is, and what lies between two as the nearer one, of two the even one', () => {
    // all that are denormal or little more, and some of all magnitudes
    const bits = Array.from({ length: 2048 + 800 }, (_, i) => (i < 2048 ? i : 2048 + (i - 2048) * 37))
    const halves = bits.map(halfValue)
    const between = bits.flatMap(half => {
      const middle = (halfValue(half) + halfValue(half + 1)) / 2
      return [middle * (1 - 2 ** -20), middle, middle * (1 + 2 ** -20)]
    })
    const magnitudes = Float32Array.from([...halves, ...between])
    for (const values of [magnitudes, magnitudes.map(value => -value)]) {
      const { stored } = store('f16', values, 1, values.length)
      const different = roundToDatatype(values, 'float16').findIndex((half, i) => half !== stored[i])
      expect(different, `${values[different]} is stored as ${stored[different]}`).toBe(-1)
    }
  })

  it.each(
    (['f32', 'f16', 'i16', 'i8', 'u8', 'binary'] as const).flatMap(dtype =>
      Object.keys(ROWS).map(kind => [dtype, kind] as const),
    ),
  )('the figures of a query for %s with rows %s cover each row and its rounding', (dtype, kind) => {
    const next = random(52)
    const { memory, functions } = kernel
    for (let round = 0; round < 8; round++) {
      const dim = pick(next, [1, 2, 7, 8, 9, 33])
      const rows = between(next, 1, 9)
      const padded = 4 * Math.ceil(rows / 4)
      const data = Float32Array.from({ length: rows * dim }, () => ROWS[kind]!(next))
      const query = memory.allocate(4 * padded * dim)
      memory.f32(query, padded * dim).fill(0)
      memory.f32(query, data.length).set(data)
      const packed = memory.allocate(padded * DTYPES[dtype].queryRowBytes(dim) + 64)
      const [factorsAt, lengthsAt, errorsAt] = [8, 4, 4].map(bytes => memory.allocate(bytes * padded)) as [
        number,
        number,
        number,
      ]
      functions.packFixed(DTYPES[dtype].code, query, rows, dim, packed, factorsAt, lengthsAt, errorsAt)
      const factors = [...memory.f64(factorsAt, rows)]
      const lengths = [...memory.f32(lengthsAt, rows)]
      const errors = [...memory.f32(errorsAt, rows)]
      for (const address of [query, packed, factorsAt, lengthsAt, errorsAt]) memory.free(address)
      rowsIn(data, dim).forEach((row, r) => {
        const scale = 1 / factors[r]!
        const rounded = row.map(value => nearest(value * scale) / scale)
        const error = lengthOf(rounded.map((value, k) => value - row[k]!))
        const what = `seed 52, round ${round}, dim ${dim}, row ${r} of ${rows}`
        const length = lengthOf(row)
        expect(lengths[r], `length, ${what}`).toBeGreaterThanOrEqual(length)
        expect(lengths[r], `length, ${what}`).toBeLessThanOrEqual(length * ROUNDED_UP)
        // a scale that is not a power of two is rounded, and so is each value that is divided by it
        expect(errors[r], `error, ${what}`).toBeGreaterThanOrEqual(error * (1 - 1e-9) - 1e-15 * length)
        expect(errors[r], `error, ${what}`).toBeLessThanOrEqual(error * ROUNDED_UP + 1e-12 * length)
        if (length === 0) return
        const isWhole = dtype !== 'binary' && dtype !== 'i8'
        const most = dtype === 'i8' ? 8191 : 32767
        if (dtype === 'binary') return
        expect(largestOf(row) * scale, `scale, ${what}`).toBeLessThanOrEqual(most * (1 + 1e-12))
        expect(length * scale, `scale, ${what}`).toBeLessThanOrEqual(MAX_FIXED_QUERY_LENGTH * (1 + 1e-12))
        const next2 = isWhole ? 2 : 1 + 1e-9
        expect(
          largestOf(row) * scale * next2 > most || length * scale * next2 > MAX_FIXED_QUERY_LENGTH,
          `the scale is the largest, ${what}`,
        ).toBe(true)
      })
    }
  })

  it('bounds a score by the formula of assembly/bounds.ts, on both sides and of either sign', () => {
    const next = random(53)
    const { memory, functions } = kernel
    const count = 64
    const [table, scores, lower, upper] = [16, 4, 4, 4].map(bytes => memory.allocate(bytes * count)) as [
      number,
      number,
      number,
      number,
    ]
    // figures of 16 significant bits are read exactly
    const figures = Array.from({ length: count }, () => [
      between(next, 0, 255) / 16,
      between(next, 0, 255) / 4096,
    ])
    const values = Array.from({ length: count }, (_, i) => Math.fround((next() - 0.5) * 10 ** ((i % 9) - 4)))
    const terms = { error: 3.5, length: 0.0025, underflow: 1e-6 }
    const upperHalf = (value: number) => new Uint32Array(Float32Array.of(value).buffer)[0]! >>> 16
    figures.forEach(([length, error], i) => {
      const word = ((upperHalf(length!) << 16) | upperHalf(error!)) >>> 0
      memory.u32(table + 16 * i, 4).set([0, 1, 0x3f800000, word])
    })
    memory.f32(scores, count).set(values)
    functions.bounds(table, count, terms.error, terms.length, terms.underflow, scores, lower, upper)
    const [lowers, uppers] = [[...memory.f32(lower, count)], [...memory.f32(upper, count)]]
    values.forEach((score, i) => {
      const [length = 0, error = 0] = figures[i]!
      // three roundings of scores; the bound itself is rounded too
      const width =
        error * terms.error + length * terms.length + 3 * 2 ** -24 * Math.abs(score) + terms.underflow
      for (const [side, bound] of [
        ['lower', score - lowers[i]!],
        ['upper', uppers[i]! - score],
      ] as const) {
        const what = `${side} bound ${i}, score ${score}`
        expect(bound, what).toBeGreaterThanOrEqual(width)
        expect(bound, what).toBeLessThanOrEqual(width * 1.00001 + Math.abs(score) * 2 ** -22)
      }
    })
    for (const address of [table, scores, lower, upper]) memory.free(address)
  })

  it('finds the largest absolute value wherever it is, and reports infinity and NaN', () => {
    const { memory, functions } = kernel
    const address = memory.allocate(4 * 16)
    for (let count = 1; count <= 13; count++) {
      for (let at = 0; at < count; at++) {
        for (const [value, expected] of [
          [-7, 7],
          [Number.NaN, Infinity],
          [-Infinity, Infinity],
          [3.4028234663852886e38, 3.4028234663852886e38],
        ]) {
          const values = memory.f32(address, 16).fill(0.5).fill(Number.NaN, count)
          values[at] = value!
          expect(functions.largest(address, count), `${value} at ${at} of ${count}`).toBe(expected)
        }
      }
    }
    memory.free(address)
  })
})

it('F32 rows are measured as documents, but not written', async () => {
  const kernel = await startKernel((await chooseKernel('simd', undefined)).module, undefined)
  const { memory, functions } = kernel
  const source = memory.allocate(64)
  const target = memory.allocate(64)
  memory.f32(source, 16).fill(1)
  memory.u32(target, 16).fill(7)
  functions.encode(F32, source, 2, 8, 1, target, memory.allocate(12))
  expect([...memory.u32(target, 16)]).toEqual(Array(16).fill(7))
})

it.each(DTYPE_NAMES.filter(dtype => dtype !== 'f32'))(
  'rows of %s are stored as the same bytes by every kernel, which may read what another one has stored',
  async dtype => {
    const { code, rowBytes } = DTYPES[dtype]
    for (const dim of [1, 2, 7, 8, 9, 33]) {
      const next = random(53)
      const data = Float32Array.from({ length: 3 * dim }, () => 4 * next() - 1)
      const stored = await Promise.all(
        availableKernels().map(async name => {
          const { memory, functions } = await startKernel(
            (await chooseKernel(name, undefined)).module,
            undefined,
          )
          const [source, target, figures] = [12 * dim, 3 * rowBytes(dim) + 64, 12].map(bytes =>
            memory.allocate(bytes),
          ) as [number, number, number]
          memory.f32(source, data.length).set(data)
          functions.encode(code, source, 3, dim, Math.fround(largestOf(data)), target, figures)
          return [...new Uint8Array(memory.u32(target, 1).buffer, target, 3 * rowBytes(dim))]
        }),
      )
      for (const bytes of stored) expect(bytes, `dim ${dim}`).toEqual(stored[0])
    }
  },
)
