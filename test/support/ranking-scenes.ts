// Scenes for the soak of certified rankings: documents, and rankings of them, that attack the bounds of every screen. A
// scene depends on its seed only, so a counterexample can be repeated alone.

import type { Dtype, FlatMultiVector, Metric } from '../../src/index.js'
import { DISTRIBUTIONS } from './hard-cases.js'
import { between, pick, type Random, random } from './random.js'

/** A ranking of the documents of a scene. */
export interface SceneCall {
  readonly query: FlatMultiVector
  readonly weights: Float32Array | undefined
  readonly limit: number
  readonly subset: readonly number[] | undefined
}

/** Documents, and rankings of them. */
export interface Scene {
  /** The kind of values, for messages. */
  readonly kind: string
  readonly dim: number
  readonly metric: Metric
  /** A dtype, for rankings with originals. */
  readonly dtype: Dtype
  readonly documents: readonly FlatMultiVector[]
  readonly calls: readonly SceneCall[]
}

const CALLS = 8

/** Around the sizes of vectors, tiles and blocks of dims. Small ones are more frequent, because they take less time. */
const DIMS = [
  ...[1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33],
  ...[47, 48, 49, 63, 64, 65, 96, 100, 127, 128, 129, 191, 192, 255, 256, 257],
  ...[383, 384, 385, 511, 512, 513, 767, 768, 1023, 1024],
]

/** Elements of all documents of a scene, so that a scene of many dims has fewer documents. */
const MAX_ELEMENTS = 60_000

/** The largest whole numbers to which the kernels round an element: a limb, a signed byte, int8, two limbs, int16, and the rows' bound. */
const STEPS = [63, 124, 127, 8191, 16_383, 32_767]

const sign = (next: Random) => (next() < 0.5 ? -1 : 1)

/** Writes the elements of a row. */
type Fill = (row: Float32Array) => void

/** How the rows of documents and those of queries are filled. One function fills both. */
type Fills = Fill | { readonly documents: Fill; readonly query: Fill }

/**
 * Rows of which one side has one element of 1 and elements below half of a step, which are rounded to 0. The other side has
 * large elements of the same signs, or of the opposite ones, so that all roundings of a score have the same sign.
 */
function opposedRows(next: Random, dim: number): { rounded: Fill; large: Fill } {
  const signs = Float32Array.from({ length: dim }, () => sign(next))
  const half = (0.45 + 0.0499 * next()) / pick(next, STEPS)
  const place = between(next, 0, dim - 1)
  return {
    rounded(row) {
      for (let k = 0; k < dim; k++) row[k] = half * signs[k]!
      row[place] = 1
    },
    large(row) {
      const direction = sign(next)
      for (let k = 0; k < dim; k++) row[k] = direction * signs[k]!
      // of two documents, the sums of what is rounded away differ by as much as this element, or a little more or less
      row[place] = direction < 0 ? half * (dim - 1) * (2 * next()) : 0
    },
  }
}

/** Rows that are hard for a screen, by the reason. Each returns a function that fills one row after the other. */
const ROWS: Readonly<Record<string, (next: Random, dim: number) => Fills>> = {
  'against the rounding of queries': (next, dim) => {
    const { rounded, large } = opposedRows(next, dim)
    return { documents: large, query: rounded }
  },
  'against the rounding of documents': (next, dim) => {
    const { rounded, large } = opposedRows(next, dim)
    const length = 1 + next()
    const factor = () => (next() < 0.5 ? 1 : length)
    return {
      documents(row) {
        rounded(row)
        const by = factor()
        for (let k = 0; k < dim; k++) row[k] = by * row[k]! * (k % 2 || next() < 0.9 ? 1 : -1)
      },
      query: large,
    }
  },
  'of equal whole numbers, so that only f32 rounds, and always in one direction': (next, dim) => {
    // rows of this size are as long as the rounding to int16 permits
    const largest = Math.floor(32_767 / Math.sqrt(dim))
    const value = between(next, Math.floor(largest / 2), largest)
    const write = (row: Float32Array, first: number, second: number, others: number) => {
      for (let k = 0; k < dim; k++) row[k] = [first, second, others][Math.min(k, 2)]! * 2 ** -15
    }
    return {
      documents(row) {
        // the second element makes up for the others, so that exact scores differ by the first one, which is small
        const more = between(next, 0, 3)
        write(row, between(next, -200, 200), value - more * (dim - 2), value + more)
      },
      query: row => write(row, 1, largest | 1, largest | 1),
    }
  },
  'one element that is not 0': (next, dim) => row => {
    row[between(next, 0, dim - 1)] = sign(next) * (next() < 0.5 ? 1 : next())
  },
  'near a few centres': (next, dim) => {
    const centres = Array.from({ length: 3 }, () => Float32Array.from({ length: dim }, () => next() - 0.5))
    const distance = 10 ** (-8 * next())
    return row => {
      const centre = pick(next, centres)
      for (let k = 0; k < dim; k++) row[k] = centre[k]! + distance * (next() - 0.5)
    }
  },
  'all rounded in one direction': (next, dim) => {
    // just below half of a step, so that each element is rounded to 0 or to the next step, as many up as down
    const half = (next() < 0.5 ? 0.499 : 0.501) / pick(next, STEPS)
    return row => {
      const direction = sign(next)
      for (let k = 0; k < dim; k++) row[k] = direction * half
      row[between(next, 0, dim - 1)] = 1
    }
  },
  'at halves of a step': (next, dim) => {
    const step = 1 / pick(next, STEPS)
    return row => {
      for (let k = 0; k < dim; k++) row[k] = (between(next, -60, 60) + 0.5) * step
      row[between(next, 0, dim - 1)] = sign(next)
    }
  },
  'of very different lengths': (next, dim) => row => {
    const length = 10 ** (40 * next() - 20)
    for (let k = 0; k < dim; k++) row[k] = length * (next() - 0.5)
  },
  'huge or tiny': (next, dim) => {
    const length = next() < 0.5 ? 2 ** between(next, 40, 63) : 2 ** between(next, -140, -60)
    return row => {
      for (let k = 0; k < dim; k++) row[k] = length * (next() - 0.5)
    }
  },
  'zeros, or nearly': (next, dim) => row => {
    if (next() < 0.5) return
    for (let k = 0; k < dim; k++) row[k] = next() < 0.9 ? 0 : sign(next) * (next() < 0.5 ? 2 ** -149 : next())
  },
  'positive, with a common part': (next, dim) => row => {
    for (let k = 0; k < dim; k++) row[k] = 1 + 0.01 * next()
  },
  ...Object.fromEntries(
    Object.entries(DISTRIBUTIONS).map(([name, create]) => [
      name,
      (next: Random, dim: number) => {
        const value = create(next)
        return (row: Float32Array) => {
          for (let k = 0; k < dim; k++) row[k] = value()
        }
      },
    ]),
  ),
}

