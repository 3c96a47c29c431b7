// The kernel suite for every engine: Node by vitest, Deno, Bun and browsers by a loop. It has its own assertions and
// imports only the library, so that the same code runs everywhere.

import {
  availableKernels,
  createScorer,
  type Dtype,
  type FlatMultiVector,
  type KernelName,
  type Metric,
  type RankReport,
  type Scorer,
} from '../../src/index.js'
import * as constants from '../../src/kernel/constants.generated.js'
import { compareScores, DTYPE_NAMES, METRIC_NAMES, metricsFor } from '../support/names.js'
import { oracle } from '../support/oracle.js'
import { between, pick, random, randomRows } from '../support/random.js'

/** A test: its title and its code, which throws if it fails. */
export interface Case {
  readonly name: string
  run(): Promise<void>
}

const DIMS = [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 96, 100, 127, 128, 129, 255]
const SCALES = [1e-30, 1e-22, 1e-10, 1e-4, 1, 1, 1, 1e3, 1e10, 1e18]

function ok(condition: boolean, message: string): void {
  if (!condition) throw new Error(message)
}

function same(actual: unknown, expected: unknown, what: string): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)]
  ok(a === b, `${what}: expected ${b}, got ${a}`)
}

function within(actual: number, expected: { score: number; low: number; high: number }, what: string): void {
  const { score, low, high } = expected
  ok(actual >= low && actual <= high, `${what}: expected ${score} within [${low}, ${high}], got ${actual}`)
}

const rowsOf = ({ data, dim }: FlatMultiVector) => data.length / dim

/** Returns a case that runs with a scorer on one kernel and disposes it. */
type MakeCase = (name: string, run: (scorer: Scorer) => void) => Case

function onKernel(kernel: KernelName, create: () => Promise<Scorer>): MakeCase {
  return (name, run) => ({
    name: `${kernel}: ${name}`,
    run: async () => {
      const scorer = await create()
      try {
        same(scorer.kernel, kernel, 'the kernel')
        run(scorer)
      } finally {
        scorer.dispose()
      }
    },
  })
}

/** Scores, ranks and compares `count` random corpora of ragged documents, of random shapes and scales. */
function agreesWithTheOracle(scorer: Scorer, metric: Metric, seed: number, count: number): void {
  const next = random(seed)
  for (let round = 0; round < count; round++) {
    const dim = pick(next, DIMS)
    const query = randomRows(next, between(next, 1, 37), dim, pick(next, SCALES))
    const scale = pick(next, SCALES)
    const documents = Array.from({ length: between(next, 1, 9) }, () =>
      randomRows(next, between(next, 1, 13), dim, scale),
    )
    const weighted = (metric === 'dot' || metric === 'cosine') && next() < 0.3
    const weights = weighted ? Array.from({ length: rowsOf(query) }, () => 3 * next() - 1) : undefined
    const what = `${metric}, dim ${dim}, ${rowsOf(query)} query rows, round ${round}`
    const corpus = scorer.corpus({ dim, metric })
    documents.forEach((document, index) => {
      same(corpus.add(document), index, `${what}: the index`)
    })
    const scores = corpus.scores(query, { weights })
    const ranked = corpus.rank(query, { weights, limit: documents.length })
    const order = documents
      .map((_, index) => ({ index, score: scores[index]! }))
      .sort((a, b) => compareScores(metric)(a.score, b.score) || a.index - b.index)
    same(ranked, order, `${what}: the ranking`)
    same(
      scorer.rank(query, documents, { metric, weights, limit: documents.length }),
      order,
      `${what}: the list's ranking`,
    )
    documents.forEach((document, index) => {
      within(scores[index]!, oracle(metric, query, document, weights), `${what}, document ${index}`)
      const score = scorer.score(query, document, { metric, weights })
      ok(Object.is(score, scores[index]), `${what}: score() gives ${score}, scores() ${scores[index]}`)
    })
    corpus.dispose()
  }
}

/**
 * Scores documents of a few rows, which the kernel scores in groups, among longer ones. Each score has the bits that the
 * document has in a corpus without others: for the whole corpus, a subset, in a batch, and explained.
 */
