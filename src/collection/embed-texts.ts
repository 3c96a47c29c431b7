// Texts in place of vectors: embedded here where the caller gave an encoder, left to the server where it has inference.

import type { MultiVector } from '../core/multivector.js'
import type { Point, PointId, TextInput, VectorInput } from './collection.js'
import { isPlainObject, type Prefetch, prefetchesOf, type Query } from './search-options.js'
import type { Fields } from './vector-fields.js'
import { isTextInput } from './vector-input.js'

/** The options of one call of an encoder. An encoder may ignore them. */
export interface EncodeCallOptions {
  /** Cancels the call. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Turns texts into multi-vectors. `maxsimd/encode` creates encoders; any other object with these two methods is one too, for
 * example a client of an embedding service.
 */
export interface Encoder {
  /** The name of the model. A text that names another model is refused. Default: texts may name any model. */
  readonly model?: string | undefined
  /** Encodes a query: one multi-vector of any number of rows. */
  query(text: string, options?: EncodeCallOptions): Promise<MultiVector> | MultiVector
  /** Encodes documents. `result[i]` is the multi-vector of `texts[i]`; all have the dim of the queries. */
  documents(
    texts: readonly string[],
    options?: EncodeCallOptions,
  ): Promise<readonly MultiVector[]> | readonly MultiVector[]
}

/** The query itself, or what the encoder makes of its text, which may also stand as `nearest`. `path` is for errors. */
export async function embedQuery(
  query: Query,
  encoder: Encoder | undefined,
  signal?: AbortSignal,
  path = 'query',
): Promise<Query> {
  if (!encoder) return query
  if (isTextInput(query)) {
    checkModel(query, encoder, path)
    return encoder.query(query.text, { signal })
  }
  if (!isPlainObject(query) || !isTextInput(query.nearest)) return query
  checkModel(query.nearest, encoder, `${path}.nearest`)
  return { ...query, nearest: await encoder.query(query.nearest.text, { signal }) }
}

/** A query, and options whose prefetches, at any depth, have vectors in place of texts. */
export async function embedSearch<T extends Pick<Prefetch, 'using' | 'prefetch'>>(
  query: Query | undefined,
  options: T,
  encoder: Encoder | undefined,
  fields: Fields,
  signal?: AbortSignal,
  path = '',
): Promise<{ readonly query: Query | undefined; readonly options: T }> {
  const here = encoderFor(options.using, encoder, fields)
  const embedded = query === undefined ? undefined : await embedQuery(query, here, signal, `${path}query`)
  if (!encoder || options.prefetch === undefined) return { query: embedded, options }
  const prefetch: Prefetch[] = []
  for (const [stage, at] of prefetchesOf(options, path)) {
    // what is no stage is refused where it is written
    if (!isPlainObject(stage)) return { query: embedded, options }
    const before = await embedSearch((stage as Prefetch).query, stage, encoder, fields, signal, at)
    prefetch.push(before.query === undefined ? before.options : { ...before.options, query: before.query })
  }
  return { query: embedded, options: { ...options, prefetch } }
}

/** None for a sparse vector, whose texts are the server's to embed. */
const encoderFor = (
  using: string | undefined,
  encoder: Encoder | undefined,
  fields: Fields,
): Encoder | undefined => (using !== undefined && fields.sparse.has(using) ? undefined : encoder)

/** Rows of two models do not compare, so the encoder's is not used for a text that names another. */
function checkModel({ model }: TextInput, encoder: Encoder, path: string): void {
  if (model === undefined || encoder.model === undefined) return
  // names on the hub are found in any case of their letters
  if (model.toLowerCase() === encoder.model.toLowerCase()) return
  throw new RangeError(
    `"${path}.model" expected ${JSON.stringify(encoder.model)}, which is the encoder given here, got ` +
      `${JSON.stringify(model)}; leave "model" out, or give an encoder of that model`,
  )
}

/**
 * Points whose texts have become multi-vectors, all texts embedded in one call. Without an encoder, as they came; so are
 * texts for sparse vectors, which a server makes itself.
 */
export async function embedPoints(
  points: readonly Point[],
  encoder: Encoder | undefined,
  fields: Fields,
  signal?: AbortSignal,
): Promise<readonly Point[]> {
  if (!encoder) return points
  const texts: string[] = []
  const owners: PointId[] = []
  for (const { id, vector } of points) {
    for (const [name, value] of [[undefined, vector] as const, ...namedIn(vector)]) {
      if (!isTextInput(value) || !encoderFor(name, encoder, fields)) continue
      const path = `point ${JSON.stringify(id)}.vector${name === undefined ? '' : `.${name}`}`
      checkModel(value, encoder, path)
      texts.push(value.text)
      owners.push(id)
    }
  }
  if (texts.length === 0) return points
  const vectors = await documentsOf(encoder, texts, owners, signal)
  if (vectors.length !== texts.length) {
    throw new RangeError(
      `"encoder.documents" expected to return ${texts.length} multi-vectors, one for each text, got ${vectors.length}`,
    )
  }
  let next = 0
  const embedded = (value: VectorInput, name?: string): VectorInput =>
    isTextInput(value) && encoderFor(name, encoder, fields) ? vectors[next++]! : value
  return points.map(point => {
    if (isTextInput(point.vector)) return { ...point, vector: embedded(point.vector) }
    if (namedIn(point.vector).length === 0) return point
    const named = Object.entries(point.vector as Record<string, VectorInput>)
    return {
      ...point,
      vector: Object.fromEntries(named.map(([name, value]) => [name, embedded(value, name)])),
    }
  })
}

/** What the encoder makes of texts; an error that says which text it is about (`index`) says which point that is. */
async function documentsOf(
  encoder: Encoder,
  texts: readonly string[],
  owners: readonly PointId[],
  signal: AbortSignal | undefined,
): Promise<readonly MultiVector[]> {
  try {
    return await encoder.documents(texts, { signal })
  } catch (error) {
    const { index } = error as { readonly index?: unknown }
    const owner = typeof index === 'number' ? owners[index] : undefined
    if (owner === undefined) throw error
    throw new RangeError(`point ${JSON.stringify(owner)}: ${(error as Error).message}`, { cause: error })
  }
}

/** The vectors under names; none where the vector stands without a name. */
function namedIn(vector: Point['vector']): readonly (readonly [name: string, value: unknown])[] {
  if (typeof vector !== 'object' || vector === null || Array.isArray(vector) || ArrayBuffer.isView(vector))
    return []
  if ('data' in vector || isTextInput(vector)) return []
  return Object.entries(vector)
}
