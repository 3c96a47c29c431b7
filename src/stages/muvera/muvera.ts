// MUVERA (Dhulipala et al. 2024): encodes a multi-vector as one vector, whose dot product with the encoding of a query
// approximates MaxSim. The numbers equal those of FastEmbed's `Muvera`, so Python can search what was stored from here,
// and the other way round. The method is in encoding.ts, its random tables are in projections.ts.

import { checkKnownOptions, wholeNumber } from '../../base/check-options.js'
import { typeName } from '../../base/type-name.js'
import { checkDim, copyRows, type MultiVector } from '../../core/multivector.js'
import { encodeDocument, encodeQuery, encodingSize } from './encoding.js'
import { drawProjections } from './projections.js'

/** The parameters of `createMuvera`. They are FastEmbed's, with names in camelCase. */
export interface MuveraConfig {
  /** Elements in each row. FastEmbed: `dim`. */
  readonly dim: number
  /**
   * Random planes in each repetition, from 1 to 16. They split the space into 2^kSim partitions. FastEmbed: `k_sim`.
   * Default: 5.
   */
  readonly kSim?: number | undefined
  /** Elements to which the centre of a partition is projected, from 1 to `dim`. FastEmbed: `dim_proj`. Default: 16. */
  readonly dimProj?: number | undefined
  /** Repetitions, each with its own planes, from 1 to 1,000. FastEmbed: `r_reps`. Default: 20. */
  readonly rReps?: number | undefined
  /**
   * Seed of the random planes and signs, an integer from 0 to 2^53 - 1. Only encodings with the same seed can be
   * compared. FastEmbed: `random_seed`. Default: 42.
   */
  readonly seed?: number | undefined
  /**
   * The mean row of the corpus, `dim` numbers: it is subtracted from a row before the planes assign the row to a partition, so
   * that rows which all point the same way are divided evenly. The rows that are summed stay as they are. Queries and
   * documents need the same centre. FastEmbed has no such option. Default: no centre.
   */
  readonly centre?: ArrayLike<number> | undefined
}

/** Encodes multi-vectors as single vectors. Compare the encodings by dot product. */
export interface Muvera {
  /** Elements in an encoding: rReps x 2^kSim x dimProj, which is 10,240 with the defaults. */
  readonly size: number
  /**
   * Encodes a query. Returns a new array of `size` elements.
   *
   * @throws TypeError or RangeError if `rows` is not a multi-vector with rows of `dim` finite numbers
   */
  query(rows: MultiVector): Float32Array
  /**
   * Encodes a document, for storage. Returns a new array of `size` elements.
   *
   * @throws TypeError or RangeError if `rows` is not a multi-vector with rows of `dim` finite numbers
   */
  document(rows: MultiVector): Float32Array
}

/** The names of the options of `createMuvera`. */
const CONFIG_NAMES: readonly (keyof MuveraConfig)[] = ['dim', 'kSim', 'dimProj', 'rReps', 'seed', 'centre']

/**
 * Creates an encoder of multi-vectors into single vectors.
 *
 * Encodings equal those of FastEmbed's `process_query` and `process_document`: planes and signs are drawn as NumPy's
 * `default_rng(seed)` draws them, and each element differs by at most (rows + dim) · 2⁻⁵² of the sum of its terms'
 * magnitudes, before it is rounded to f32.
 *
 * The planes and signs take 8 x rReps x dim x (kSim + dimProj) bytes. Drawing them takes about 20 ms with the defaults.
 *
 * @throws TypeError or RangeError if a parameter is missing, unknown or out of range; the message names it
 *
 * @example
 * import { createMuvera } from 'maxsimd/muvera'
 *
 * const muvera = createMuvera({ dim: 2, kSim: 3, dimProj: 2, rReps: 40 })
 * muvera.size // 640
 * const query = muvera.query([[1, 0]])
 * const near = muvera.document([[0.8, 0.6], [1, 0]])
 * const far = muvera.document([[-0.6, 0.8]])
 * const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0)
 * dot(query, near) > dot(query, far) // true
 */
export function createMuvera(config: MuveraConfig): Muvera {
  checkKnownOptions(config, CONFIG_NAMES, 'createMuvera', 'config')
  const dim = checkDim(config.dim, 'dim')
  const projections = drawProjections({
    dim,
    planeCount: wholeNumber(config.kSim ?? 5, 'kSim', 1, 16),
    projectedDim: wholeNumber(config.dimProj ?? 16, 'dimProj', 1, dim),
    repetitions: wholeNumber(config.rReps ?? 20, 'rReps', 1, 1_000),
    seed: wholeNumber(config.seed ?? 42, 'seed', 0, Number.MAX_SAFE_INTEGER),
    centre: config.centre === undefined ? undefined : centreOf(config.centre, dim),
  })
  return {
    size: encodingSize(projections),
    query: rows => encodeQuery(projections, copyRows(rows, 'query', dim).data),
    document: rows => encodeDocument(projections, copyRows(rows, 'document', dim).data),
  }
}

/** The centre, checked and copied. */
function centreOf(centre: ArrayLike<number>, dim: number): Float64Array {
  if (typeof centre !== 'object' || centre === null || typeof centre.length !== 'number') {
    throw new TypeError(
      `"centre" expected ${dim} numbers, the mean row of the corpus, got ${typeName(centre)}`,
    )
  }
  if (centre.length !== dim) {
    throw new RangeError(`"centre" expected ${dim} numbers, the mean row of the corpus, got ${centre.length}`)
  }
  const numbers = Float64Array.from(centre)
  const wrong = numbers.findIndex(value => !Number.isFinite(value))
  if (wrong < 0) return numbers
  throw new RangeError(`"centre[${wrong}]" expected a finite number, got ${numbers[wrong]}`)
}