function scoresGroups(scorer: Scorer, dtype: Dtype): void {
  const next = random(14)
  // the reference kernel has no groups, and is slow
  const rounds = scorer.kernel === 'reference' ? 4 : 15
  for (let round = 0; round < rounds; round++) {
    const dim = pick(next, DIMS)
    const metric = pick(next, metricsFor(dtype))
    // u8 stores 0 ... 255
    const made = (rows: number) => randomRows(next, rows, dim, dtype === 'u8' ? 255 : 1)
    const longest = pick(next, [1, 3, 20])
    const documents = Array.from({ length: 40 }, () => made(between(next, 1, longest)))
    const query = made(pick(next, [1, 1, 2, 3, 4, 5, 8, 9, 17, 33]))
    const what = `${dtype}, ${metric}, dim ${dim}, ${rowsOf(query)} query rows, round ${round}`
    const isScreened = dtype === 'f32' && (metric === 'dot' || metric === 'cosine')
    const screen = isScreened ? pick(next, ['convert', 'i16', 'i8'] as const) : undefined
    const corpus = scorer.corpus({ dim, dtype, metric, screen })
    const alone = documents.map(document => {
      corpus.add(document)
      const single = scorer.corpus({ dim, dtype, metric })
      single.add(document)
      const [score] = single.scores(query)
      single.dispose()
      return score!
    })
    same([...corpus.scores(query)], alone, what)
    const byIndex = (ranked: readonly { index: number; score: number }[]) =>
      [...ranked].sort((a, b) => a.index - b.index).map(({ score }) => score)
    const subset = documents.flatMap((_, index) => (next() < 0.5 ? [index] : []))
    const some = corpus.rank(query, { subset, limit: 40 })
    same(
      byIndex(some),
      subset.map(index => alone[index]),
      `${what}, a subset`,
    )
    const order = alone
      .map((score, index) => ({ index, score }))
      .sort((a, b) => compareScores(metric)(a.score, b.score) || a.index - b.index)
    same(corpus.rank(query, { limit: 5 }), order.slice(0, 5), `${what}, the best`)
    const [, ranked] = corpus.rankBatch([made(3), query, made(1)], { limit: 40 })
    same(byIndex(ranked!), alone, `${what}, in a batch`)
    alone.forEach((score, index) => {
      same(corpus.explain(query, index).score, score, `${what}, document ${index} explained`)
    })
    corpus.dispose()
  }
}

function agreesOn(scorer: Scorer, query: FlatMultiVector, document: FlatMultiVector, what: string): void {
  for (const metric of METRIC_NAMES) {
    within(scorer.score(query, document, { metric }), oracle(metric, query, document), `${metric}, ${what}`)
  }
}

/**
 * The row counts of the kernel's source at which a tile, a piece or a group ends: every constant with ROWS in its name, so
 * that a new one is tested without a change here.
 */
const ROW_CONSTANTS = Object.entries(constants).flatMap(([name, value]) => (/ROWS/.test(name) ? [value] : []))

/** Row counts around once and twice each of them, and around the two and four rows of the other tiles. */
const THRESHOLD_ROWS = [
  ...new Set(
    [2, 4, ...ROW_CONSTANTS].flatMap(rows => [rows, 2 * rows]).flatMap(rows => [rows - 1, rows, rows + 1]),
  ),
].sort((a, b) => a - b)

/** Query rows from one vector of four to nine, which are two widest panels and one more: the first and last of each. */
const QUERY_ROWS = [
  2,
  3,
  ...Array.from({ length: 9 }, (_, vector) => [4 * vector + 1, 4 * vector + 4]).flat(),
]

