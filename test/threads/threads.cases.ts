// Compares scorers on threads with a single-threaded one, in any engine: the same bits, order and errors. Has its own
// assertions, because it also runs where there is no test runner.

import {
  availableKernels,
  type Corpus,
  type CorpusConfig,
  createScorer,
  type Dtype,
  type KernelName,
  type Metric,
  type MultiVector,
  type RankReport,
  type Scorer,
  type Screen,
  type ThreadedCorpus,
  type ThreadedScorer,
} from '../../src/index.js'
import type { Case } from '../kernel/kernel.cases.js'
import { dtypesFor, METRIC_NAMES } from '../support/names.js'
import { between, pick, type Random, random, randomRows } from '../support/random.js'

const SCREENS: readonly Screen[] = ['i8', 'i16', 'convert', 'off']
const DIMS = [1, 3, 4, 16, 31, 64, 100, 128]

function ok(condition: boolean, message: string): void {
  if (!condition) throw new Error(message)
}

function same(actual: unknown, expected: unknown, subject: string): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)]
  ok(a === b, `${subject}: expected ${b}, got ${a}`)
}

/** Unlike `same`, which compares JSON, this distinguishes -0 from 0. */
function sameBits(actual: ArrayLike<number>, expected: ArrayLike<number>, subject: string): void {
  same(actual.length, expected.length, `${subject}, length`)
  for (let i = 0; i < actual.length; i++) {
    ok(Object.is(actual[i], expected[i]), `${subject}[${i}]: expected ${expected[i]}, got ${actual[i]}`)
  }
}

/** The result of a call, or its error as text. */
async function outcome(call: () => unknown): Promise<unknown> {
  try {
    return await call()
  } catch (error) {
    return String(error)
  }
}

/** Two scorers on one kernel: on one thread and on several. */
interface Pair {
  readonly one: Scorer
  readonly many: ThreadedScorer
}

/** The same corpus on one thread and on several. */
interface Corpora {
  readonly one: Corpus
  readonly many: ThreadedCorpus
}

function onThreads(
  kernel: KernelName,
  threads: number,
  name: string,
  run: (pair: Pair) => Promise<void>,
): Case {
  return {
    name: `${kernel}, ${threads} ${threads === 1 ? 'thread' : 'threads'}: ${name}`,
    run: async () => {
      const one = await createScorer({ kernel })
      const many = await createScorer({ kernel, threads })
      try {
        same(many.kernel, kernel, 'the kernel')
        same(many.threads, threads, 'the threads')
        await run({ one, many })
      } finally {
        one.dispose()
        await many.dispose()
      }
    },
  }
}

async function corporaOf(
  { one, many }: Pair,
  dim: number,
  metric: Metric,
  documents: readonly MultiVector[],
  config: Partial<CorpusConfig> = {},
): Promise<Corpora> {
  const fullConfig = { ...config, dim, metric }
  const corpora = { one: one.corpus(fullConfig), many: many.corpus(fullConfig) }
  for (const document of documents) corpora.one.add(document)
  const indices = await Promise.all(documents.map(document => corpora.many.add(document)))
  same(indices, [...documents.keys()], 'the indices')
  same(
    [corpora.many.length, corpora.many.rows, corpora.many.dtype, corpora.many.screen],
    [corpora.one.length, corpora.one.rows, corpora.one.dtype, corpora.one.screen],
    'the length and rows',
  )
  return corpora
}

async function disposeOf({ one, many }: Corpora): Promise<void> {
  one.dispose()
  await many.dispose()
}

function weightsFor(next: Random, metric: Metric, rows: number): number[] | undefined {
  const weighted = (metric === 'dot' || metric === 'cosine') && next() < 0.5
  return weighted ? Array.from({ length: rows }, () => 3 * next() - 1) : undefined
}

