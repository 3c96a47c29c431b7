// Texts in place of vectors: embedded here where the caller gave an encoder, left to the server where it has inference.

import type { Document, Point, PointId, VectorInput } from './collection.js'
import type { MultiVector } from '../multivector.js'
import { isDocument } from './vector-input.js'

/** How an encoder is told to give up. One that has no use for it takes no notice. */
export interface EncodeSignal {
  readonly signal?: AbortSignal | undefined
}

/** What embeds texts: `maxsimd/encode` makes one; any object with these two methods will do. */
export interface Encoder {
  /** One multi-vector for a question. */
  query(text: string, options?: EncodeSignal): Promise<MultiVector> | MultiVector
  /** One multi-vector for each text. */
  documents(
    texts: readonly string[],
    options?: EncodeSignal,
  ): Promise<readonly MultiVector[]> | readonly MultiVector[]
}

/** The query itself, or what the encoder makes of its text. */
export async function embedQuery<T>(
  query: T | Document,
  encoder: Encoder | undefined,
): Promise<T | MultiVector> {
  if (!encoder || !isDocument(query)) return query as T
  return encoder.query(query.text)
}

/** Points whose texts have become multi-vectors, all texts embedded in one call. Without an encoder, as they came. */
export async function embedPoints(
  points: readonly Point[],
  encoder: Encoder | undefined,
): Promise<readonly Point[]> {
  if (!encoder) return points
  const texts: string[] = []
  const owners: PointId[] = []
  for (const { id, vector } of points) {
    for (const value of [vector, ...namedIn(vector)]) {
      if (!isDocument(value)) continue
      texts.push(value.text)
      owners.push(id)
    }
  }
  if (texts.length === 0) return points
  const vectors = await documentsOf(encoder, texts, owners)
  if (vectors.length !== texts.length) {
    throw new RangeError(
      `"encoder.documents" expected to return ${texts.length} multi-vectors, one for each text, got ${vectors.length}`,
    )
  }
  let next = 0
  const embedded = (value: VectorInput): VectorInput => (isDocument(value) ? vectors[next++]! : value)
  return points.map(point => {
    if (isDocument(point.vector)) return { ...point, vector: embedded(point.vector) }
    if (namedIn(point.vector).length === 0) return point
    const named = Object.entries(point.vector as Record<string, VectorInput>)
    return { ...point, vector: Object.fromEntries(named.map(([name, value]) => [name, embedded(value)])) }
  })
}

/** What the encoder makes of texts; an error that says which text it is about (`index`) says which point that is. */
async function documentsOf(
  encoder: Encoder,
  texts: readonly string[],
  owners: readonly PointId[],
): Promise<readonly MultiVector[]> {
  try {
    return await encoder.documents(texts)
  } catch (error) {
    const { index } = error as { readonly index?: unknown }
    const owner = typeof index === 'number' ? owners[index] : undefined
    if (owner === undefined) throw error
    throw new RangeError(`point ${JSON.stringify(owner)}: ${(error as Error).message}`, { cause: error })
  }
}

/** The vectors under names; none where the vector stands without a name. */
function namedIn(vector: Point['vector']): readonly unknown[] {
  if (typeof vector !== 'object' || vector === null || Array.isArray(vector) || ArrayBuffer.isView(vector))
    return []
  return 'data' in vector || isDocument(vector) ? [] : Object.values(vector)
}