/** Values that documents of a dtype, and queries for them, hold exactly, so that the oracle sees what is scored. */
const EXACT_VALUES: Readonly<Record<Dtype, { query: readonly number[]; document: readonly number[] }>> =
  (() => {
    const whole = (low: number, high: number) => Array.from({ length: high - low + 1 }, (_, i) => low + i)
    const eighths = whole(-8, 8).map(value => value / 8)
    const signs = { query: [-2, 2], document: [-1, 1] }
    const fractions = { query: eighths, document: eighths }
    const bytes = { query: whole(0, 255), document: whole(0, 255) }
    return { f32: fractions, f16: fractions, i16: fractions, i8: signs, u8: bytes, binary: signs }
  })()

/** A row of a document that is the best match of a query row, of all rows of `values`. */
function bestRow(metric: Metric, queryRow: Float32Array, values: readonly number[]): Float32Array {
  const isDistance = metric === 'euclid' || metric === 'manhattan'
  const middle = (values[0]! + values.at(-1)!) / 2
  return queryRow.map(q => (isDistance && values.length > 2 ? q : q > middle ? values.at(-1)! : values[0]!))
}

/**
 * Scores a document at row counts around each threshold, with each width of query panel. Its last rows are the best matches
 * of the query's rows, so that no row may be left out.
 */
function agreesAtThresholds(scorer: Scorer, dtype: Dtype): void {
  const next = random(21)
  const { query: queryValues, document: documentValues } = EXACT_VALUES[dtype]
  // an int8 query of signs is whole at its scale, min(8191 / 2, 32768 / length), for up to 16 dims and for 64
  const dims = dtype === 'i8' ? [9, 12, 15, 16, 64] : [9, 16, 17, 20, 33]
  // other dtypes round unit rows
  const metrics = metricsFor(dtype).filter(metric => metric !== 'cosine' || dtype === 'f32' || dtype === 'u8')
  // the reference kernel has no tiles, and is slow
  const step = scorer.kernel === 'reference' ? 7 : 1
  let shape = 0
  for (const rows of THRESHOLD_ROWS) {
    for (const queryRows of QUERY_ROWS) {
      if (shape++ % step !== 0) continue
      const dim = dims[shape % dims.length]!
      const metric = metrics[shape % metrics.length]!
      const exact = (count: number, values: readonly number[]) => {
        const data = new Float32Array(count * dim)
        for (let i = 0; i < data.length; i++) data[i] = pick(next, values)
        return { data, dim }
      }
      const query = exact(queryRows, queryValues)
      const document = exact(rows, documentValues)
      for (let i = 0; i < Math.min(rows, queryRows); i++) {
        const queryRow = query.data.subarray(i * dim, (i + 1) * dim)
        document.data.set(bestRow(metric, queryRow, documentValues), (rows - 1 - i) * dim)
      }
      const isWeighted = (metric === 'dot' || metric === 'cosine') && next() < 0.5
      const weights = isWeighted
        ? Array.from({ length: queryRows }, () => pick(next, [-1, 0.5, 2]))
        : undefined
      const corpus = scorer.corpus({ dim, dtype, metric })
      corpus.add(document)
      const what = `${dtype}, ${metric}, dim ${dim}, ${rows} rows, ${queryRows} query rows, seed 21`
      within(corpus.scores(query, { weights })[0]!, oracle(metric, query, document, weights), what)
      corpus.dispose()
    }
  }
}

/**
 * Ranks documents of which only one vector of four query rows matches the best. A screen that misses a part of the query, or
 * a row of the document, excludes the best.
 */
function screensEveryVector(scorer: Scorer): void {
  const dim = 37
  const axis = (i: number) => Array.from({ length: dim }, (_, k) => (k === i ? 1 : 0))
  for (const queryRows of QUERY_ROWS) {
    const query = Array.from({ length: queryRows }, (_, i) => axis(i))
    for (let first = 0; first < queryRows; first += 4) {
      const matching = query.slice(first, first + 4)
      // a row of these has half of the score, spread over all query rows; the score of the others is 0
      const half = Array(dim).fill(matching.length / 2 / queryRows)
      const none = Array(dim).fill(0)
      const before = Array(first % 3).fill(none)
      const corpus = scorer.corpus({ dim, screen: 'i8' })
      for (let i = 0; i < 40; i++)
        corpus.add(i === 23 ? [...before, ...matching] : [i === 10 || i % 10 === 5 ? half : none])
      const reports: RankReport[] = []
      const [best] = corpus.rank(query, { limit: 1, onReport: report => reports.push(report) })
      const what = `${queryRows} query rows, matched from row ${first} on`
      same([best?.index, best?.score], [23, matching.length], what)
      same(
        reports[0]?.screens.map(({ screen }) => screen),
        ['i8'],
        `${what}: screens`,
      )
      corpus.dispose()
    }
  }
}

