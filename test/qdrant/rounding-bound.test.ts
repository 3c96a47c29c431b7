// The rounding bounds of `verify`, compared with the formulas that src/qdrant/verify/rounding-bound.ts states, which are
// computed here in f64 from the rows.

import { beforeAll, describe, expect, it } from 'vitest'
import { roundToDatatype } from '../../src/base/float16.js'
import type { Datatype, Distance } from '../../src/collection/collection.js'
import type { PackedRows } from '../../src/collection/packed-rows.js'
import { createScorer, type Scorer } from '../../src/index.js'
import { boundInWords, boundsFor, type ServerArithmetic } from '../../src/qdrant/verify/rounding-bound.js'
import { asSent, asStored } from '../../src/qdrant/verify/server-rounding.js'
import { random as createRandom } from '../support/random.js'

const SEED = 7
const u = 2 ** -24
const plain: ServerArithmetic = { isArm: false, isBefore119: false }
const arm: ServerArithmetic = { isArm: true, isBefore119: false }
const old: ServerArithmetic = { isArm: false, isBefore119: true }

let scorer: Scorer
beforeAll(async () => {
  scorer = await createScorer()
})

/** Σ_i max_j Σ_k |q_ik d_jk|. */
function absoluteMaxSim(query: PackedRows, document: PackedRows): number {
  const { dim } = query
  let total = 0
  for (let q = 0; q < query.data.length; q += dim) {
    let best = 0
    for (let d = 0; d < document.data.length; d += dim) {
      let sum = 0
      for (let k = 0; k < dim; k++) sum += Math.abs(query.data[q + k]! * document.data[d + k]!)
      best = Math.max(best, sum)
    }
    total += best
  }
  return total
}

/** The terms of a bound that are relative to S (Dot, Cosine) or to the score (Euclid, Manhattan). */
function factor(distance: Distance, n: number, r: number): number {
  switch (distance) {
    case 'Dot':
    case 'Manhattan':
      return (2 * n + r + 4) * u
    case 'Cosine':
      return (2 * n + r + 4) * u + (n / 2 + 14) * u
    case 'Euclid':
      return (n + r / 2 + 5) * u
  }
}

/** The relative error of sums and products in half precision. */
function halfFactor(datatype: Datatype, n: number, arithmetic: ServerArithmetic): number {
  if (datatype !== 'float16') return 0
  if (arithmetic.isArm) return (n / 8 + 8) * 2 ** -11
  return arithmetic.isBefore119 && n < 16 ? 2 * 2 ** -11 : 0
}

interface Case {
  readonly distance: Distance
  readonly datatype: 'float32' | 'float16' | 'uint8'
  readonly n: number
  readonly r: number
  readonly arithmetic?: ServerArithmetic
}

/** The bound of a random document, and what the formulas give. */
function boundOf({ distance, datatype, n, r, arithmetic = plain }: Case, scale = 1) {
  const random = createRandom(SEED + n + r)
  const rows = (count: number) => ({
    data: Float32Array.from({ length: count * n }, () =>
      datatype === 'uint8' ? Math.floor(random() * 256) * scale : (random() - 0.5) * scale,
    ),
    dim: n,
  })
  const field = { name: 'colbert', size: n, distance, datatype, multi: true }
  const given = rows(r)
  const sent = asSent(given, distance, datatype)
  const stored = asStored(given, distance, datatype)
  const document = asStored(rows(5), distance, datatype)
  const metrics = { Dot: 'dot', Cosine: 'dot', Euclid: 'euclid', Manhattan: 'manhattan' } as const
  const score = scorer.score(stored, document, { metric: metrics[distance] })
  const bound = boundsFor(scorer, field, sent, stored, arithmetic).of(document, score)
  const magnitude = distance === 'Dot' || distance === 'Cosine' ? absoluteMaxSim(stored, document) : score
  return { bound, magnitude, score, sent, stored, document, field }
}

const SHAPES = [
  { n: 3, r: 1 },
  { n: 16, r: 7 },
  { n: 128, r: 32 },
]
const DISTANCES = ['Dot', 'Cosine', 'Euclid', 'Manhattan'] as const

describe('the bound of f32 sums is the stated formula and at most one percent more', () => {
  it.each(DISTANCES.flatMap(distance => SHAPES.map(shape => ({ distance, ...shape }))))(
    '$distance, $n dims, $r query rows',
    ({ distance, n, r }) => {
      const { bound, magnitude } = boundOf({ distance, datatype: 'float32', n, r })
      const formula = factor(distance, n, r) * magnitude
      expect(bound / formula, `bound ${bound}, formula ${formula}, seed ${SEED}`).toBeGreaterThanOrEqual(1)
      expect(bound / formula, `bound ${bound}, formula ${formula}, seed ${SEED}`).toBeLessThanOrEqual(1.011)
    },
  )
})

