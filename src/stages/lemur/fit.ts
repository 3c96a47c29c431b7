// Fits a LEMUR map to sample documents. docs/scale.md has the method in words.
//
//   rows       drawn from all different rows: sample rows y_i, which stand for the rows of queries, and the rows for the
//              anchors. With static vectors ten words are more than a quarter of all rows; if each of them were drawn as
//              often as it occurs, the fit would be one to these words, which queries are not about
//   features   z(y)   = whiten · k(y)        whiten = inverse Cholesky factor of the anchors' own kernel matrix
//              psi(y) = decorrelate · z(y)   decorrelate = inverse Cholesky factor of the mean of z zᵀ over the sample rows
//   scales     of a thousand documents' vectors: the mean, and the standard deviation of each element
//   error      of predictions for rows and documents of the sample, for the measure of drift

import type { MultiVector } from '../../core/multivector.js'
import type { Kernel } from '../../kernel/kernel.js'
import { createPcg64 } from '../muvera/pcg64.js'
import { factorize, invertLower, multiplyLower } from './cholesky.js'
import { drawNumbers } from './draw-numbers.js'
import { chooseAnchors, copyUnitRows, countRows, findDistinctRows } from './draw-rows.js'
import { measureError } from './drift.js'
import { createFeatures, createMatrix, type FeatureParts, kernelFunction, transpose } from './features.js'
import { createMap, type LemurMap, type LemurParts } from './lemur-map.js'

/** The settings of a fit, with their defaults. */
export interface FitSettings {
  readonly dim: number
  readonly metric: 'dot' | 'cosine'
  readonly size: number
  readonly samples: number
  /** The different rows that a fit of this size needs. */
  readonly leastSamples: number
  readonly seed: number
  /** Called between steps with the share that is done. Rejects to stop. */
  pause(done: number): Promise<void>
}

/** Added to the diagonal of the anchors' kernel matrix, whose diagonal is 1, so that near duplicates do no harm. */
const JITTER = 1e-4
/** Added to the diagonal of the features' second moments, relative to its mean. */
const RIDGE = 1e-4
/** Rows for k-means, for each anchor. */
const ROWS_PER_ANCHOR = 16
/** Documents whose vectors the scales are computed from. */
const SCALE_DOCUMENTS = 1_000
/** Sample rows whose products are summed in f32 before they are added in f64. */
const CHUNK = 512

/** Fits a map. The caller has checked the settings. */
export async function fitMap(
  kernel: Kernel,
  documents: readonly MultiVector[],
  settings: FitSettings,
): Promise<LemurMap> {
  const { dim, metric, size, samples, pause } = settings
  const generator = createPcg64(settings.seed)
  const starts = countRows(documents, dim)
  const distinct = findDistinctRows(documents, starts, dim)
  checkRows(distinct.length, settings)
  const draw = (count: number) => {
    const numbers = drawNumbers(generator, distinct.length, count)
    return copyUnitRows(
      documents,
      starts,
      dim,
      numbers.map(index => distinct[index]!),
    )
  }
  const sampleRows = draw(samples)
  const anchors = await chooseAnchors(kernel, draw(ROWS_PER_ANCHOR * size), dim, size, done =>
    pause(0.4 * done),
  )
  const whiten = whiteningOf(kernel, anchors, dim)
  await pause(0.45)
  const whitening = { dim, anchors, transform: Float32Array.from(whiten) }
  const z = await featuresOfAll(kernel, whitening, sampleRows, done => pause(0.45 + 0.15 * done))
  const decorrelate = await decorrelationOf(kernel, z, size, done => pause(0.6 + 0.2 * done))
  // one matrix: a query reads half as many bytes as with two
  const transform = Float32Array.from(multiplyLower(decorrelate, whiten, size))
  const parts: LemurParts = {
    ...{ dim, size, metric, anchors, transform },
    samples: sampleRows,
    mean: new Float32Array(size),
    deviation: new Float32Array(size).fill(1),
    error: 0,
  }
  const chosen = drawNumbers(generator, documents.length, SCALE_DOCUMENTS)
  const scaleDocuments = Array.from(chosen, index => documents[index]!)
  const map = createMap(kernel, parts)
  const scales = await scalesOf(map, scaleDocuments, done => pause(0.8 + 0.15 * done))
  return map.withScales({ ...scales, error: measureError(map, scaleDocuments, settings.seed) })
}