function keepsTheBest(scorer: Scorer): void {
  const next = random(7)
  for (const metric of METRIC_NAMES) {
    const corpus = scorer.corpus({ dim: 1, metric })
    // few distinct values, so that most scores are ties; more documents than one block
    for (let i = 0; i < 3000; i++) corpus.add([[between(next, 1, 12)]])
    const scores = corpus.scores([[2]])
    const order = [...scores.keys()].sort((a, b) => compareScores(metric)(scores[a]!, scores[b]!) || a - b)
    for (const limit of [1, 2, 3, 10, 100, 2999, 3000]) {
      same(
        corpus.rank([[2]], { limit }).map(({ index }) => index),
        order.slice(0, limit),
        `${metric}, best ${limit}`,
      )
    }
    const subset = order.filter(() => next() < 0.4)
    const inSubset = order.filter(index => subset.includes(index))
    same(
      corpus.rank([[2]], { limit: 1500, subset }).map(({ index }) => index),
      inSubset.slice(0, 1500),
      `${metric}, subset`,
    )
    corpus.dispose()
  }
}

function followsQdrant(scorer: Scorer): void {
  const query = [
    [1, 2, 3],
    [3, 3, 3],
    [4, 5, 6],
  ]
  const document = [
    [3, 3, 3],
    [4, 2, 1],
  ]
  const near = (actual: number, expected: number, what: string) =>
    ok(Math.abs(actual - expected) <= 2 ** -22 * expected, `${what}: expected ${expected}, got ${actual}`)
  // scores that a live server returned
  near(scorer.score(query, document, { metric: 'euclid' }), 4.358899, 'euclid')
  near(scorer.score(document, query, { metric: 'euclid' }), 2.4494898, 'euclid, query and document swapped')
  same(scorer.score(query, document, { metric: 'manhattan' }), 9, 'manhattan')
  same(scorer.score(document, query, { metric: 'manhattan' }), 4, 'manhattan, query and document swapped')
  same(scorer.score([[0, 0]], [[3, 4]], { metric: 'cosine' }), 0, 'cosine of a row of zeros')
  near(
    scorer.score([[1, 0]], [[1e-4, 0]], { metric: 'cosine' }),
    Math.fround(1e-4),
    'cosine of a row that is too short to be normalized',
  )
  near(
    scorer.score([[1, 0]], [[1e-3, 0]], { metric: 'cosine' }),
    1,
    'cosine of a row that is just long enough',
  )
  same(
    scorer.score(
      [[1, 0]],
      [
        [-1, 0],
        [-2, 0],
      ],
    ),
    -1,
    'a negative maximum counts',
  )
}

function survivesLargeValues(scorer: Scorer): void {
  // f32 overflows in intermediate sums, but not in the scores
  const big = 3e38
  same(scorer.score([[big, big]], [[10, -10]]), 0, 'products that cancel')
  agreesOn(
    scorer,
    { data: Float32Array.of(1e25, -1e25, 1), dim: 3 },
    { data: Float32Array.of(1e20, 1e20, 1), dim: 3 },
    'overflowing products',
  )
  agreesOn(
    scorer,
    { data: Float32Array.of(1e19, 2e19), dim: 2 },
    { data: Float32Array.of(-1e19, 1e19, 3e18, 1), dim: 2 },
    'squares near the limit',
  )
  let message = ''
  try {
    scorer.score([[big, big]], [[big, big]])
  } catch (error) {
    message = String(error)
  }
  same(
    message,
    `RangeError: the score of "document" is beyond f32 (3.4e38); scale the query's or its rows down`,
    'the error',
  )
}

