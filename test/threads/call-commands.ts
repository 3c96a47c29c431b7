// Random calls on a threaded scorer as commands of fast-check, with a single-threaded scorer as the model. No command waits
// for its result: it logs the call. When the log is replayed, each call runs on the model, and its result must have the
// same bits. An addition that an abort rejected is not replayed.

import fc from 'fast-check'
import { expect } from 'vitest'
import { METRICS } from '../../src/core/metric.js'
import {
  type Corpus,
  type CorpusConfig,
  createScorer,
  type FlatMultiVector,
  type Metric,
  type MultiVector,
  type Scorer,
  type ThreadedCorpus,
  type ThreadedScorer,
} from '../../src/index.js'
import { dtypesFor, METRIC_NAMES } from '../support/names.js'
import { random, randomRows } from '../support/random.js'

const DIM = 6
const reason = new Error('the caller has aborted the call')

type AnyScorer = Scorer | ThreadedScorer
type AnyCorpus = Corpus | ThreadedCorpus
type Outcome = { readonly value: unknown } | { readonly error: unknown }

/** A corpus on threads and on one thread, and its documents by index, for `originals`. */
interface Side<Either extends AnyCorpus> {
  readonly corpus: Either
  readonly documents: Map<number, MultiVector>
}

/** A call that was made on the threads, and how to make it on one thread. */
interface LoggedCall {
  readonly name: string
  readonly outcome: Promise<Outcome>
  readonly isAddition: boolean
  readonly signal: AbortSignal | undefined
  isSettled: boolean
  /** The call was aborted before it had a result. */
  wasAborted: boolean
  replay(): unknown
}

/** The state of one sequence of calls. */
interface Run {
  readonly one: Scorer
  readonly many: ThreadedScorer
  readonly corpora: { readonly one: Side<Corpus>; readonly many: Side<ThreadedCorpus> }[]
  log: LoggedCall[]
  /** Aborts the calls since the last abort that are cancellable. */
  controller: AbortController
}

/** The first place where two values differ, with both values; undefined if all bits are equal. */
function firstDifference(actual: unknown, expected: unknown, path = 'the result'): string | undefined {
  if (typeof actual !== 'object' || typeof expected !== 'object' || actual === null || expected === null) {
    return Object.is(actual, expected) ? undefined : `${path} expected ${show(expected)}, got ${show(actual)}`
  }
  if (actual instanceof Error || expected instanceof Error) {
    const [a, b] = [String(actual), String(expected)]
    return a === b ? undefined : `${path} expected ${b}, got ${a}`
  }
  const [a, b] = [actual, expected] as Record<string, unknown>[]
  for (const key of new Set([...Object.keys(b!), ...Object.keys(a!)])) {
    const difference = firstDifference(a![key], b![key], `${path}.${key}`)
    if (difference) return difference
  }
  return undefined
}

const show = (value: unknown) => (Object.is(value, -0) ? '-0' : (JSON.stringify(value) ?? String(value)))

const outcomeOf = async (call: () => unknown): Promise<Outcome> => {
  try {
    return { value: await call() }
  } catch (error) {
    return { error }
  }
}