/** @throws RangeError if there are too few different rows */
function checkRows(rows: number, { size, leastSamples }: FitSettings): void {
  if (rows >= leastSamples) return
  const most = Math.floor((rows * size) / leastSamples)
  const remedy = most < 16 ? 'pass more documents' : `pass more documents, or a size of at most ${most}`
  throw new RangeError(
    `"documents" expected at least ${leastSamples} different rows to fit a size of ${size}, got ${rows}; ${remedy}`,
  )
}

/** The mean and the standard deviation of each element of the documents' vectors. */
async function scalesOf(
  map: LemurMap,
  documents: readonly MultiVector[],
  pause: (done: number) => Promise<void>,
): Promise<Pick<LemurParts, 'mean' | 'deviation'>> {
  const { size } = map.parts
  const sums = new Float64Array(size)
  const squares = new Float64Array(size)
  for (const [i, document] of documents.entries()) {
    const vector = map.document(document, `documents[${i}]`)
    for (let k = 0; k < size; k++) {
      sums[k]! += vector[k]!
      squares[k]! += vector[k]! * vector[k]!
    }
    if (i % 16 === 0) await pause(i / documents.length)
  }
  const mean = Float32Array.from(sums, sum => sum / documents.length)
  const deviation = Float32Array.from(squares, (square, k) =>
    Math.sqrt(Math.max(0, square / documents.length - mean[k]! * mean[k]!)),
  )
  // an element that is the same in all documents says nothing, and must not be divided by 0
  const smallest = 1e-6 * deviation.reduce((max, value) => Math.max(max, value), 1e-30)
  return { mean, deviation: deviation.map(value => Math.max(value, smallest)) }
}

/** The inverse Cholesky factor of the anchors' kernel matrix. */
function whiteningOf(kernel: Kernel, anchors: Float32Array, dim: number): Float64Array {
  const size = anchors.length / dim
  const similarities = createMatrix(kernel, anchors, dim)
  const gram = new Float64Array(size * size)
  gram.set(similarities.times(anchors).map(kernelFunction))
  for (let c = 0; c < size; c++) gram[c * size + c]! += JITTER
  similarities.dispose()
  factorize(gram, size)
  return invertLower(gram, size)
}

/** The features of each of `unitRows`, some hundred at a time. */
async function featuresOfAll(
  kernel: Kernel,
  parts: FeatureParts,
  unitRows: Float32Array,
  pause: (done: number) => Promise<void>,
): Promise<Float32Array> {
  const { dim } = parts
  const size = parts.anchors.length / dim
  const features = createFeatures(kernel, parts)
  const all = new Float32Array((unitRows.length / dim) * size)
  for (let start = 0; start * dim < unitRows.length; start += CHUNK) {
    const chunk = unitRows.subarray(start * dim, (start + CHUNK) * dim)
    all.set(features.ofEach(chunk), start * size)
    await pause((start * dim) / unitRows.length)
  }
  features.dispose()
  return all
}

/** The inverse Cholesky factor of the mean of z zᵀ, and of a ridge. */
async function decorrelationOf(
  kernel: Kernel,
  z: Float32Array,
  size: number,
  pause: (done: number) => Promise<void>,
): Promise<Float64Array> {
  const rows = z.length / size
  const moments = new Float64Array(size * size)
  for (let start = 0; start < rows; start += CHUNK) {
    const columns = transpose(z.subarray(start * size, (start + CHUNK) * size), size)
    const length = columns.length / size
    const matrix = createMatrix(kernel, columns, length)
    matrix.times(columns).forEach((product, i) => {
      moments[i]! += product / rows
    })
    matrix.dispose()
    await pause(Math.min(1, (start + CHUNK) / rows))
  }
  let trace = 0
  for (let i = 0; i < size; i++) trace += moments[i * size + i]!
  for (let i = 0; i < size; i++) moments[i * size + i]! += (RIDGE * trace) / size
  factorize(moments, size)
  return invertLower(moments, size)
}
