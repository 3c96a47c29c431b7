// Compares MUVERA's encodings with FastEmbed's, and its random numbers with NumPy's. test/numpy/make.py made the
// expected values.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { FlatMultiVector } from '../../src/index.js'
import { createMuvera, type MuveraConfig } from '../../src/stages/muvera/index.js'
import { createNormal } from '../../src/stages/muvera/normal.js'
import { createPcg64 } from '../../src/stages/muvera/pcg64.js'
import { expectSame } from '../support/expect-same.js'
import { random, randomRows } from '../support/random.js'
import { errorOf } from '../support/refusal.js'

interface Draws {
  readonly seed: number
  readonly first: readonly number[]
  readonly sha256: string
}

interface Encoding {
  readonly seed: number
  readonly rows: number
  /** The rows that contain only zeros. */
  readonly zeroRows: readonly number[]
  readonly config: MuveraConfig
  readonly size: number
  readonly step: number
  readonly query: readonly number[]
  readonly document: readonly number[]
}

const { draws, encodings } = JSON.parse(readFileSync('test/numpy/fixtures.json', 'utf8')) as {
  readonly draws: readonly Draws[]
  readonly encodings: readonly Encoding[]
}

describe('createNormal', () => {
  it.each(draws)(
    'draws the normal numbers of NumPy’s default_rng($seed) bit for bit, with its tail',
    ({ seed, first, sha256 }) => {
      const normal = createNormal(createPcg64(seed))
      const numbers = Float64Array.from({ length: 20_000 }, normal)
      expectSame([...numbers.subarray(0, first.length)], first)
      expect(Math.max(...numbers.map(Math.abs))).toBeGreaterThan(3.7)
      expect(createHash('sha256').update(new Uint8Array(numbers.buffer)).digest('hex')).toBe(sha256)
    },
  )
})

/** The largest difference from FastEmbed's encoding: f64 sums in another order, then one rounding to f32. */
function bound(value: number, { data, dim }: FlatMultiVector): number {
  const largest = Float64Array.from(data).reduce((max, number) => Math.max(max, Math.abs(number)), 0)
  const terms = data.length + dim
  return terms * 2 ** -52 * largest * terms + Math.abs(value) * 2 ** -24
}

describe.each(encodings)(
  'createMuvera with $config, for $rows rows of which $zeroRows are zero',
  ({ seed, rows, zeroRows, config, size, step, ...expected }) => {
    const document = randomRows(random(seed), rows, config.dim)
    for (const row of zeroRows) document.data.fill(0, row * config.dim, (row + 1) * config.dim)

    it.each(['query', 'document'] as const)('encodes a %s to FastEmbed’s numbers', method => {
      const muvera = createMuvera(config)
      const encoding = muvera[method](document)
      expect([muvera.size, encoding.length]).toEqual([size, size])
      for (const [i, value] of expected[method].entries())
        expect(Math.abs(encoding[i * step]! - value), `number ${i * step}`).toBeLessThanOrEqual(
          bound(value, document),
        )
      // the bound is far below the values, so the comparison means something
      expect(expected[method].some(value => Math.abs(value) > 1000 * bound(value, document))).toBe(true)
    })
  },
)

describe('a MUVERA encoding', () => {
  const muvera = createMuvera({ dim: 16, kSim: 3, dimProj: 4, rReps: 5 })
  const rows = randomRows(random(21), 7, 16)
  const asArrays = Array.from({ length: 7 }, (_, i) => Array.from(rows.data.subarray(i * 16, i * 16 + 16)))

  it('is equal for the three forms of multi-vector and does not modify them', () => {
    const before = rows.data.slice()
    const encoding = muvera.document(rows)
    expect(muvera.document(asArrays)).toEqual(encoding)
    expect(muvera.document(asArrays.map(row => Float32Array.from(row)))).toEqual(encoding)
    expect(rows.data).toEqual(before)
    expect(encoding).not.toBe(muvera.document(rows))
  })

  it('is, for a query, the sum of the encodings of its rows', () => {
    const whole = muvera.query(rows)
    const parts = asArrays.map(row => muvera.query([row]))
    whole.forEach((value, i) => {
      expect(value).toBeCloseTo(
        parts.reduce((sum, part) => sum + part[i]!, 0),
        5,
      )
    })
  })

  it('has a single row in every partition for a document, and in one partition per repetition for a query', () => {
    const [document, query] = [muvera.document([asArrays[0]!]), muvera.query([asArrays[0]!])]
    expect(query.filter(value => value !== 0).length).toBeLessThanOrEqual(5 * 4)
    for (let repetition = 0; repetition < 5; repetition++) {
      const first = document.slice(repetition * 32, repetition * 32 + 4)
      for (let partition = 1; partition < 8; partition++) {
        const at = repetition * 32 + partition * 4
        expect(document.slice(at, at + 4)).toEqual(first)
      }
    }
  })
})