/** Ragged corpora and lists: scores, rankings of any limit, subsets in any order, explanations. */
async function comparesBits(pair: Pair, metric: Metric, seed: number, rounds: number): Promise<void> {
  const next = random(seed)
  for (let round = 0; round < rounds; round++) {
    const dim = pick(next, DIMS)
    const queryRows = between(next, 1, 20)
    const query = randomRows(next, queryRows, dim)
    const length = between(next, 1, 60)
    const documents = Array.from({ length }, () => randomRows(next, between(next, 1, 30), dim))
    const weights = weightsFor(next, metric, queryRows)
    const limit = between(next, 1, length)
    const subset = Array.from({ length: between(next, 0, 2 * length) }, () => between(next, 0, length - 1))
    const index = between(next, 0, length - 1)
    const dtype = next() < 0.5 ? 'f32' : pick(next, dtypesFor(metric))
    const isScreened = dtype === 'f32' && (metric === 'dot' || metric === 'cosine')
    const screen = isScreened ? pick(next, SCREENS) : undefined
    const subject = `${metric}, ${dtype}, dim ${dim}, screen ${screen}, round ${round}`

    const corpora = await corporaOf(pair, dim, metric, documents, { dtype, screen })
    const { one, many } = corpora
    sameBits(await many.scores(query, { weights }), one.scores(query, { weights }), `${subject}: scores`)
    same(await many.rank(query, { weights }), one.rank(query, { weights }), `${subject}: the ranking`)
    same(
      await many.rank(query, { weights, limit }),
      one.rank(query, { weights, limit }),
      `${subject}: limit ${limit}`,
    )
    const chosen = { weights, limit, subset }
    same(await many.rank(query, chosen), one.rank(query, chosen), `${subject}: a subset`)
    const queries = [query, randomRows(next, 3, dim), randomRows(next, 13, dim)]
    const batch = {
      weights: [weights, undefined, undefined],
      limit: 1,
      subset: next() < 0.5 ? undefined : [0],
    }
    same(await many.rankBatch(queries, batch), one.rankBatch(queries, batch), `${subject}: a batch`)
    const [a, b] = [await many.explain(query, index, { weights }), one.explain(query, index, { weights })]
    same([a.score, a.matches], [b.score, b.matches], `${subject}: the explanation`)
    sameBits(a.matrix(), b.matrix(), `${subject}: the matrix`)
    await disposeOf(corpora)

    const options = { metric, weights, limit }
    same(
      await pair.many.rank(query, documents, options),
      pair.one.rank(query, documents, options),
      `${subject}: the list`,
    )
    const document = documents[index]!
    const [score, expected] = [
      await pair.many.score(query, document, { metric, weights }),
      pair.one.score(query, document, { metric, weights }),
    ]
    ok(Object.is(score, expected), `${subject}: score() returned ${score}, expected ${expected}`)
  }
}

/** Few distinct scores, -0 among them, so that ties decide the order. Each shard has more than one block. */
async function comparesTies(pair: Pair): Promise<void> {
  const next = random(21)
  for (const metric of METRIC_NAMES) {
    const documents = Array.from({ length: 3000 }, () =>
      Array.from({ length: between(next, 1, 3) }, () => [pick(next, [-1, -0, 0, 1, 2])]),
    )
    const corpora = await corporaOf(pair, 1, metric, documents)
    const { one, many } = corpora
    for (const limit of [1, 2, 10, 999, 3000]) {
      same(await many.rank([[2]], { limit }), one.rank([[2]], { limit }), `${metric}, best ${limit}`)
    }
    const subset = [...documents.keys()].filter(() => next() < 0.4).reverse()
    const options = { limit: 700, subset }
    same(await many.rank([[2]], options), one.rank([[2]], options), `${metric}, a subset`)
    await disposeOf(corpora)
    const list = { metric, limit: 700 }
    same(
      await pair.many.rank([[2]], documents, list),
      pair.one.rank([[2]], documents, list),
      `${metric}, a list`,
    )
  }
}

/** One document with large values makes every thread sum its whole corpus, or its block of a list, in f64. */
async function comparesLargeValues(pair: Pair): Promise<void> {
  for (const dtype of ['f32', 'i16', 'i8'] as const) await comparesLargeValuesOf(pair, dtype)
}

async function comparesLargeValuesOf(pair: Pair, dtype: Dtype): Promise<void> {
  const next = random(33)
  const dim = 64
  const query = randomRows(next, 5, dim, 1e15)
  const documents = Array.from({ length: 700 }, (_, i) =>
    randomRows(next, between(next, 1, 4), dim, i === 5 ? 1e22 : 1e-3),
  )
  for (const metric of ['dot', 'euclid'] as const) {
    const corpora = await corporaOf(pair, dim, metric, documents, { dtype })
    const { one, many } = corpora
    sameBits(await many.scores(query), one.scores(query), `${metric}, ${dtype}: scores`)
    sameBits((await many.explain(query, 3)).matrix(), one.explain(query, 3).matrix(), `${metric}: the matrix`)
    await disposeOf(corpora)
    const options = { metric, limit: 700 }
    same(
      await pair.many.rank(query, documents, options),
      pair.one.rank(query, documents, options),
      `${metric}: a list`,
    )
  }
}

/** A value that a caller without types may pass. */
const as = <T>(value: unknown) => value as T

