// Arrays around a model's run: the padded ids of a batch, and the rows that are kept of each of its texts.
import type { Encoded } from '../encoder-types.js'
import type { TokenBatch } from './model-session.js'
import type { Sequence } from './sequence.js'

/** Pads sequences to the length of the longest. The model does not attend to padding. */
export function padSequences(sequences: readonly Sequence[], padId: number | undefined): TokenBatch {
  const count = sequences.length
  const length = sequences.reduce((longest, { ids }) => Math.max(longest, ids.length), 0)
  const ids = new Int32Array(count * length).fill(padId ?? 0)
  const attention = new Int32Array(count * length)
  for (const [i, sequence] of sequences.entries()) {
    ids.set(sequence.ids, i * length)
    attention.set(sequence.attention, i * length)
  }
  return { count, length, ids, attention }
}

/** Copies rows of one text out of a batch. `first` is the index of the text's first row in `data`. */
export function gatherRows(
  data: Float32Array,
  dim: number,
  first: number,
  rows: readonly number[],
): Float32Array {
  const gathered = new Float32Array(rows.length * dim)
  for (const [i, row] of rows.entries()) {
    gathered.set(data.subarray((first + row) * dim, (first + row + 1) * dim), i * dim)
  }
  return gathered
}

/** Scales rows to unit length, in place, as FastEmbed does: a length below 1e-12 counts as 1e-12. */
export function toUnitLength(data: Float32Array, dim: number): void {
  for (let start = 0; start < data.length; start += dim) {
    let square = 0
    for (let d = start; d < start + dim; d++) square += data[d]! * data[d]!
    const scale = 1 / Math.max(Math.sqrt(square), 1e-12)
    for (let d = start; d < start + dim; d++) data[d]! *= scale
  }
}

/** Joins the rows of the windows of a document. */
export function joinWindows(windows: readonly Encoded[]): Encoded {
  const [first] = windows
  if (windows.length === 1) return first!
  const data = new Float32Array(windows.reduce((sum, window) => sum + window.data.length, 0))
  let length = 0
  for (const window of windows) {
    data.set(window.data, length)
    length += window.data.length
  }
  return {
    data,
    dim: first!.dim,
    tokens: windows.flatMap(({ tokens }) => tokens),
    unknown: windows.flatMap(({ unknown }) => unknown),
  }
}