const config = { dim: 8, dimProj: 4 }

it.each<[name: string, run: () => unknown, text: string]>([
  [
    'a missing dim',
    () => createMuvera({} as MuveraConfig),
    'TypeError: "dim" expected a number, got undefined',
  ],
  [
    'a FastEmbed name',
    () => createMuvera({ ...config, k_sim: 4 } as MuveraConfig),
    'RangeError: unknown option "config.k_sim"; valid options of createMuvera: dim, kSim, dimProj, rReps, seed, centre',
  ],
  [
    'more than 16 planes',
    () => createMuvera({ ...config, kSim: 17 }),
    'RangeError: "kSim" expected a whole number from 1 to 16, got 17',
  ],
  [
    'a projection to more elements than a row has',
    () => createMuvera({ dim: 8 }),
    'RangeError: "dimProj" expected a whole number from 1 to 8, got 16',
  ],
  [
    'zero repetitions',
    () => createMuvera({ ...config, rReps: 0 }),
    'RangeError: "rReps" expected a whole number from 1 to 1000, got 0',
  ],
  [
    'a fractional seed',
    () => createMuvera({ ...config, seed: 0.5 }),
    'RangeError: "seed" expected a whole number from 0 to 9007199254740991, got 0.5',
  ],
  [
    'rows of another dim',
    () => createMuvera(config).query([[1, 2]]),
    'RangeError: "query[0]" expected 8 numbers, got 2; all rows have the same dim',
  ],
  [
    'a document without rows',
    () => createMuvera(config).document([]),
    'RangeError: "document" expected at least one row, got none; omit multi-vectors without rows',
  ],
  [
    'NaN',
    () => createMuvera(config).document([[1, 2, 3, Number.NaN, 5, 6, 7, 8]]),
    'RangeError: "document[0][3]" expected a finite number, got NaN; check the encoder that made it',
  ],
])('createMuvera refuses %s', (_, run, text) => {
  expect(String(errorOf(run))).toBe(text)
})

describe('the option centre', () => {
  const dim = 16
  /** Rows that all point about the same way, as those of many models do. */
  const biased = (seed: number, rows: number) => {
    const { data } = randomRows(random(seed), rows, dim)
    return { data: data.map((value, k) => value + (k % dim === 0 ? 6 : 0)), dim }
  }
  const centre = Array.from({ length: dim }, (_, k) => (k === 0 ? 6 : 0))

  it('of zeros changes nothing', () => {
    const rows = biased(1, 5)
    const plain = createMuvera({ dim, kSim: 3, dimProj: 4, rReps: 4 })
    const zero = createMuvera({ dim, kSim: 3, dimProj: 4, rReps: 4, centre: new Float32Array(dim) })
    expectSame(zero.document(rows), plain.document(rows))
  })

  it('assigns a row to the partition of the row without the centre, and sums the row itself', () => {
    const config = { dim, kSim: 3, dimProj: dim, rReps: 2 }
    const rows = biased(2, 6)
    const shifted = { data: rows.data.map((value, k) => value - centre[k % dim]!), dim }
    const size = 2 ** 3 * dim
    const partitionsOf = (encoding: Float32Array) =>
      Array.from({ length: encoding.length / dim }, (_, i) =>
        encoding.subarray(i * dim, (i + 1) * dim).some(Boolean),
      )
    const centred = createMuvera({ ...config, centre }).query(rows)
    expect(partitionsOf(centred)).toEqual(partitionsOf(createMuvera(config).query(shifted)))
    const sum = Array.from(rows.data).reduce((total, value) => total + value, 0)
    const first = centred.subarray(0, size).reduce((total, value) => total + value, 0)
    expect(first).toBeCloseTo(sum, 3)
  })

  it('is refused if it is not one row of finite numbers', () => {
    const refused = (value: unknown) =>
      (errorOf(() => createMuvera({ dim: 2, kSim: 2, dimProj: 2, centre: value as number[] })) as Error)
        .message
    expect(refused([1])).toBe('"centre" expected 2 numbers, the mean row of the corpus, got 1')
    expect(refused(7)).toBe('"centre" expected 2 numbers, the mean row of the corpus, got number')
    expect(refused([1, Number.NaN])).toBe('"centre[1]" expected a finite number, got NaN')
  })
})