/** Its products with itself exceed f32. */
const big = 1e38
const smallQuery = [
  [1, 0],
  [0, 1],
]
const smallDocuments = [[[1, 0]], [[0, 1]], [[1, 1]], [[big, big]], [[0.5, 1]], [[big, big]], [[1, 1]]]

/** Calls that one thread refuses. */
const refusedCalls: readonly ((
  corpus: Corpus | ThreadedCorpus,
  scorer: Scorer | ThreadedScorer,
) => unknown)[] = [
  c => c.add([]),
  c => c.add([[1]]),
  c => c.add([[1, 2], [3]]),
  c => c.add([[1, Number.NaN]]),
  c =>
    c.add([
      [Number.NaN, 1],
      [2, -Infinity],
    ]),
  c => c.add([[1, 1e39]]),
  c => c.add(as([[1, '2']])),
  c => c.add({ data: Float32Array.of(1, 2, 3, Infinity), dim: 2 }),
  c => c.add(as('text')),
  c => c.rank([[1, Number.NaN]]),
  c => c.rank([[1]]),
  c => c.rank(smallQuery, { limit: 0 }),
  c => c.rank(smallQuery, { limit: as('2') }),
  c => c.rank(smallQuery, { subset: [7] }),
  c => c.rank(smallQuery, { subset: as(new Set([1])) }),
  c => c.rank(smallQuery, { weights: [1] }),
  c => c.scores(smallQuery, { weights: [1, Number.NaN] }),
  c => c.rankBatch(as(smallQuery[0])),
  c => c.rankBatch([smallQuery, [[1]]]),
  c => c.rankBatch([smallQuery, [[1, Number.NaN]]]),
  c => c.rankBatch([smallQuery], { weights: [] }),
  c => c.explain(smallQuery, 7),
  c => c.explain(smallQuery, as(undefined)),
  // the error names the first document whose score exceeds f32, whichever thread has it
  c => c.scores([[big, big]]),
  c => c.rank([[big, big]], { limit: 1 }),
  c => c.rank([[big, big]], { limit: 1, subset: [6, 5, 0] }),
  c => c.explain([[big, big]], 5),
  (_, s) => s.score([[big, big]], [[big, big]]),
  (_, s) => s.rank([[big, big]], smallDocuments),
  (_, s) => s.score(smallQuery, smallQuery, { metric: as('l2') }),
  (_, s) => s.score(smallQuery, smallQuery, { metric: 'euclid', weights: [1, 1] }),
  (_, s) => s.score(smallQuery, [[1]]),
  (_, s) => s.rank(smallQuery, [[[1, 0]], [[1, Number.NaN]]]),
  (_, s) => s.rank(smallQuery, as({})),
  (_, s) => s.rank(smallQuery, [], { limit: 0 }),
  (_, s) => s.corpus({ dim: 0 }),
  (_, s) => s.corpus(as(undefined)),
  (_, s) => s.corpus({ dim: 2, screen: as('on') }),
  (_, s) => s.corpus({ dim: 2, dtype: 'i8', screen: 'i16' }),
  (_, s) => s.corpus({ dim: 2, dtype: 'f16' }).add([[1e5, 1]]),
  (_, s) => s.corpus({ dim: 2, dtype: 'f16' }).rank([[1e5, 1]]),
]

async function comparesErrors(pair: Pair): Promise<void> {
  const corpora = await corporaOf(pair, 2, 'dot', smallDocuments)
  for (const call of refusedCalls) {
    const expected = await outcome(() => call(corpora.one, pair.one))
    ok(typeof expected === 'string', `one thread did not refuse ${call}`)
    same(await outcome(() => call(corpora.many, pair.many)), expected, String(call))
  }
  same(await corpora.many.rank(smallQuery), corpora.one.rank(smallQuery), 'the ranking after the errors')
  await disposeOf(corpora)
}

/** A limit above the number of documents returns all of them, and an empty corpus or list returns no results. */
async function comparesLimits(pair: Pair): Promise<void> {
  const documents = [[[1, 0]], [[0, 1]], [[1, 1]]]
  const limit = 10
  for (const count of [0, 1, 3]) {
    const some = documents.slice(0, count)
    const corpora = await corporaOf(pair, 2, 'dot', some)
    const { one, many } = corpora
    same((await many.rank(smallQuery, { limit })).length, count, `the results of ${count} documents`)
    same(await many.rank(smallQuery, { limit }), one.rank(smallQuery, { limit }), 'the ranking')
    same(await many.rank(smallQuery), one.rank(smallQuery), 'the ranking without a limit')
    const queries = [smallQuery, [[2, 1]]]
    same(await many.rankBatch(queries, { limit }), one.rankBatch(queries, { limit }), 'the batch')
    same([...(await many.scores(smallQuery))], [...one.scores(smallQuery)], 'the scores')
    const list = [smallQuery, some, { limit }] as const
    same(await pair.many.rank(...list), pair.one.rank(...list), 'the ranking of the list')
    await disposeOf(corpora)
  }
}

