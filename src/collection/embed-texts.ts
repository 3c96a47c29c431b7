// Replaces texts in points and queries by vectors, if the user passed an encoder. Without one, texts are sent to the
// server, which may have inference.

import type { MultiVector } from '../core/multivector.js'
import type { Point, PointId, TextInput, VectorInput } from './collection.js'
import type { RowToken } from './row-match.js'
import { isPlainObject, type Prefetch, prefetchesOf, type Query } from './search-options.js'
import type { Fields } from './vector-fields.js'
import { isTextInput } from './vector-input.js'

/** Options of one call of an encoder. An encoder may ignore them. */
export interface EncodeCallOptions {
  /** Cancels the call. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Turns texts into multi-vectors. `maxsimd/encode` creates encoders; any other object with these two methods is one too, for
 * example a client of an embedding service. All multi-vectors of an encoder have the same dim.
 */
export interface Encoder {
  /** Name of the model. A text that names another model is refused. Default: texts may name any model. */
  readonly model?: string | undefined
  /** Encodes a query as a multi-vector, usually with one row per token. */
  query(text: string, options?: EncodeCallOptions): Promise<MultiVector> | MultiVector
  /**
   * Encodes documents. `result[i]` is the multi-vector of `texts[i]`.
   *
   * @throws an error with the property `index` if it is about `texts[index]`; errors of `upsert` then name the point
   */
  documents(
    texts: readonly string[],
    options?: EncodeCallOptions,
  ): Promise<readonly MultiVector[]> | readonly MultiVector[]
  /**
   * Returns the token of each row that `documents` would return, without encoding. `result[i]` are those of `texts[i]`.
   * Used by `with_matches`. Default: matches of documents have the tokens of their payload only.
   */
  documentTokens?(
    texts: readonly string[],
  ): Promise<readonly (readonly RowToken[])[]> | readonly (readonly RowToken[])[]
}

/**
 * Returns a query with a vector in place of its text, which may also be its `nearest`. Without an encoder, the query is
 * returned unchanged.
 *
 * @param path names the query in errors
 * @throws RangeError if the text names another model than the encoder's
 */
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

/** How the texts of a search are embedded. */
export interface EmbedContext {
  readonly encoder: Encoder | undefined
  readonly fields: Fields
  readonly signal?: AbortSignal | undefined
}

/**
 * Returns a query and its options with vectors in place of texts, in prefetches at any depth.
 *
 * @param pathPrefix names the stage in errors: '' for the query itself, `prefetch[0].` for a prefetch
 */
export async function embedSearch<T extends Pick<Prefetch, 'using' | 'prefetch'>>(
  query: Query | undefined,
  options: T,
  context: EmbedContext,
  pathPrefix = '',
): Promise<{ readonly query: Query | undefined; readonly options: T }> {
  const { encoder, fields, signal } = context
  const stageEncoder = encoderFor(options.using, encoder, fields)
  const embedded =
    query === undefined ? undefined : await embedQuery(query, stageEncoder, signal, `${pathPrefix}query`)
  if (!encoder || options.prefetch === undefined) return { query: embedded, options }
  const prefetch: Prefetch[] = []
  for (const [stage, stagePrefix] of prefetchesOf(options, pathPrefix)) {
    // a prefetch that is not an object is refused where it is written
    if (!isPlainObject(stage)) return { query: embedded, options }
    const before = await embedSearch((stage as Prefetch).query, stage, context, stagePrefix)
    prefetch.push(before.query === undefined ? before.options : { ...before.options, query: before.query })
  }
  return { query: embedded, options: { ...options, prefetch } }
}

/** The encoder of a vector. A sparse vector has no encoder: the server embeds its texts. */
const encoderFor = (
  using: string | undefined,
  encoder: Encoder | undefined,
  fields: Fields,
): Encoder | undefined => (using !== undefined && fields.sparse.has(using) ? undefined : encoder)

/** Rows of different models cannot be compared, so a text that names another model is refused. */
function checkModel({ model }: TextInput, encoder: Encoder, path: string): void {
  if (model === undefined || encoder.model === undefined) return
  // the Hugging Face hub ignores the case of names
  if (model.toLowerCase() === encoder.model.toLowerCase()) return
  throw new RangeError(
    `"${path}.model" expected ${JSON.stringify(encoder.model)}, the model of the encoder, got ` +
      `${JSON.stringify(model)}; omit "model", or use an encoder of that model`,
  )
}

/**
 * Returns points with multi-vectors in place of texts. All texts are embedded in one call of the encoder. Texts of sparse
 * vectors stay, because the server embeds them. Without an encoder, the points are returned unchanged.
 *
 * @throws RangeError if a text names another model, or the encoder returns a wrong number of multi-vectors
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
  const vectors = await encodeDocuments(encoder, texts, owners, signal)
  let next = 0
  // visits the texts in the same order as the loop above
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

/**
 * Calls the encoder.
 *
 * @param owners `owners[i]` is the point that `texts[i]` belongs to
 * @throws RangeError that names the point, if the encoder's error has an `index`; otherwise the encoder's error
 */
async function encodeDocuments(
  encoder: Encoder,
  texts: readonly string[],
  owners: readonly PointId[],
  signal: AbortSignal | undefined,
): Promise<readonly MultiVector[]> {
  let vectors: readonly MultiVector[]
  try {
    vectors = await encoder.documents(texts, { signal })
  } catch (error) {
    const { index } = error as { readonly index?: unknown }
    const owner = typeof index === 'number' ? owners[index] : undefined
    if (owner === undefined) throw error
    throw new RangeError(`point ${JSON.stringify(owner)}: ${(error as Error).message}`, { cause: error })
  }
  if (vectors.length === texts.length) return vectors
  throw new RangeError(
    `"encoder.documents" expected to return ${texts.length} multi-vectors, one for each text, got ${vectors.length}`,
  )
}

/** The named vectors of a point; none if its vector is unnamed. */
function namedIn(vector: Point['vector']): readonly (readonly [name: string, value: unknown])[] {
  if (typeof vector !== 'object' || vector === null || Array.isArray(vector) || ArrayBuffer.isView(vector))
    return []
  if ('data' in vector || isTextInput(vector)) return []
  return Object.entries(vector)
}
