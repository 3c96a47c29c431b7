// How fast this machine scores: seeded documents through the kernel, for each dtype, and the queries of a store with its
// vectors in memory and read from the disk. Results are checked before they are timed. A quick look, not a benchmark: the
// median of some rounds on a machine that may be busy.

import { DTYPES, type Dtype } from '../core/dtype.js'
import type { MultiVector } from '../core/multivector.js'
import { createLocalScorer, type Scorer } from '../core/scorer.js'
import { sampleQueries } from '../qdrant/verify/sample-queries.js'
import { openStore, type StoreInfo } from '../store/index.js'

export interface RateOptions {
  readonly signal?: AbortSignal | undefined
  /** How long each measurement may take; left out: 500. */
  readonly milliseconds?: number | undefined
  /** Called before each measurement with what it is. */
  readonly onStage?: ((stage: string) => void) | undefined
}

/** How fast one dtype is scored. */
export interface KernelRate {
  readonly dtype: Dtype
  /** Documents of 64 rows in a second, by a query of 32 rows, all of 128 numbers. */
  readonly documents: number
  /** Multiplications and additions in a second: two for each product. */
  readonly operations: number
  /** Bytes of a document. */
  readonly bytes: number
}

const [DIM, QUERY_ROWS, ROWS, DOCUMENTS] = [128, 32, 64, 400]
/** Documents of which the plain kernel computes the scores too. */
const CHECKED = 8

/** Numbers that are the same in every run: mulberry32. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

function rowsOf(next: () => number, rows: number): { readonly data: Float32Array; readonly dim: number } {
  const data = Float32Array.from({ length: rows * DIM }, () => next() + next() + next() - 1.5)
  for (let first = 0; first < data.length; first += DIM) {
    const row = data.subarray(first, first + DIM)
    const length = Math.hypot(...row)
    for (let k = 0; k < DIM; k++) row[k] = row[k]! / length
  }
  return { data, dim: DIM }
}

/**
 * Scores seeded documents with each dtype, and gives the median rate.
 *
 * @throws Error if the kernel's scores are not those of the plain one
 */
export async function measureKernel(
  options: RateOptions = {},
): Promise<{ kernel: Scorer['kernel']; rates: KernelRate[] }> {
  const { signal, milliseconds = 500, onStage } = options
  const next = seeded(1)
  const query = rowsOf(next, QUERY_ROWS)
  const documents = Array.from({ length: DOCUMENTS }, () => rowsOf(next, ROWS))
  const scorer = await createLocalScorer()
  const plain = await createLocalScorer({ kernel: 'reference' })
  try {
    const rates: KernelRate[] = []
    for (const dtype of Object.keys(DTYPES) as Dtype[]) {
      signal?.throwIfAborted()
      onStage?.(`scoring ${dtype}`)
      const corpus = scorer.corpus({ dim: DIM, dtype })
      const copy = plain.corpus({ dim: DIM, dtype })
      for (const document of documents) corpus.add(document)
      for (const document of documents.slice(0, CHECKED)) copy.add(document)
      const scores = corpus.scores(query)
      for (const [index, score] of copy.scores(query).entries()) {
        // sums of 128 products of unit rows, 32 of them
        const apart = Math.abs(score - scores[index]!)
        if (!(apart <= 1e-3))
          throw new Error(`${dtype}: document ${index} has the score ${scores[index]}, expected ${score}`)
      }
      const seconds = medianSeconds(() => corpus.scores(query), milliseconds)
      const products = DOCUMENTS * ROWS * QUERY_ROWS * DIM
      const bytes = Math.round(corpus.byteLength / DOCUMENTS)
      rates.push({ dtype, documents: DOCUMENTS / seconds, operations: (2 * products) / seconds, bytes })
      corpus.dispose()
      copy.dispose()
      await Promise.resolve()
    }
    return { kernel: scorer.kernel, rates }
  } finally {
    scorer.dispose()
    plain.dispose()
  }
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

const median = (samples: readonly number[]) =>
  [...samples].sort((a, b) => a - b)[Math.floor(samples.length / 2)]!

/** How fast a store answers. */
export interface StoreRate {
  /** `memory`: vectors are kept; `disk`: each query reads what memory has no room for. */
  readonly from: 'memory' | 'disk'
  /** Seconds of one query: the first after opening, and the median of those after it. */
  readonly first: number
  readonly median: number
  /** Points in a second, by the median. */
  readonly points: number
  /** Bytes of vectors in a second, by the median. */
  readonly bytes: number
  readonly queries: number
}

/** What memory a store gets that is to read from the disk. */
const LITTLE = '16 MB'

/** Asks a store some of its own documents, with memory for all of its vectors and with little. */
export async function measureStore(
  path: string,
  options: RateOptions & { readonly using?: string | undefined } = {},
): Promise<{ readonly info: StoreInfo; readonly rates: StoreRate[] }> {
  const { signal, milliseconds = 1000, onStage, using } = options
  const rates: StoreRate[] = []
  let told: StoreInfo | undefined
  for (const [from, memory] of [
    ['memory', '3 GB'],
    ['disk', LITTLE],
  ] as const) {
    onStage?.(`asking from ${from}`)
    const store = await openStore(path, { readOnly: true, memory })
    try {
      const info = await store.info()
      if (info.points === 0) throw new RangeError(`the store at "${path}" is empty`)
      told ??= info
      const sampled = await sampleQueries(store, 8, { using, signal })
      const queries: MultiVector[] = sampled.map(({ vector }) => vector)
      const samples: number[] = []
      const end = performance.now() + milliseconds
      for (let round = 0; round < 3 || performance.now() < end; round++) {
        const started = performance.now()
        await store.query(queries[round % queries.length]!, { using, limit: 10, signal })
        samples.push((performance.now() - started) / 1000)
      }
      const seconds = median(samples.slice(1))
      const { bytes } = Object.values(info.vectors)[0]!
      rates.push({
        from,
        first: samples[0]!,
        median: seconds,
        points: info.points / seconds,
        bytes: bytes / seconds,
        queries: samples.length,
      })
    } finally {
      await store.close()
    }
  }
  return { info: told!, rates }
}