function explains(scorer: Scorer): void {
  const next = random(11)
  for (const metric of METRIC_NAMES) {
    const query = randomRows(next, 9, 33)
    const document = randomRows(next, 14, 33)
    const weights =
      metric === 'dot' || metric === 'cosine' ? Array.from({ length: 9 }, () => next()) : undefined
    const corpus = scorer.corpus({ dim: 33, metric })
    corpus.add(randomRows(next, 3, 33))
    corpus.add(document)
    const { score, matches, matrix } = corpus.explain(query, 1, { weights })
    ok(Object.is(score, corpus.scores(query, { weights })[1]), `${metric}: explain has the score of scores()`)
    const total = matches.reduce((sum, { contribution }) => sum + contribution, 0)
    const sum = metric === 'euclid' ? Math.sqrt(total) : total
    ok(
      Math.abs(sum - score) <= 2 ** -22 * Math.abs(score),
      `${metric}: contributions give ${sum}, the score is ${score}`,
    )
    const values = matrix()
    same(values.length, 9 * 14, `${metric}: the matrix`)
    matches.forEach(({ row, similarity }, i) => {
      ok(Object.is(values[i * 14 + row], similarity), `${metric}: match ${i} is an entry of the matrix`)
    })
    corpus.dispose()
  }
}

function growsBeyond(scorer: Scorer, bytes: number): void {
  const dim = 128
  const rows = 512
  const document = randomRows(random(3), rows, dim)
  const query = randomRows(random(4), 1, dim)
  const corpus = scorer.corpus({ dim })
  const first = scorer.score(query, document)
  while (corpus.byteLength <= bytes) corpus.add(document)
  ok(scorer.memoryBytes > bytes, `the memory has ${scorer.memoryBytes} bytes`)
  ok(
    corpus.scores(query).every(score => Object.is(score, first)),
    'every score is right',
  )
  corpus.dispose()
}

/** Compares scores of stored signs with their definition. A query is rounded by half of 1/248 of the sum of eight elements. */
function scoresSigns(scorer: Scorer): void {
  const next = random(12)
  for (const dim of [1, 7, 8, 9, 100, 128, 129, 300, 2048, 2049]) {
    const query = randomRows(next, between(next, 1, 9), dim)
    const document = randomRows(next, between(next, 1, 40), dim)
    const values = Array.from(document.data)
    const mean = values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length
    const signs = { data: Float32Array.from(values, value => (value < 0 ? -mean : mean)), dim }
    const { score, low, high } = oracle('dot', query, signs)
    // for each element half a step of 8 / 248, or less for fewer than eight elements
    const slack = rowsOf(query) * dim * mean * (0.5 / 31)
    const corpus = scorer.corpus({ dim, dtype: 'binary' })
    corpus.add(document)
    const actual = corpus.scores(query)[0]!
    within(actual, { score, low: low - slack, high: high + slack }, `signs, dim ${dim}`)
    // a query of equal magnitudes is not rounded if it fills a byte
    const whole = { data: Float32Array.from(query.data, value => (value < 0 ? -2 : 2)), dim }
    if (dim >= 8) within(corpus.scores(whole)[0]!, oracle('dot', whole, signs), `whole query, dim ${dim}`)
    corpus.dispose()
  }
}

/** Returns the nearest whole number, of two the even one. */
function nearest(value: number): number {
  const below = Math.floor(value)
  const isUp = value - below > 0.5 || (value - below === 0.5 && below % 2 !== 0)
  return isUp ? below + 1 : below
}

