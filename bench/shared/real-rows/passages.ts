// The workload `nq`: the shape of a public comparison of vector databases on Natural Questions, 4,874 passages of about
// 125 rows of 128 numbers, and queries of 13 rows.
//
// The rows are those of MiniLM for the definitions, projected to 128 numbers by a random orthogonal projection. A passage
// has the rows of definitions drawn at random, with noise, because each definition occurs about five times. All of it is
// seeded.

import type { FlatMultiVector } from '../../../src/index.js'
import { between, type Random, random } from '../../../test/support/random.js'
import { toUnitLength } from '../unit-rows.js'
import type { WorkloadRows } from '../workload-rows.js'
import {
  chooseDefinitions,
  type DefinitionTexts,
  firstRows,
  loadDocumentRows,
  loadLongQueries,
  withQueries,
} from './definitions.js'
import { loadEncodedRows } from './encoded-rows.js'
import { MINILM_DIM, ROWS_FOLDER, recipeOf } from './minilm.js'

const PASSAGES = 4874
/** Rows of a passage: 125 on average. */
const ROWS = [60, 190] as const
const DIM = 128
const QUERY_ROWS = 13
/** The length of the noise that is added to a row of unit length. */
const NOISE = 0.4

/** Loads the workload `nq`. */
export async function loadPassages(log: Log): Promise<WorkloadRows> {
  const texts = chooseDefinitions()
  const project = createProjection(MINILM_DIM, DIM, random(128))
  const definitions = await loadProjected(texts, project, log)
  const long = await loadLongQueries(texts, log)
  return withQueries(
    joinPassages(definitions, PASSAGES, ROWS, random(4874)),
    long.map(query => project(firstRows(query, QUERY_ROWS))),
  )
}

type Log = (line: string) => void
type Project = (rows: FlatMultiVector) => FlatMultiVector

/** Loads the projected rows of the definitions. They are kept, because the projection takes some seconds. */
function loadProjected(texts: DefinitionTexts, project: Project, log: Log): Promise<FlatMultiVector[]> {
  return loadEncodedRows({
    name: 'nq',
    texts: texts.documents,
    recipe: `${recipeOf('documents')}, projected`,
    dim: DIM,
    folder: ROWS_FOLDER,
    log,
    async open() {
      const rows = await loadDocumentRows(texts, log)
      const byText = new Map(texts.documents.map((text, i) => [text, rows[i]!]))
      return async chunk => chunk.map(text => project(byText.get(text)!))
    },
  })
}

/**
 * Creates a function that projects rows of `from` numbers to `to` numbers, and scales them to unit length. The projection
 * is onto orthogonal directions, which are chosen at random.
 */
export function createProjection(from: number, to: number, next: Random): Project {
  const directions = orthonormal(from, to, next)
  return ({ data }) => {
    const count = data.length / from
    const projected = new Float32Array(count * to)
    for (let row = 0; row < count; row++) {
      for (let k = 0; k < to; k++) {
        const direction = directions[k]!
        let sum = 0
        for (let j = 0; j < from; j++) sum += data[row * from + j]! * direction[j]!
        projected[row * to + k] = sum
      }
      toUnitLength(projected.subarray(row * to, (row + 1) * to))
    }
    return { data: projected, dim: to }
  }
}

/** Random directions at right angles to each other, of length 1, by the method of Gram and Schmidt. */
function orthonormal(dim: number, count: number, next: Random): Float64Array[] {
  const directions: Float64Array[] = []
  while (directions.length < count) {
    const direction = Float64Array.from({ length: dim }, () => next() + next() + next() - 1.5)
    // a second pass removes what rounding left of the first
    for (const other of [...directions, ...directions]) {
      const share = direction.reduce((sum, value, j) => sum + value * other[j]!, 0)
      for (let j = 0; j < dim; j++) direction[j]! -= share * other[j]!
    }
    toUnitLength(direction)
    directions.push(direction)
  }
  return directions
}

/** Makes passages of `low` to `high` rows. Each is filled with the rows of texts drawn at random, with noise. */
export function joinPassages(
  texts: readonly FlatMultiVector[],
  count: number,
  [low, high]: readonly [number, number],
  next: Random,
): FlatMultiVector[] {
  const { dim } = texts[0]!
  // uniform noise of this size has the length NOISE on average
  const size = 2 * NOISE * Math.sqrt(3 / dim)
  return Array.from({ length: count }, () => {
    const data = new Float32Array(between(next, low, high) * dim)
    for (let end = 0; end < data.length; ) {
      const { data: rows } = texts[between(next, 0, texts.length - 1)]!
      const taken = rows.slice(0, data.length - end)
      data.set(taken, end)
      end += taken.length
    }
    for (let i = 0; i < data.length; i++) data[i]! += (next() - 0.5) * size
    for (let first = 0; first < data.length; first += dim) toUnitLength(data.subarray(first, first + dim))
    return { data, dim }
  })
}