/** The reports of the threads add up, and a certified ranking is reported as one. */
async function comparesReports({ one, many }: Pair): Promise<void> {
  const next = random(55)
  const documents = Array.from({ length: 200 }, () => randomRows(next, 20, 32))
  const query = randomRows(next, 16, 32)
  for (const config of [{}, { screen: 'off' }, { dtype: 'i8' }] as const) {
    const corpora = await corporaOf({ one, many }, 32, 'dot', documents, config)
    const seen: RankReport[] = []
    const onReport = (report: RankReport) => seen.push(report)
    const options = { limit: 5, onReport }
    same(await corpora.many.rank(query, options), corpora.one.rank(query, options), 'the ranking')
    const [threaded, single] = seen
    same([threaded?.method, threaded?.considered], [single?.method, 200], 'the report')
    ok(threaded!.rescored >= single!.rescored, 'each thread rescores its own candidates')
    await disposeOf(corpora)
  }
  // with a query of zeros all documents tie, and are rescored
  const tied = { data: new Float32Array(16 * 32), dim: 32 }
  const corpora = await corporaOf({ one, many }, 32, 'dot', documents, { screen: 'convert' })
  for (const corpus of [corpora.one, corpora.many]) {
    const rescored: number[] = []
    const onReport = (report: RankReport) => rescored.push(report.rescored)
    await corpus.rankBatch([tied, query], { limit: 5, onReport })
    const [first, second = 200] = rescored
    ok(first === 200 && second < 200, `each query of a batch has its own report, got ${rescored}`)
  }
  await disposeOf(corpora)
}

/** Originals may be promises. Rankings and reports are those of one thread. */
async function comparesOriginals({ one, many }: Pair): Promise<void> {
  const next = random(56)
  const documents = Array.from({ length: 150 }, () => randomRows(next, between(next, 1, 12), 24))
  // duplicates, which rank by index
  documents.push(...documents.slice(0, 30))
  const queries = Array.from({ length: 3 }, () => randomRows(next, between(next, 1, 9), 24))
  const originals = (index: number) => documents[index]!
  const subset = [...documents.keys()].filter(index => index % 3 > 0)
  for (const [dtype, metric, oversampling] of [
    ['i8', 'dot', undefined],
    ['f16', 'cosine', undefined],
    ['binary', 'dot', undefined],
    ['i8', 'euclid', 2],
    ['binary', 'dot', 5],
    // 11 documents are scored again for 7
    ['binary', 'dot', 1.5],
  ] as const) {
    const corpora = await corporaOf({ one, many }, 24, metric, documents, { dtype })
    const asyncOriginals = async (index: number) => originals(index)
    for (const options of [{ limit: 7 }, { limit: 180 }, { limit: 5, subset }, { subset: [] }]) {
      const [single, threaded]: [RankReport[], RankReport[]] = [[], []]
      const rankOptions = { ...options, ...(oversampling && { oversampling }) }
      const onReport = (report: RankReport) => single.push(report)
      const expected = corpora.one.rankBatch(queries, { ...rankOptions, originals, onReport })
      const onThreaded = (report: RankReport) => threaded.push(report)
      const all = { ...rankOptions, originals: asyncOriginals, onReport: onThreaded }
      same(await corpora.many.rankBatch(queries, all), expected, `${dtype}, ${metric}`)
      same(threaded, single, `the reports of ${dtype}, ${metric}`)
    }
    await disposeOf(corpora)
  }
  const tied = await corporaOf({ one, many }, 24, 'dot', documents, { dtype: 'binary' })
  const equal = { limit: 9, oversampling: 3, originals: () => documents[0]! }
  same(await tied.many.rank(queries[0]!, equal), tied.one.rank(queries[0]!, equal), 'ties of equal originals')
  await disposeOf(tied)
  const corpora = await corporaOf({ one, many }, 24, 'dot', documents.slice(0, 9), { dtype: 'i8' })
  for (const options of [
    { oversampling: 2 },
    { originals: 7 },
    { originals: (index: number) => (index === 4 ? [[1]] : documents[index]) },
  ]) {
    const text = await outcome(() => corpora.many.rank(queries[0]!, as(options)))
    same(text, await outcome(async () => corpora.one.rank(queries[0]!, as(options))), 'the error')
  }
  await disposeOf(corpora)
}