/** Rejects if a call never settles. */
async function settled({ name, outcome }: LoggedCall): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} has not settled after 10 s`)), 10_000)
  })
  try {
    return await Promise.race([outcome, late])
  } finally {
    clearTimeout(timer)
  }
}

/** When a call is aborted: never, before it is made, right after it, or by a later command. */
const aborts = ['never', 'before', 'at once', 'later'] as const
type Abort = (typeof aborts)[number]

/** Makes a call on the threads and logs it. */
function log(
  run: Run,
  { name, isAddition = false, abort }: { name: string; isAddition?: boolean; abort: Abort },
  call: (signal: AbortSignal | undefined) => unknown,
  replay: () => unknown,
): void {
  const controller = abort === 'later' ? run.controller : new AbortController()
  if (abort === 'before') controller.abort(reason)
  const signal = abort === 'never' ? undefined : controller.signal
  const outcome = outcomeOf(() => call(signal))
  const entry: LoggedCall = { name, outcome, isAddition, signal, isSettled: false, wasAborted: false, replay }
  run.log.push(entry)
  if (abort === 'at once') controller.abort(reason)
  if (abort === 'before' || abort === 'at once') entry.wasAborted = true
  void outcome.then(() => {
    entry.isSettled = true
  })
}

/** Waits for all calls and compares them with the model. */
async function replayLog(run: Run): Promise<void> {
  const calls = run.log
  run.log = []
  for (const call of calls) {
    const actual = await settled(call)
    const { name, isAddition, signal, wasAborted, replay } = call
    const wasRejected = 'error' in actual && actual.error === reason
    if (wasRejected) expect(signal?.aborted, `${name} was rejected without an abort`).toBe(true)
    else if (wasAborted && !isAddition && 'value' in actual) {
      expect.fail(`${name} was aborted before it had a result, but resolved to ${show(actual.value)}`)
    }
    if (wasRejected) continue
    const difference = firstDifference(actual, await outcomeOf(replay))
    if (difference) expect.fail(`${name}: ${difference}`)
  }
  for (const [i, { one, many }] of run.corpora.entries()) {
    const sizeOf = ({ length, rows }: AnyCorpus) => ({ length, rows })
    const difference = firstDifference(sizeOf(many.corpus), sizeOf(one.corpus), `corpus ${i}`)
    if (difference) expect.fail(difference)
  }
}

/** Rows that repeat often, so that scores tie. */
const rowsOf = (seed: number): FlatMultiVector => randomRows(random(seed), 1 + (seed % 7), DIM)

/**
 * Calls `use` with copies of rows, and overwrites them and `arrays` afterwards: a call must not read its arguments after it
 * has returned.
 */
function withSpoiled<T>(
  rows: readonly FlatMultiVector[],
  use: (copies: FlatMultiVector[]) => T,
  ...arrays: readonly (unknown[] | undefined)[]
): T {
  const copies = rows.map(({ data, dim }) => ({ data: data.slice(), dim }))
  try {
    return use(copies)
  } finally {
    for (const { data } of copies) data.fill(Number.NaN)
    for (const array of [copies, ...arrays]) array?.fill(Number.NaN as never)
  }
}

/** A command that is always possible. */
type Command = fc.AsyncCommand<object, Run>
const command = (name: string, run: (state: Run) => void | Promise<void>): Command => ({
  check: () => true,
  run: async (_, state) => run(state),
  toString: () => name,
})

interface CorpusCall {
  readonly at: number
  readonly abort: Abort
}

/** A command that calls a method of a corpus. */
function corpusCommand(
  text: string,
  { at, abort }: CorpusCall,
  call: (side: Side<AnyCorpus>, signal: AbortSignal | undefined) => unknown,
  isAddition = false,
): Command {
  return command(`${text} on ${at}${abort === 'never' ? '' : `, aborted ${abort}`}`, run => {
    const { one, many } = run.corpora[at % run.corpora.length]!
    const name = `${text} on corpus ${at % run.corpora.length}`
    log(
      run,
      { name, isAddition, abort },
      signal => call(many, signal),
      () => call(one, undefined),
    )
  })
}

/** Options with a signal, which the single-threaded scorer does not take. */
const withSignal = <T extends object>(options: T, signal: AbortSignal | undefined) =>
  signal ? { ...options, signal } : options

const seeds = fc.integer({ min: 0, max: 30 })
const corpusCalls: fc.Arbitrary<CorpusCall> = fc.record({
  at: fc.nat({ max: 3 }),
  abort: fc.oneof({ weight: 6, arbitrary: fc.constant('never' as const) }, fc.constantFrom(...aborts)),
})

const rankOptions = fc.record(
  {
    limit: fc.integer({ min: 1, max: 12 }),
    subset: fc.array(fc.nat({ max: 9 }), { maxLength: 6 }),
    weighted: fc.constant(true),
    /** The `oversampling` of a ranking by original rows. */
    originals: fc.constantFrom(undefined, 1, 1.5, 3),
  },
  { requiredKeys: [] },
)
type RankChoices = typeof rankOptions extends fc.Arbitrary<infer T> ? T : never

/** The options of a ranking for these queries, each valid by itself: which of two errors is reported does not matter. */
function optionsFor(
  { corpus, documents }: Side<AnyCorpus>,
  choices: RankChoices,
  queries: readonly FlatMultiVector[],
) {
  const { weighted, ...options } = choices
  const isWeighted = weighted && !METRICS[corpus.metric].ascending
  const weights = queries.map(({ data }) => Array.from({ length: data.length / DIM }, (_, i) => i - 1.5))
  return {
    limit: options.limit,
    subset: options.subset?.slice(),
    ...('originals' in choices &&
      corpus.dtype !== 'f32' && {
        originals: (index: number) => documents.get(index)!,
        oversampling: choices.originals,
      }),
    weights: isWeighted ? weights : undefined,
  }
}

/** Adds a document to a side, and remembers it for `originals`. */
async function add({ corpus, documents }: Side<AnyCorpus>, rows: FlatMultiVector, signal?: AbortSignal) {
  const index = await withSpoiled([rows], ([copy]) => corpus.add(copy!, withSignal({}, signal)))
  documents.set(index, rows)
  return index
}

const configs = METRIC_NAMES.flatMap(metric => [
  { metric, dtype: 'f32' as const },
  ...dtypesFor(metric).map(dtype => ({ metric, dtype })),
])
const opening = fc.constantFrom(...configs).map(config =>
  command(`open ${JSON.stringify(config)}`, run => {
    openCorpus(run, config)
  }),
)

function openCorpus({ one, many, corpora }: Run, config: Omit<CorpusConfig, 'dim'>): void {
  const side = <C extends AnyCorpus>(scorer: { corpus(config: CorpusConfig): C }): Side<C> => ({
    corpus: scorer.corpus({ ...config, dim: DIM }),
    documents: new Map(),
  })
  corpora.push({ one: side<Corpus>(one), many: side<ThreadedCorpus>(many) })
}

const addition = fc
  .tuple(corpusCalls, seeds)
  .map(([on, seed]) =>
    corpusCommand(`add(${seed})`, on, (side, signal) => add(side, rowsOf(seed), signal), true),
  )

const additions = fc.tuple(corpusCalls, fc.integer({ min: 2, max: 30 }), seeds).map(([{ at }, count, seed]) =>
  command(`add ${count} documents from ${seed} on corpus ${at}`, run => {
    const { one, many } = run.corpora[at % run.corpora.length]!
    for (let i = seed; i < seed + count; i++) {
      const name = `add(${i}) on corpus ${at % run.corpora.length}`
      const adding = { name, isAddition: true, abort: 'never' } as const
      log(
        run,
        adding,
        () => add(many, rowsOf(i)),
        () => add(one, rowsOf(i)),
      )
    }
  }),
)

const refusedAddition = corpusCalls.map(on =>
  corpusCommand('add NaN', on, side => add(side, { data: new Float32Array(DIM).fill(Number.NaN), dim: DIM })),
)

const ranking = fc.tuple(corpusCalls, seeds, rankOptions).map(([on, seed, choices]) =>
  corpusCommand(`rank(${seed}, ${JSON.stringify(choices)})`, on, (side, signal) => {
    const query = rowsOf(seed)
    const { weights, ...options } = optionsFor(side, choices, [query])
    const all = withSignal({ ...options, weights: weights?.[0] }, signal)
    return withSpoiled([query], ([copy]) => side.corpus.rank(copy!, all), options.subset, all.weights)
  }),
)

const batch = fc
  .tuple(corpusCalls, fc.array(seeds, { maxLength: 5 }), rankOptions)
  .map(([on, querySeeds, choices]) =>
    corpusCommand(`rankBatch([${querySeeds}], ${JSON.stringify(choices)})`, on, (side, signal) => {
      const queries = querySeeds.map(rowsOf)
      const options = withSignal(optionsFor(side, choices, queries), signal)
      const { subset, weights = [] } = options
      return withSpoiled(
        queries,
        copies => side.corpus.rankBatch(copies, options),
        subset,
        weights,
        ...weights,
      )
    }),
  )

const scores = fc
  .tuple(corpusCalls, seeds)
  .map(([on, seed]) =>
    corpusCommand(`scores(${seed})`, on, ({ corpus }, signal) =>
      withSpoiled([rowsOf(seed)], ([query]) => corpus.scores(query!, withSignal({}, signal))),
    ),
  )

const explanation = fc.tuple(corpusCalls, seeds, fc.nat({ max: 12 })).map(([on, seed, index]) =>
  corpusCommand(`explain(${seed}, ${index})`, on, async ({ corpus }, signal) => {
    const explained = withSpoiled([rowsOf(seed)], ([query]) =>
      corpus.explain(query!, index, withSignal({}, signal)),
    )
    const { score, matches, matrix } = await explained
    return { score, matches, matrix: matrix() }
  }),
)

const list = fc
  .record({
    abort: fc.constantFrom(...aborts),
    query: seeds,
    documents: fc.array(seeds, { maxLength: 40 }),
    options: fc.record({
      metric: fc.constantFrom<Metric>(...METRIC_NAMES),
      limit: fc.integer({ min: 1, max: 9 }),
    }),
  })
  .map(({ abort, query, documents, options }) =>
    command(`rank(${query}, [${documents}], ${JSON.stringify(options)}), aborted ${abort}`, run => {
      const rank = (scorer: AnyScorer, signal?: AbortSignal) =>
        withSpoiled([query, ...documents].map(rowsOf), ([first, ...rest]) =>
          scorer.rank(first!, rest, withSignal(options, signal)),
        )
      log(
        run,
        { name: 'rank of a list', abort },
        signal => rank(run.many, signal),
        () => rank(run.one),
      )
    }),
  )

const score = fc.tuple(seeds, seeds).map(([query, document]) =>
  command(`score(${query}, ${document})`, run => {
    const call = (scorer: AnyScorer) =>
      withSpoiled([rowsOf(query), rowsOf(document)], ([a, b]) => scorer.score(a!, b!))
    log(
      run,
      { name: 'score', abort: 'never' },
      () => call(run.many),
      () => call(run.one),
    )
  }),
)

const abort = fc.constant(
  command('abort the calls that are aborted later', async run => {
    // after all callbacks of settled calls
    await new Promise(resolve => setImmediate(resolve))
    for (const call of run.log) {
      if (call.signal === run.controller.signal) call.wasAborted ||= !call.isSettled
    }
    run.controller.abort(reason)
    run.controller = new AbortController()
  }),
)

const pause = fc.constant(command('pause', () => new Promise(resolve => setTimeout(resolve, 1))))
const settle = fc.constant(command('wait for all calls', replayLog))

const disposal = fc.nat({ max: 3 }).map(at =>
  command(`dispose of corpus ${at}`, run => {
    const { one, many } = run.corpora[at % run.corpora.length]!
    const name = `dispose() of corpus ${at % run.corpora.length}`
    log(
      run,
      { name, abort: 'never' },
      () => many.corpus.dispose(),
      () => one.corpus.dispose(),
    )
  }),
)

const weighted = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary })
const commands = fc.oneof(
  weighted(2, opening),
  weighted(6, addition),
  weighted(4, additions),
  weighted(1, refusedAddition),
  weighted(6, ranking),
  weighted(3, batch),
  weighted(2, scores),
  weighted(2, explanation),
  weighted(2, list),
  weighted(1, score),
  weighted(3, abort),
  weighted(1, pause),
  weighted(2, settle),
  weighted(1, disposal),
)

/** How full the memories of the threads are, which decides whether documents are added at the same time. */
export const MEMORIES = [
  { name: 'with large memories', maxBytes: undefined },
  // 7/8 of a memory less 32 MiB is for documents that are not awaited: 4 KiB
  { name: 'with memories that are nearly full', maxBytes: Math.round(((2 ** 25 + 4096) * 8) / 7) },
  { name: 'with documents that are added one at a time', maxBytes: 2 ** 22 },
]

/**
 * Runs random sequences of calls on a scorer with two threads and on one thread. Fails at the first difference, with the
 * smallest sequence that shows it, and the seed and the path that repeat it.
 *
 * @param maxBytes the memory of each thread, see `MEMORIES`
 */
export async function checkSequences({
  maxBytes,
  ...parameters
}: {
  maxBytes?: number | undefined
  seed: number
  numRuns: number
  path?: string
}): Promise<void> {
  const one = await createScorer()
  let many = await createScorer({ threads: 2, maxBytes })
  const run = async (config: Omit<CorpusConfig, 'dim'>, sequence: Iterable<Command>) => {
    const state: Run = { one, many, corpora: [], log: [], controller: new AbortController() }
    openCorpus(state, config)
    try {
      await fc.asyncModelRun(() => ({ model: {}, real: state }), sequence)
      await replayLog(state)
    } catch (error) {
      // calls may still be waiting
      await many.dispose()
      many = await createScorer({ threads: 2, maxBytes })
      throw error
    } finally {
      for (const corpora of state.corpora) {
        corpora.one.corpus.dispose()
        await corpora.many.corpus.dispose()
      }
    }
  }
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...configs),
        fc.commands([commands], { maxCommands: 40, size: 'max' }),
        run,
      ),
      // ends the search for a smaller sequence, which is slow if a call never settles
      { ...parameters, interruptAfterTimeLimit: 20_000 + 20 * parameters.numRuns },
    )
  } finally {
    one.dispose()
    await many.dispose()
  }
}