describe('the bound of float16 adds what the server computes in halves', () => {
  const arithmetics = [plain, arm, old]
  const cases = (['Dot', 'Euclid', 'Manhattan'] as const).flatMap(distance =>
    SHAPES.flatMap(shape => arithmetics.map(arithmetic => ({ distance, arithmetic, ...shape }))),
  )
  it.each(cases)('$distance, $n dims, $r query rows, $arithmetic', ({ distance, n, r, arithmetic }) => {
    const { bound, magnitude } = boundOf({ distance, datatype: 'float16', n, r, arithmetic })
    const absolute = distance === 'Dot' && arithmetic.isBefore119 && n < 16 ? r * n * 2 ** -25 : 0
    const formula = (factor(distance, n, r) + halfFactor('float16', n, arithmetic)) * magnitude + absolute
    expect(bound / formula, `bound ${bound}, formula ${formula}, seed ${SEED}`).toBeGreaterThanOrEqual(1)
    expect(bound / formula, `bound ${bound}, formula ${formula}, seed ${SEED}`).toBeLessThanOrEqual(1.011)
  })

  it('and for Cosine the elements that another length of their row rounds to another half', () => {
    const { n, r } = { n: 128, r: 4 }
    const { bound, magnitude, sent, document } = boundOf({ distance: 'Cosine', datatype: 'float16', n, r })
    const error = (n / 2 + 14) * u
    const at = (relative: number) =>
      roundToDatatype(
        sent.data.map(value => value * (1 + relative)),
        'float16',
      )
    const [low, high] = [at(-error), at(error)]
    const flips = { data: low.map((value, k) => Math.abs(high[k]! - value)), dim: n }
    expect(flips.data.some(value => value > 0)).toBe(true)
    const formula = factor('Cosine', n, r) * magnitude + absoluteMaxSim(flips, document)
    expect(bound / formula, `bound ${bound}, formula ${formula}`).toBeGreaterThanOrEqual(1)
    expect(bound / formula, `bound ${bound}, formula ${formula}`).toBeLessThanOrEqual(1.011)
  })
})

describe('the bound of uint8', () => {
  it.each([
    ['Dot', 0],
    ['Manhattan', 0],
  ] as const)('is 0 for %s while the sums are whole numbers below 2^24', (distance, expected) => {
    const { bound, magnitude } = boundOf({ distance, datatype: 'uint8', n: 16, r: 4 })
    expect(magnitude).toBeLessThan(2 ** 24)
    expect(bound).toBe(expected)
  })

  it('is one rounding of the root for Euclid', () => {
    const { bound, score } = boundOf({ distance: 'Euclid', datatype: 'uint8', n: 16, r: 4 })
    expect(bound).toBe(2 * u * score)
  })

  it('is that of f32 sums from 2^24 on', () => {
    const { bound, magnitude } = boundOf({ distance: 'Dot', datatype: 'uint8', n: 1024, r: 32 })
    expect(magnitude).toBeGreaterThan(2 ** 24)
    const formula = factor('Dot', 1024, 32) * magnitude
    expect(bound / formula).toBeGreaterThanOrEqual(1)
    expect(bound / formula).toBeLessThanOrEqual(1.011)
  })

  it.each([
    ['Manhattan', 2 ** 24 - 1, 0],
    ['Manhattan', 2 ** 24, (2 * 4 + 3 + 4) * u * 2 ** 24],
    ['Euclid', 4095, 2 * u * 4095],
    ['Euclid', 4096, (4 + 3 / 2 + 5) * u * 4096],
  ] as const)(
    'is that of f32 sums from 2^24 on, also for distances: %s of %i',
    (distance, score, formula) => {
      const rows = { data: new Float32Array(12), dim: 4 }
      const field = { name: '', size: 4, distance, datatype: 'uint8', multi: true } as const
      const bound = boundsFor(scorer, field, rows, rows, plain).of(rows, score)
      expect(bound).toBeGreaterThanOrEqual(formula)
      expect(bound).toBeLessThanOrEqual(1.011 * formula)
    },
  )

  it('is that of quotients for Cosine, whose rows are not normalised', () => {
    const { bound, stored, document } = boundOf({ distance: 'Cosine', datatype: 'uint8', n: 16, r: 4 })
    const cosines = scorer.score(stored, document, { metric: 'cosine' })
    const formula = (2 * 16 + 4 + 16) * u * cosines
    expect(bound / formula).toBeGreaterThan(0.999)
    expect(bound / formula).toBeLessThanOrEqual(1.011)
  })
})

it('codes have no bound', () => {
  const rows = { data: new Float32Array(4), dim: 4 }
  const field = { name: '', size: 4, distance: 'Dot', datatype: 'turbo4', multi: true } as const
  expect(boundsFor(scorer, field, rows, rows, plain).of(rows, 1)).toBe(Number.POSITIVE_INFINITY)
})

describe('the bound in words states the same numbers', () => {
  const words = (distance: Distance, datatype: Datatype, size: number, rows: number, arithmetic = plain) =>
    boundInWords({ name: '', size, distance, datatype, multi: true }, rows, arithmetic)
  it.each<[string, string]>([
    [
      words('Dot', 'float32', 128, 32),
      '292 x 2^-24 of Σ max Σ |q d| (f32 sums over 128 dims and 32 rows, in another order)',
    ],
    [
      words('Cosine', 'float16', 128, 32),
      '292 x 2^-24 of Σ max Σ |q d| (f32 sums over 128 dims and 32 rows, in another order), ' +
        "78 x 2^-24 for the length of the query's rows, and elements that may round to another half",
    ],
    [
      words('Euclid', 'uint8', 128, 32),
      'exact while the score is below 2^24, from there on, 149 x 2^-24 of the score (f32 sums over 128 dims and 32 rows, in another order)',
    ],
    [
      words('Manhattan', 'float16', 8, 2, { isArm: true, isBefore119: true }),
      '22 x 2^-24 of the score (f32 sums over 8 dims and 2 rows, in another order), and sums in halves, as ARM computes them, ' +
        'and products in halves, as servers before 1.19 compute them below dim 16',
    ],
    [
      words('Dot', 'turbo4', 8, 2),
      'none: turbo4 codes cannot be read back, so differences are measured only',
    ],
  ])('%s', (text, expected) => {
    expect(text).toBe(expected)
  })
})
