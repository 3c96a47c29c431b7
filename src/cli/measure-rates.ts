// Measures how fast this machine scores generated documents of each dtype, and how fast a store answers with its vectors
// in memory and on disk. Results are checked before they are timed. The figures are medians of a second or less on a
// machine that may be busy: a quick look, not a benchmark.

import { setImmediate } from 'node:timers/promises'
import { median } from '../base/median.js'
import { createRandomBits } from '../base/random-bits.js'
import { chooseField, vectorFieldsOf } from '../collection/vector-fields.js'
import { DTYPES, type Dtype } from '../core/dtype.js'
import type { FlatMultiVector, MultiVector } from '../core/multivector.js'
import { createLocalScorer, type Scorer } from '../core/scorer.js'
import { sampleQueries } from '../qdrant/index.js'
import { openStore, type Store, type StoreInfo } from '../store/index.js'

export interface RateOptions {
  readonly signal?: AbortSignal | undefined
  /** Time for each measurement. Default: 500 for a dtype, 1000 for a store. At least 3 rounds are run. */
  readonly milliseconds?: number | undefined
  /** Called before each measurement with its name. */
  readonly onPhase?: ((phase: string) => void) | undefined
}

/** Scoring rate of one dtype. */
export interface KernelRate {
  readonly dtype: Dtype
  /** Documents per second, of 64 rows x 128 with a query of 32 rows. */
  readonly documents: number
  /** Floating-point operations per second: a multiplication and an addition for each product. */
  readonly operations: number
  /** Bytes of a document. */
  readonly bytes: number
}

const [DIM, QUERY_ROWS, ROWS, DOCUMENTS] = [128, 32, 64, 400]
/** Documents whose scores are compared with the plain kernel. */
const CHECKED_DOCUMENTS = 8

/** Pseudo-random numbers from 0 to 1, the same in every run. */
function createRandom(seed: number): () => number {
  const nextBits = createRandomBits(seed)
  return () => nextBits() / 2 ** 32
}

/** Random rows of length 1. */
function createRows(random: () => number, rows: number): FlatMultiVector & { readonly data: Float32Array } {
  const data = Float32Array.from({ length: rows * DIM }, () => random() + random() + random() - 1.5)
  for (let first = 0; first < data.length; first += DIM) {
    const row = data.subarray(first, first + DIM)
    const length = Math.hypot(...row)
    for (let k = 0; k < DIM; k++) row[k] = row[k]! / length
  }
  return { data, dim: DIM }
}

/**
 * The median scoring rate of each dtype.
 *
 * @throws Error if a score differs from the plain kernel's
 */
export async function measureKernel(
  options: RateOptions = {},
): Promise<{ kernel: Scorer['kernel']; rates: KernelRate[] }> {
  const { signal, milliseconds = 500, onPhase } = options
  const random = createRandom(1)
  const query = createRows(random, QUERY_ROWS)
  const documents = Array.from({ length: DOCUMENTS }, () => createRows(random, ROWS))
  const scorer = await createLocalScorer()
  const plain = await createLocalScorer({ kernel: 'reference' })
  try {
    const rates: KernelRate[] = []
    for (const dtype of Object.keys(DTYPES) as Dtype[]) {
      signal?.throwIfAborted()
      onPhase?.(`scoring ${dtype}`)
      const corpus = scorer.corpus({ dim: DIM, dtype })
      for (const document of documents) corpus.add(document)
      checkScores(corpus.scores(query), plain, dtype, query, documents)
      const seconds = medianSeconds(() => corpus.scores(query), milliseconds)
      const products = DOCUMENTS * ROWS * QUERY_ROWS * DIM
      const bytes = Math.round(corpus.byteLength / DOCUMENTS)
      rates.push({ dtype, documents: DOCUMENTS / seconds, operations: (2 * products) / seconds, bytes })
      corpus.dispose()
      // lets ctrl-C through
      await setImmediate()
    }
    return { kernel: scorer.kernel, rates }
  } finally {
    scorer.dispose()
    plain.dispose()
  }
}

function checkScores(
  scores: ArrayLike<number>,
  plain: Scorer,
  dtype: Dtype,
  query: MultiVector,
  documents: readonly MultiVector[],
): void {
  const corpus = plain.corpus({ dim: DIM, dtype })
  for (const document of documents.slice(0, CHECKED_DOCUMENTS)) corpus.add(document)
  for (const [index, expected] of corpus.scores(query).entries()) {
    // 32 sums of 128 products of unit rows; rounding stays far below this
    if (!(Math.abs(expected - scores[index]!) <= 1e-3)) {
      throw new Error(`${dtype}: the score of document ${index} expected ${expected}, got ${scores[index]}`)
    }
  }
  corpus.dispose()
}

function medianSeconds(run: () => unknown, milliseconds: number): number {
  const samples: number[] = []
  const end = performance.now() + milliseconds
  for (let round = 0; round < 3 || performance.now() < end; round++) {
    const started = performance.now()
    run()
    samples.push((performance.now() - started) / 1000)
  }
  return median(samples.slice(1))
}

/** Query rate of a store. */
export interface StoreRate {
  /** `memory`: vectors stay in memory; `disk`: each query reads the vectors that exceed a small budget. */
  readonly from: 'memory' | 'disk'
  /** Seconds of the first query after opening. */
  readonly first: number
  /** Median seconds of the following queries. */
  readonly median: number
  /** Points per second, from the median. */
  readonly points: number
  /** Bytes of vectors per second, from the median. */
  readonly bytes: number
  readonly queries: number
}

/** Memory budget of each measurement. */
const BUDGETS = [
  ['memory', '3 GB'],
  ['disk', '16 MB'],
] as const

/**
 * Queries a store with some of its documents, with a large and with a small memory budget.
 *
 * @param path the folder of the store
 * @throws RangeError if the store is empty
 */
export async function measureStore(
  path: string,
  options: RateOptions & { readonly using?: string | undefined } = {},
): Promise<{ readonly info: StoreInfo; readonly rates: StoreRate[] }> {
  const { signal, milliseconds = 1000, onPhase, using } = options
  const rates: StoreRate[] = []
  let firstInfo: StoreInfo | undefined
  for (const [from, memory] of BUDGETS) {
    onPhase?.(`searching from ${from}`)
    const store = await openStore(path, { readOnly: true, memory })
    try {
      const info = await store.info()
      if (info.points === 0) throw new RangeError(`the store at "${path}" is empty`)
      firstInfo ??= info
      const seconds = await timeQueries(store, using, milliseconds, signal)
      const typical = median(seconds.slice(1))
      const { name } = chooseField(vectorFieldsOf(store.config.vectors), using)
      const { bytes } = info.vectors[name]!
      rates.push({
        from,
        first: seconds[0]!,
        median: typical,
        points: info.points / typical,
        bytes: bytes / typical,
        queries: seconds.length,
      })
    } finally {
      await store.close()
    }
  }
  return { info: firstInfo!, rates }
}

/** The seconds of each query, in order. */
async function timeQueries(
  store: Store,
  using: string | undefined,
  milliseconds: number,
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const queries = await sampleQueries(store, 8, { using, signal })
  const seconds: number[] = []
  const end = performance.now() + milliseconds
  for (let round = 0; round < 3 || performance.now() < end; round++) {
    const { vector } = queries[round % queries.length]!
    const started = performance.now()
    await store.query(vector, { using, limit: 10, signal })
    seconds.push((performance.now() - started) / 1000)
    // lets ctrl-C through
    await setImmediate()
  }
  return seconds
}
