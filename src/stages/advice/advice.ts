// Advice on the first stage of a collection, measured on its own rows: the types, and the call. The rest is loaded late.

import { checkCallback, checkKnownOptions, wholeNumber } from '../../base/check-options.js'
import { typeName } from '../../base/type-name.js'
import type { CallProgress, PointId, ReadableCollection } from '../../collection/collection.js'
import { type Field, fieldIn } from '../../collection/vector-fields.js'
import type { MultiVector } from '../../core/multivector.js'

/** A query: rows, or rows that come from a document, such as those of `sampleQueries`, which is then left out. */
export type AdviceQuery = MultiVector | { readonly id?: PointId | undefined; readonly vector: MultiVector }

/** The options of `advise`. */
export interface AdviseOptions {
  /** Name of the multi-vector. Default: the only one. */
  readonly using?: string | undefined
  /** The recall@10 that the first stage has to reach, from 0.5 to 1. Default: 0.95. */
  readonly recall?: number | undefined
  /**
   * Candidates of the first stage, at least 10. Default: 200; or 500, 1,000 or 2,000, at most a tenth of the documents, if no
   * stage reaches the recall with fewer, or if one then takes at most half of the time.
   */
  readonly candidates?: number | undefined
  /** Documents that are drawn from the whole collection, at least 100. Default: 5,000. */
  readonly sample?: number | undefined
  /**
   * Time that a query may take, in milliseconds: if exact search takes at most as long, no first stage is needed. Default: 50,
   * and any time for at most 10,000 rows.
   */
  readonly milliseconds?: number | undefined
  /** Seed of what is drawn at random. Default: 1. */
  readonly seed?: number | undefined
  /** Cancels the call, which rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Called after each query and after each document that was read or encoded for a stage, some at a time. */
  readonly onProgress?: ((progress: CallProgress) => void) | undefined
}

/** A first stage, measured. */
export interface StageAdvice {
  /** The preset of `maxsimd/stages`, or `exact` for none. */
  readonly stage: 'exact' | 'meanFirst' | 'pooledFirst' | 'muveraFirst' | 'lemurFirst'
  readonly datatype: 'float32' | 'i8'
  /** Elements in each row of the first stage. */
  readonly size: number
  /** The share of the ten best documents of exact search that are among the candidates: the mean over the queries. */
  readonly recall: number
  /** The mean lies between `low` and `high` for 95 % of all sets of queries like these. */
  readonly low: number
  readonly high: number
  /** A query's time in this process: a scan of all documents' first stage, and exact scores of the candidates. */
  readonly milliseconds: number
  /** Bytes of the first stage for a document. */
  readonly bytes: number
}

/** What `advise` found. */
export interface Advice {
  readonly documents: number
  readonly queries: number
  /** The number of candidates that the figures are for. */
  readonly candidates: number
  /** The recall that was required. */
  readonly target: number
  /** `exact` first, then the stages. */
  readonly stages: readonly StageAdvice[]
  /**
   * The fastest stage that reaches the target, also at the low end of its interval; `exact` if that is fast enough, see the
   * option `milliseconds`. Without such a stage it is the one with the best recall.
   */
  readonly recommended: StageAdvice
  /** Whether `recommended` reaches the target. If not, try more candidates. */
  readonly reaches: boolean
  /** The program lines that configure it. Empty for `exact`. */
  readonly config: string
}

/** The checked options. */
export interface AdviceSettings {
  readonly field: Field
  readonly recall: number
  /** The numbers of candidates to try, ascending. */
  readonly candidates: readonly [number, ...number[]]
  readonly sample: number
  readonly milliseconds: number | undefined
  readonly seed: number
  readonly signal: AbortSignal | undefined
  readonly onProgress: AdviseOptions['onProgress']
}

/** The numbers of candidates that are tried by default. */
const CANDIDATES = [200, 500, 1000, 2000] as const

const ADVISE_NAMES: readonly (keyof AdviseOptions)[] = [
  'using',
  'recall',
  'candidates',
  'sample',
  'milliseconds',
  'seed',
  'signal',
  'onProgress',
]

/**
 * Measures first stages on a collection: how many of the ten best documents of exact search each finds among its
 * candidates, how long it takes, and how many bytes it has. Nothing is written.
 *
 * Each query is searched exactly in the whole collection. The rank of these documents in a first stage is estimated from
 * a random sample of all documents: a document that is behind 3 of 5,000 is behind about 60 of 100,000. So the recall
 * holds for the whole collection. Takes about a minute.
 *
 * @throws TypeError or RangeError if the vector is not a multi-vector with Dot or Cosine, if the collection has fewer than
 * 100 documents, if `queries` is empty, or if an option is invalid
 *
 * @example
 * import { advise } from 'maxsimd/stages'
 * import { createStore } from 'maxsimd/store'
 *
 * const row = i => [Math.cos(i), Math.sin(i)]
 * const store = await createStore({ vectors: { colbert: { size: 2, distance: 'Dot' } } })
 * await store.upsert(Array.from({ length: 200 }, (_, id) => ({ id, vector: { colbert: [row(id), row(2 * id)] } })))
 * const advice = await advise(store, [[row(3)], [row(8), row(9)]], { candidates: 50 })
 * advice.recommended.stage // 'exact'
 * advice.stages.length > 4 // true
 * await store.close()
 */
export async function advise(
  collection: ReadableCollection,
  queries: readonly AdviceQuery[],
  options: AdviseOptions = {},
): Promise<Advice> {
  checkKnownOptions(options, ADVISE_NAMES, 'advise')
  const { recall = 0.95, signal, onProgress } = options
  if (typeof recall !== 'number') throw new TypeError(`"recall" expected a number, got ${typeName(recall)}`)
  if (!(recall >= 0.5 && recall <= 1)) {
    throw new RangeError(`"recall" expected a number from 0.5 to 1, got ${recall}`)
  }
  const { milliseconds } = options
  if (milliseconds !== undefined && typeof milliseconds !== 'number') {
    throw new TypeError(`"milliseconds" expected a number, got ${typeName(milliseconds)}`)
  }
  if (milliseconds !== undefined && !(milliseconds >= 0 && milliseconds < Infinity)) {
    throw new RangeError(`"milliseconds" expected a number of at least 0, got ${milliseconds}`)
  }
  checkCallback(onProgress, 'onProgress')
  if (!Array.isArray(queries)) throw new TypeError(`"queries" expected an array, got ${typeName(queries)}`)
  if (queries.length === 0) {
    throw new RangeError('"queries" expected at least one query, got none; a hundred give a narrow interval')
  }
  const field = fieldIn(collection, options.using)
  if (!field.multi || (field.distance !== 'Dot' && field.distance !== 'Cosine')) {
    const got = field.multi ? field.distance : 'a vector of one row'
    throw new RangeError(
      `"${field.name}" expected a multi-vector with the distance Dot or Cosine, got ${got}`,
    )
  }
  const settings: AdviceSettings = {
    ...{ field, recall, milliseconds, signal, onProgress },
    candidates:
      options.candidates === undefined ? CANDIDATES : [wholeNumber(options.candidates, 'candidates', 10)],
    sample: wholeNumber(options.sample ?? 5000, 'sample', 100),
    seed: wholeNumber(options.seed ?? 1, 'seed', 0, Number.MAX_SAFE_INTEGER),
  }
  const { measureStages } = await import('../lemur/engine.js')
  return measureStages(collection, queries, settings)
}