/** The kinds of rows. */
export const SCENE_KINDS: readonly string[] = Object.keys(ROWS)

/** Creates the scene of a seed. */
export function createScene(seed: number): Scene {
  const next = random(seed)
  const kind = pick(next, SCENE_KINDS)
  const dim =
    next() < 0.5 ? pick(next, DIMS.slice(0, 16)) : next() < 0.8 ? pick(next, DIMS) : between(next, 1, 1024)
  const fills = ROWS[kind]!(next, dim)
  const { documents: fill, query } = typeof fills === 'function' ? { documents: fills, query: fills } : fills
  const rowsOf = (fill: Fill) => (rows: number) => {
    const data = new Float32Array(rows * dim)
    for (let first = 0; first < data.length; first += dim) fill(data.subarray(first, first + dim))
    return { data, dim }
  }
  const documents = createDocuments(next, dim, rowsOf(fill))
  return {
    kind,
    dim,
    metric: pick(next, ['dot', 'cosine']),
    // not u8, which holds only whole numbers from 0 to 255
    dtype: pick(next, ['f16', 'i16', 'i8', 'binary']),
    documents,
    calls: Array.from({ length: CALLS }, () => createCall(next, documents, rowsOf(query))),
  }
}

/** Documents of a few rows, or of many, of which some are copies of earlier ones, or nearly. */
function createDocuments(next: Random, dim: number, rowsOf: (rows: number) => FlatMultiVector) {
  const documents: FlatMultiVector[] = []
  const longest = pick(next, [1, 2, 4, 9, 70])
  const count = next() < 0.03 ? between(next, 1000, 1100) : between(next, 1, 150)
  let elements = 0
  while (documents.length < count && elements < MAX_ELEMENTS) {
    const copied = next() < 0.15 && documents.length > 0 ? pick(next, documents) : undefined
    const document = copied ? nearCopy(next, copied) : rowsOf(between(next, 1, longest))
    documents.push(document)
    elements += document.data.length + dim
  }
  return documents
}

/** The same rows, or rows of which one element differs in its last bit. */
function nearCopy(next: Random, { data, dim }: FlatMultiVector): FlatMultiVector {
  const copy = Float32Array.from(data)
  if (next() < 0.6) {
    const k = between(next, 0, copy.length - 1)
    copy[k] = copy[k]! * (1 + sign(next) * 2 ** -23)
  }
  return { data: copy, dim }
}

function createCall(
  next: Random,
  documents: readonly FlatMultiVector[],
  rowsOf: (rows: number) => FlatMultiVector,
): SceneCall {
  const rows = pick(next, [1, 2, 4, 5, 11, 12, 13, 16, 32, 33])
  const query = rowsOf(rows)
  if (next() < 0.3) copyRows(next, query, documents)
  const isPart = next() < 0.25
  return {
    query,
    weights: next() < 0.3 ? weightsOf(next, rows) : undefined,
    limit: next() < 0.9 ? between(next, 1, 10) : between(next, 1, documents.length),
    subset: isPart ? [...documents.keys()].filter(() => next() < 0.8).reverse() : undefined,
  }
}

/** Replaces rows of a query by rows of documents, so that similarities are the largest possible ones. */
function copyRows(next: Random, { data, dim }: FlatMultiVector, documents: readonly FlatMultiVector[]): void {
  const rows = data as Float32Array
  for (let first = 0; first < rows.length; first += dim) {
    const source = pick(next, documents).data as Float32Array
    const row = between(next, 0, source.length / dim - 1) * dim
    rows.set(source.subarray(row, row + dim), first)
  }
}

function weightsOf(next: Random, rows: number): Float32Array {
  const kind = pick(next, ['positive', 'either sign', 'mostly 0', 'of all magnitudes'])
  return Float32Array.from({ length: rows }, () => {
    if (kind === 'positive') return next()
    if (kind === 'either sign') return next() - 0.5
    if (kind === 'mostly 0') return next() < 0.8 ? 0 : next()
    return sign(next) * 10 ** (12 * next() - 6)
  })
}
