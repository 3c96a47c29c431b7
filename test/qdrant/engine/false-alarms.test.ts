// A hunt for false alarms: `verify` finds no fault in correct collections, whatever their dims, metric, datatype, numbers
// and quantization. A seeded part of it runs by default; QDRANT_HUNT=all runs the whole, and QDRANT_HUNT_SEED chooses
// other numbers.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createScorer, type Scorer } from '../../../src/index.js'
import { type QuantizationConfig, type VerifyReport, verify } from '../../../src/qdrant/index.js'
import { createRandom, freshCollection, type Packed, since } from './support.js'

const DIMS = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 96, 128]
const DISTANCES = ['Dot', 'Cosine', 'Euclid', 'Manhattan'] as const
const DATATYPES = ['float32', 'float16', 'uint8'] as const
const TURBO: readonly QuantizationConfig[] = [{ turbo: { bits: 'bits4' } }, { turbo: { bits: 'bits1' } }]
const QUANTIZATIONS: readonly QuantizationConfig[] = [
  { scalar: { type: 'int8' } },
  { scalar: { type: 'int8', quantile: 0.9, always_ram: true } },
  { product: { compression: 'x4' } },
  { product: { compression: 'x16' } },
  { binary: {} },
  { binary: { encoding: 'two_bits' } },
  { binary: { encoding: 'one_and_half_bits' } },
  { binary: { query_encoding: 'scalar8bits' } },
  ...TURBO,
]

const seed = Number(process.env.QDRANT_HUNT_SEED ?? 1)
const runsAll = process.env.QDRANT_HUNT === 'all'
/** A tenth of the cases, or all. The step is prime, so that every value of each property occurs. */
const chosen = <T>(cases: readonly T[], step: number) =>
  cases
    .map((value, index) => ({ ...value, index }))
    .filter(({ index }) => runsAll || index % step === seed % step)

let scorer: Scorer
const figures = { collections: 0, scores: 0, judged: 0, maxRatio: 0 }

beforeAll(async () => {
  scorer = await createScorer()
})
afterAll(() => {
  scorer.dispose()
  const { collections, scores, judged, maxRatio } = figures
  console.log(
    `false alarms: none in ${collections} collections with ${scores} scores, ${judged} of them judged; ` +
      `the largest difference is ${maxRatio.toPrecision(3)} of its bound`,
  )
})

type Datatype = (typeof DATATYPES)[number] | 'turbo4'

/** The decimal exponents of numbers. Those of float16 are where it has all of its digits. */
const EXPONENTS: Readonly<Record<Datatype, readonly [number, number]>> = {
  float32: [-8, 6],
  float16: [-3, 4],
  uint8: [1, 2.4],
  turbo4: [-2, 2],
}

/** Rows of numbers of one magnitude; some rows are zeros, and some numbers are whole. */
function hardRows(random: () => number, rows: number, dim: number, datatype: Datatype): Packed {
  const [low, high] = EXPONENTS[datatype]
  const scale = 10 ** (low + random() * (high - low))
  const hasWholeNumbers = random() < 0.1
  const data = new Float32Array(rows * dim)
  for (let row = 0; row < rows; row++) {
    // a document of zeros only is a fault of its own
    if (row > 0 && random() < 0.1) continue
    for (let k = 0; k < dim; k++) {
      const value = datatype === 'uint8' ? 1 + scale * random() : scale * (2 * random() - 1)
      data[row * dim + k] = hasWholeNumbers ? Math.trunc(value) : value
    }
    if (data[row * dim] === 0) data[row * dim] = Math.max(1, Math.trunc(scale / 2))
  }
  return { data, dim }
}

async function filled(random: () => number, vector: object, dim: number, datatype: Datatype, count: number) {
  const collection = await freshCollection({
    vectors: { colbert: { size: dim, datatype, ...vector } },
    optimizers_config: { indexing_threshold: 1 },
  } as never)
  const points = Array.from({ length: count }, (_, id) => ({
    id,
    vector: { colbert: hardRows(random, 1 + Math.floor(6 * random()), dim, datatype) },
  }))
  await collection.upsert(points)
  const queries = [
    ...Array.from({ length: 3 }, () => hardRows(random, 1 + Math.floor(9 * random()), dim, datatype)),
    points[Math.floor(count * random())]!.vector.colbert,
  ]
  const source = new Map(points.map(({ id, vector }) => [id, vector.colbert]))
  await expect
    .poll(async () => (await collection.info({ sample: 1 })).status, { timeout: 20_000 })
    .toBe('green')
  return { collection, queries, source }
}

function expectNoAlarm(report: VerifyReport, isJudged: boolean): void {
  const { order, documents, problems, checks, missed } = report
  expect(
    {
      order,
      documents,
      problems,
      wrong: checks.filter(({ ok }) => ok === false),
      missed: isJudged ? missed : [],
    },
    'faults',
  ).toEqual({ order: [], documents: [], problems: [], wrong: [], missed: [] })
  expect(report.ok, report.notes.join('; ')).toBe(isJudged ? true : undefined)
  expect(report.hits).toBeGreaterThan(0)
  figures.scores += report.hits
  if (!isJudged) return
  expect(report.maxRatio).toBeLessThan(1)
  figures.judged += report.hits
  figures.maxRatio = Math.max(figures.maxRatio, report.maxRatio)
}

describe('no fault is found in a correct collection', () => {
  const cases = DIMS.flatMap(dim =>
    DISTANCES.flatMap(distance => DATATYPES.map(datatype => ({ dim, distance, datatype }))),
  )
  it.each(chosen(cases, 13))(
    'of $dim dims, $distance, $datatype',
    async ({ index, dim, distance, datatype }) => {
      const random = createRandom(1000 * seed + index)
      const { collection, queries, source } = await filled(random, { distance }, dim, datatype, 48)
      const report = await verify(collection, queries, { scorer, source, limit: 48 })
      figures.collections++
      expectNoAlarm(report, true)
      expect(report.recall).toBe(1)
    },
  )
})

describe('no fault is found in a quantized collection', () => {
  const cases = QUANTIZATIONS.flatMap(quantization_config =>
    DISTANCES.flatMap(distance =>
      ([...DATATYPES, 'turbo4'] as const).map(datatype => ({ quantization_config, distance, datatype })),
    ),
  )
  const supported = cases.filter(
    ({ datatype, quantization_config }) =>
      since('1.19.0') || (datatype !== 'turbo4' && !TURBO.includes(quantization_config)),
  )
  it.each(chosen(supported, 17))(
    'by $quantization_config, $distance, $datatype',
    async ({ index, quantization_config, distance, datatype }) => {
      const random = createRandom(2000 * seed + index)
      const dim = DIMS[8 + (index % 9)]!
      const vector = { distance, quantization_config }
      const { collection, queries, source } = await filled(random, vector, dim, datatype, 60)
      figures.collections++
      const isPlain = datatype !== 'turbo4'
      for (const [params, isJudged] of [
        [{ quantization: { ignore: true } }, isPlain],
        [{ exact: true }, isPlain],
        [{ quantization: { rescore: true, oversampling: 20 } }, isPlain],
        [{ quantization: { rescore: false } }, false],
        [{}, false],
      ] as const) {
        expectNoAlarm(await verify(collection, queries, { scorer, params, source }), isJudged)
      }
    },
  )
})
