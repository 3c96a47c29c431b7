// Encodes the texts of a reranker in batches. Texts without rows are set aside instead of failing the call: a retriever
// may return empty texts.

import type { Encoder } from '../collection/embed-texts.js'
import type { MultiVector } from '../core/multivector.js'

/** Texts as multi-vectors, without those that have no rows. Indices are positions in the list of texts, ascending. */
export interface EncodedTexts {
  readonly documents: readonly MultiVector[]
  /** The text of each document. */
  readonly indices: readonly number[]
  /** The texts without rows. */
  readonly emptyIndices: readonly number[]
}

/** Texts per call of the encoder. The signal is checked between two calls, for encoders that ignore it. */
const BATCH_TEXTS = 32

/**
 * Encodes texts as documents.
 *
 * @throws RangeError if the encoder does not return one multi-vector for each text
 */
export async function encodeDocuments(
  encoder: Encoder,
  texts: readonly string[],
  signal: AbortSignal | undefined,
): Promise<EncodedTexts> {
  const encoded: (MultiVector | undefined)[] = Array(texts.length).fill(undefined)
  // a model would refuse a blank text
  const given = [...texts.keys()].filter(index => texts[index]!.trim() !== '')
  for (let start = 0; start < given.length; start += BATCH_TEXTS) {
    const batch = await encodeBatch(encoder, texts, given.slice(start, start + BATCH_TEXTS), signal)
    for (const [index, rows] of batch) if (!isEmpty(rows)) encoded[index] = rows
  }
  const indices = [...encoded.keys()]
  return {
    documents: encoded.filter(rows => rows !== undefined),
    indices: indices.filter(index => encoded[index]),
    emptyIndices: indices.filter(index => !encoded[index]),
  }
}

/**
 * Encodes the texts at `given`. A model refuses a text in which it finds no token and reports the text's position in the
 * call: the others are then encoded again without it.
 */
async function encodeBatch(
  encoder: Encoder,
  texts: readonly string[],
  given: readonly number[],
  signal: AbortSignal | undefined,
): Promise<[index: number, rows: MultiVector][]> {
  for (let indices = given; indices.length > 0; ) {
    signal?.throwIfAborted()
    try {
      const encoded = await encoder.documents(
        indices.map(index => texts[index]!),
        { signal },
      )
      if (encoded.length !== indices.length) {
        throw new RangeError(
          `"encoder.documents" expected to return ${indices.length} multi-vectors, one for each text, got ${encoded.length}`,
        )
      }
      return indices.map((index, i) => [index, encoded[i]!])
    } catch (error) {
      const { reason, index } = error as { readonly reason?: unknown; readonly index?: unknown }
      if (reason !== 'empty' || typeof index !== 'number' || !(index in indices)) throw error
      indices = indices.filter((_, i) => i !== index)
    }
  }
  return []
}

/** Returns true if a text has no rows, because the encoder has no token or word for it. */
export const isEmpty = (rows: MultiVector): boolean => ('data' in rows ? rows.data.length : rows.length) === 0
