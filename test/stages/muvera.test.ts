// MUVERA's encodings are FastEmbed's, and its random numbers NumPy's: test/numpy/make.py says what they are.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { FlatMultiVector } from '../../src/index.js'
import { createMuvera, type MuveraConfig } from '../../src/stages/muvera/index.js'
import { createNormal } from '../../src/stages/muvera/normal.js'
import { createPcg64 } from '../../src/stages/muvera/pcg64.js'
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

describe.each(draws)('default_rng($seed)', ({ seed, first, sha256 }) => {
  it('draws normal numbers as NumPy does, bit for bit, those in the tail among them', () => {
    const normal = createNormal(createPcg64(seed))
    const numbers = Float64Array.from({ length: 20_000 }, normal)
    expect([...numbers.subarray(0, first.length)]).toEqual(first)
    expect(Math.max(...numbers.map(Math.abs))).toBeGreaterThan(3.7)
    expect(createHash('sha256').update(new Uint8Array(numbers.buffer)).digest('hex')).toBe(sha256)
  })
})

/** How far an encoding may be from FastEmbed's: sums of f64 in another order, then one rounding to f32. */
function bound(value: number, { data, dim }: FlatMultiVector): number {
  const largest = Float64Array.from(data).reduce((most, number) => Math.max(most, Math.abs(number)), 0)
  const terms = data.length + dim
  return terms * 2 ** -52 * largest * terms + Math.abs(value) * 2 ** -24
}

describe.each(encodings)(
  'FastEmbed with $config, $rows rows',
  ({ seed, rows, config, size, step, ...expected }) => {
    const document = randomRows(random(seed), rows, config.dim)

    it.each(['query', 'document'] as const)('encodes a %s to the same numbers', kind => {
      const muvera = createMuvera(config)
      const encoding = muvera[kind](document)
      expect([muvera.size, encoding.length]).toEqual([size, size])
      const wrong = expected[kind].filter(
        (value, i) => !(Math.abs(encoding[i * step]! - value) <= bound(value, document)),
      )
      expect(wrong).toEqual([])
      // else everything would be within the bound of nothing
      expect(expected[kind].some(value => Math.abs(value) > 1000 * bound(value, document))).toBe(true)
    })
  },
)

describe('an encoding', () => {
  const muvera = createMuvera({ dim: 16, k_sim: 3, dim_proj: 4, r_reps: 5 })
  const rows = randomRows(random(21), 7, 16)
  const asArrays = Array.from({ length: 7 }, (_, i) => Array.from(rows.data.subarray(i * 16, i * 16 + 16)))

  it('is the same for the three forms of multi-vector, and leaves them as they are', () => {
    const before = rows.data.slice()
    const encoding = muvera.document(rows)
    expect(muvera.document(asArrays)).toEqual(encoding)
    expect(muvera.document(asArrays.map(row => Float32Array.from(row)))).toEqual(encoding)
    expect(rows.data).toEqual(before)
    expect(encoding).not.toBe(muvera.document(rows))
  })

  it('of a query is the sum of its rows’ encodings', () => {
    const whole = muvera.query(rows)
    const parts = asArrays.map(row => muvera.query([row]))
    whole.forEach((value, i) => {
      expect(value).toBeCloseTo(
        parts.reduce((sum, part) => sum + part[i]!, 0),
        5,
      )
    })
  })

  it('of one row is that row everywhere for a document, and in one partition a repetition for a query', () => {
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

const config = { dim: 8, dim_proj: 4 }

it.each<[name: string, run: () => unknown, text: string]>([
  ['no dim', () => createMuvera({} as MuveraConfig), 'TypeError: "dim" expected a number, got undefined'],
  [
    'planes beyond what is counted',
    () => createMuvera({ ...config, k_sim: 17 }),
    'RangeError: "k_sim" expected a whole number from 1 to 16, got 17',
  ],
  [
    'a projection to more numbers than there are',
    () => createMuvera({ dim: 8 }),
    'RangeError: "dim_proj" expected a whole number from 1 to 8, got 16',
  ],
  [
    'no repetition',
    () => createMuvera({ ...config, r_reps: 0 }),
    'RangeError: "r_reps" expected a whole number from 1 to 1000, got 0',
  ],
  [
    'half a seed',
    () => createMuvera({ ...config, random_seed: 0.5 }),
    'RangeError: "random_seed" expected a whole number from 0 to 9007199254740991, got 0.5',
  ],
  [
    'rows of another dim',
    () => createMuvera(config).query([[1, 2]]),
    'RangeError: "query[0]" expected 8 numbers, got 2; every row has one number a dim',
  ],
  [
    'a document without rows',
    () => createMuvera(config).document([]),
    'RangeError: "document" expected at least one row, got none; leave documents without rows out',
  ],
  [
    'a number that is none',
    () => createMuvera(config).document([[1, 2, 3, Number.NaN, 5, 6, 7, 8]]),
    'RangeError: "document[0][3]" expected a finite number, got NaN; check the encoder that made it',
  ],
])('refuses %s', (_, run, text) => {
  expect(String(errorOf(run))).toBe(text)
})