/** Compares scores of int8 documents with their definition, bit for bit: a query of 14 bits and a sign, integer sums. */
function scoresBytes(scorer: Scorer): void {
  const next = random(13)
  const largestOf = (values: ArrayLike<number>) =>
    Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const rowsIn = ({ data, dim }: FlatMultiVector) =>
    Array.from({ length: data.length / dim }, (_, row) =>
      Array.from(data.subarray(row * dim, (row + 1) * dim)),
    )
  for (let round = 0; round < 30; round++) {
    const dim = [1, 2, 3, 4, 5, 15, 16, 17, 100, 128][round % 10]!
    const query = randomRows(next, between(next, 1, 37), dim)
    const document = randomRows(next, between(next, 1, 150), dim)
    // extreme values must not saturate
    if (round % 3 === 0) document.data.set(document.data.map(value => (value < 0 ? -1 : 1)))
    const scale = Math.fround(127 / largestOf(document.data))
    const stored = rowsIn(document).map(row => row.map(value => nearest(Math.fround(value * scale))))
    let sum = 0
    for (const row of rowsIn(query)) {
      const queryScale = Math.min(
        8191 / largestOf(row),
        32768 / Math.sqrt(row.reduce((s, v) => s + v * v, 0)),
      )
      const whole = row.map(value => nearest(value * queryScale))
      const products = stored.map(d => d.reduce((s, v, k) => s + v * whole[k]!, 0))
      sum += Math.max(...products) * (1 / queryScale)
    }
    const corpus = scorer.corpus({ dim, dtype: 'i8' })
    corpus.add(document)
    // alone and in a batch
    const expected = Math.fround(sum / scale)
    same(corpus.scores(query)[0], expected, `int8, dim ${dim}`)
    const [, ranked] = corpus.rankBatch([randomRows(next, 3, dim), query, randomRows(next, 9, dim)])
    same(ranked![0]!.score, expected, `int8 in a batch, dim ${dim}`)
    corpus.dispose()
  }
}

/** The cases of one kernel. `create` starts a scorer on it. */
export function casesFor(
  kernel: KernelName,
  create: () => Promise<Scorer> = () => createScorer({ kernel }),
): readonly Case[] {
  const on = onKernel(kernel, create)
  return [
    ...METRIC_NAMES.map((metric, i) =>
      on(`agrees with f64 within the bound, metric ${metric}`, scorer =>
        agreesWithTheOracle(scorer, metric, 100 + i, kernel === 'reference' ? 10 : 60),
      ),
    ),
    ...DTYPE_NAMES.map(dtype =>
      on(`scores a group of short documents as it scores each alone, dtype ${dtype}`, scorer =>
        scoresGroups(scorer, dtype),
      ),
    ),
    ...DTYPE_NAMES.map(dtype =>
      on(`agrees with f64 at row counts around each threshold of the tiles, dtype ${dtype}`, scorer =>
        agreesAtThresholds(scorer, dtype),
      ),
    ),
    on('agrees with f64 at dim 65,536', scorer => {
      const next = random(5)
      agreesOn(scorer, randomRows(next, 3, 65536), randomRows(next, 3, 65536), 'dim 65,536')
    }),
    on('agrees with f64 on a document of 8,191 rows', scorer => {
      const next = random(6)
      agreesOn(scorer, randomRows(next, 2, 16), randomRows(next, 8191, 16), '8,191 rows')
    }),
    on('agrees with f64 on 1,001 query rows', scorer => {
      const next = random(8)
      agreesOn(scorer, randomRows(next, 1001, 24), randomRows(next, 5, 24), '1,001 query rows')
    }),
    on('ranks a corpus and a subset, with ties by index', keepsTheBest),
    on('screens with every vector of a query', screensEveryVector),
    on("returns Qdrant's scores", followsQdrant),
    on(
      'scores values whose f32 sums overflow, or reports that f32 cannot hold the score',
      survivesLargeValues,
    ),
    on('explains a score by matches whose contributions add up to it', explains),
    on('scores documents of bits by their definition', scoresSigns),
    on('scores int8 documents in whole numbers', scoresBytes),
    on('grows its memory beyond 64 KiB', scorer => growsBeyond(scorer, 65536)),
    // the reference kernel is slow, and its memory grows in the same code
    ...(kernel === 'reference'
      ? []
      : [on('grows its memory beyond 16 MiB', scorer => growsBeyond(scorer, 16 * 2 ** 20))]),
  ]
}

export const cases: readonly Case[] = availableKernels().flatMap(kernel => casesFor(kernel))