async function runsCallsInOrder({ many }: Pair): Promise<void> {
  const corpus = many.corpus({ dim: 1 })
  const results: unknown[] = []
  // nothing is awaited, and the argument changes after each call
  const document = [[1]]
  for (let i = 1; i <= 5; i++) {
    document[0]![0] = i
    results.push(corpus.add(document), corpus.rank([[1]], { limit: 1 }))
  }
  document[0]![0] = Number.NaN
  same(
    await Promise.all(results),
    [1, 2, 3, 4, 5].flatMap(i => [i - 1, [{ index: i - 1, score: i }]]),
    'each ranking considers the documents added before it',
  )
  await corpus.dispose()
}

/** A random sequence of calls, none awaited before the next: two corpora, lists, and calls that are refused. */
async function comparesSequences(pair: Pair, rounds: number): Promise<void> {
  const next = random(77)
  const dim = 16
  const aborted = AbortSignal.abort(new Error('cancelled'))
  for (let round = 0; round < rounds; round++) {
    const metric = pick(next, METRIC_NAMES)
    const corpora = [1, 2].map(() => ({
      one: pair.one.corpus({ dim, metric }),
      many: pair.many.corpus({ dim, metric }),
    }))
    const expected: Promise<unknown>[] = []
    const actual: Promise<unknown>[] = []
    for (let step = 0; step < 150; step++) {
      const { one, many } = pick(next, corpora)
      const rows = randomRows(next, between(next, 1, 40), dim)
      const { length } = one
      const limit = between(next, 1, length + 1)
      const subset = Array.from({ length: 5 }, () => between(next, 0, length))
      const calls: readonly ((corpus: Corpus | ThreadedCorpus) => unknown)[] = [
        corpus => corpus.rank(rows, { limit }),
        corpus => corpus.rank(rows, { limit: 1, subset }),
        async corpus => [...(await corpus.scores(rows))],
        async corpus => (await corpus.explain(rows, limit - 1)).matches,
        corpus => corpus.add([Array(dim).fill(Number.NaN)]),
      ]
      const call = next() < 0.6 ? (corpus: Corpus | ThreadedCorpus) => corpus.add(rows) : pick(next, calls)
      expected.push(outcome(() => call(one)))
      actual.push(outcome(() => call(many)))
      if (next() < 0.1) void many.add(rows, { signal: aborted }).catch(() => {})
      if (next() < 0.05) {
        const list = [rows, randomRows(next, 3, dim)]
        expected.push(outcome(() => pair.one.rank(rows, list, { metric })))
        actual.push(outcome(() => pair.many.rank(rows, list, { metric })))
      }
    }
    const disposed = corpora.map(({ many }) => many.dispose())
    same(await Promise.all(actual), await Promise.all(expected), `round ${round}`)
    await Promise.all(disposed)
    for (const { one } of corpora) one.dispose()
  }
}

export const cases: readonly Case[] = availableKernels().flatMap(kernel =>
  // the reference kernel is slow, and threads do not depend on the kernel
  (kernel === 'reference' ? [2] : [1, 2, 3]).flatMap(threads => [
    ...METRIC_NAMES.map((metric, i) =>
      onThreads(kernel, threads, `returns the bits of one thread, ${metric}`, pair =>
        comparesBits(pair, metric, 300 + i, kernel === 'reference' ? 4 : 12),
      ),
    ),
    onThreads(kernel, threads, 'ranks ties by index', comparesTies),
    onThreads(
      kernel,
      threads,
      'uses the largest value of the whole corpus in every thread',
      comparesLargeValues,
    ),
    onThreads(kernel, threads, 'throws the same errors', comparesErrors),
    onThreads(kernel, threads, 'clamps limits', comparesLimits),
    onThreads(kernel, threads, 'reports how a ranking was computed', comparesReports),
    onThreads(kernel, threads, 'ranks originals', comparesOriginals),
    onThreads(kernel, threads, 'runs calls in order', runsCallsInOrder),
    onThreads(kernel, threads, 'returns the results of one thread for any sequence of calls', pair =>
      comparesSequences(pair, kernel === 'reference' ? 2 : 6),
    ),
  ]),
)

/**
 * Whether the unit suite runs a case: all on two threads, and what depends on their number on one and on three. Threads do
 * not depend on the kernel, so on the slow reference kernel two cases are enough.
 */
export function isQuick({ name }: Case): boolean {
  if (name.startsWith('reference')) return /, dot$|any sequence/.test(name)
  return name.includes(', 2 threads') || /, dot$|in order|any sequence/.test(name)
}
