// Replaces texts and images in points and queries by vectors, if the user passed an encoder. Without one, they are sent to
// the server, which may have inference.

import type { MultiVector } from '../core/multivector.js'
import type { ImageInput, Point, PointId, SparseVector, TextInput, VectorInput } from './collection.js'
import type { RowToken } from './row-match.js'
import { isPlainObject, type Prefetch, prefetchesOf, type Query } from './search-options.js'
import type { Fields } from './vector-fields.js'
import { isImageInput, isTextInput } from './vector-input.js'

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
   * Encodes images of pages. `result[i]` is the multi-vector of `images[i]`. Default: images in points and queries are
   * refused.
   *
   * @throws an error with the property `index` if it is about `images[index]`; errors of `upsert` then name the point
   */
  images?(
    images: readonly never[],
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
 * Turns texts into sparse vectors. `createBm25Encoder` of `maxsimd/encode` creates one; any other object with these two
 * methods is one too.
 */
export interface SparseEncoder {
  /** Name of the model. A text that names another model is refused. Default: texts may name any model. */
  readonly model?: string | undefined
  /** Encodes a query. */
  query(text: string): SparseVector | Promise<SparseVector>
  /** Encodes a document. */
  document(text: string): SparseVector | Promise<SparseVector>
}

/** The encoders of a collection. */
export interface Encoders {
  /** Embeds texts of dense vectors and multi-vectors. */
  readonly encoder?: Encoder | undefined
  /** Embeds texts of sparse vectors. */
  readonly sparseEncoder?: SparseEncoder | undefined
}

/**
 * Returns a query with a vector in place of its text, which may also be its `nearest`. Without an encoder, the query is
 * returned unchanged.
 *
 * @param path names the query in errors
 * @throws RangeError if the text names another model than the encoder's, or has options
 */
export async function embedQuery(
  query: Query,
  encoder: Encoder | SparseEncoder | undefined,
  signal?: AbortSignal,
  path = 'query',
): Promise<Query> {
  if (!encoder) return query
  const nearest = isPlainObject(query) && query.nearest !== undefined ? query.nearest : query
  if (isImageInput(nearest)) {
    checkModel(nearest, encoder, path)
    const [vector] = await imagesOf(encoder, [nearest.image], path, signal)
    return nearest === query ? vector! : { ...(query as object), nearest: vector! }
  }
  if (isTextInput(query)) {
    checkModel(query, encoder, path)
    return encoder.query(query.text, { signal })
  }
  if (!isPlainObject(query) || !isTextInput(query.nearest)) return query
  checkModel(query.nearest, encoder, `${path}.nearest`)
  return { ...query, nearest: await encoder.query(query.nearest.text, { signal }) }
}

/** How the texts of a search are embedded. */
export interface EmbedContext extends Encoders {
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
  const { encoder, sparseEncoder, signal } = context
  const stageEncoder = encoderOf(options.using, context)
  const embedded =
    query === undefined ? undefined : await embedQuery(query, stageEncoder, signal, `${pathPrefix}query`)
  if ((!encoder && !sparseEncoder) || options.prefetch === undefined) return { query: embedded, options }
  const prefetch: Prefetch[] = []
  for (const [stage, stagePrefix] of prefetchesOf(options, pathPrefix)) {
    // a prefetch that is not an object is refused where it is written
    if (!isPlainObject(stage)) return { query: embedded, options }
    const before = await embedSearch((stage as Prefetch).query, stage, context, stagePrefix)
    prefetch.push(before.query === undefined ? before.options : { ...before.options, query: before.query })
  }
  return { query: embedded, options: { ...options, prefetch } }
}

/** The encoder of the vector that `using` names. Without one, texts are sent to the server, which may embed them. */
export const encoderOf = (
  using: string | undefined,
  { encoder, sparseEncoder, fields }: Encoders & { readonly fields: Fields },
): Encoder | SparseEncoder | undefined =>
  using !== undefined && fields.sparse.has(using) ? sparseEncoder : encoder

/** Qdrant's other name of its BM25 model. */
const ALIASES: Readonly<Record<string, string>> = { bm25: 'qdrant/bm25' }

/**
 * Encodes images.
 *
 * @throws RangeError if the encoder takes no images; `path` names the first one
 */
async function imagesOf(
  encoder: Encoder | SparseEncoder,
  images: readonly unknown[],
  path: string,
  signal: AbortSignal | undefined,
): Promise<readonly MultiVector[]> {
  const encode = 'images' in encoder ? encoder.images : undefined
  if (!encode) {
    throw new RangeError(
      `"${path}" is an image, and the encoder takes no images; use an encoder of pages, such as that of Qdrant/colmodernvbert`,
    )
  }
  const vectors = await encode.call(encoder, images as readonly never[], { signal })
  if (vectors.length === images.length) return vectors
  throw new RangeError(
    `"encoder.images" expected to return ${images.length} multi-vectors, one for each image, got ${vectors.length}`,
  )
}

/** Vectors of different models cannot be compared, so a text that names another model is refused. */
function checkModel(
  { model, options }: TextInput | ImageInput,
  encoder: Encoder | SparseEncoder,
  path: string,
): void {
  if (options !== undefined && 'document' in encoder) {
    throw new RangeError(
      `"${path}.options" are those of the encoder; pass them to it, and omit "options" here`,
    )
  }
  if (model === undefined || encoder.model === undefined) return
  // the Hugging Face hub ignores the case of names
  const canonical = (name: string) => ALIASES[name.toLowerCase()] ?? name.toLowerCase()
  if (canonical(model) === canonical(encoder.model)) return
  throw new RangeError(
    `"${path}.model" expected ${JSON.stringify(encoder.model)}, the model of the encoder, got ` +
      `${JSON.stringify(model)}; omit "model", or use an encoder of that model`,
  )
}

/** A text or an image of a point. */
interface OwnedInput {
  readonly input: TextInput | ImageInput
  /** The point's id. */
  readonly owner: PointId
  /** Names the vector in errors. */
  readonly path: string
}

/** The texts and images of points, by what embeds them. */
interface OwnedInputs {
  readonly texts: OwnedInput[]
  readonly images: OwnedInput[]
  readonly sparse: OwnedInput[]
}

/** How a value of a point is embedded; undefined if it is a vector, or there is no encoder for it. */
function kindOfInput(
  value: unknown,
  name: string | undefined,
  context: Encoders & { readonly fields: Fields },
): keyof OwnedInputs | undefined {
  const isText = isTextInput(value)
  if (!isText && !isImageInput(value)) return undefined
  const own = encoderOf(name, context)
  if (!own) return undefined
  if (own !== context.encoder) return isText ? 'sparse' : undefined
  return isText ? 'texts' : 'images'
}

/**
 * Returns points with vectors in place of texts and images. All texts of dense vectors and multi-vectors are embedded in one
 * call of their encoder, and all images in another. Inputs without an encoder stay.
 *
 * @throws RangeError if an input names another model or has options, or an encoder returns a wrong number of vectors
 */
export async function embedPoints(
  points: readonly Point[],
  context: Encoders & { readonly fields: Fields },
  signal?: AbortSignal,
): Promise<readonly Point[]> {
  const { encoder, sparseEncoder } = context
  if (!encoder && !sparseEncoder) return points
  const owned: OwnedInputs = { texts: [], images: [], sparse: [] }
  for (const { id, vector } of points) {
    for (const [name, value] of [[undefined, vector] as const, ...namedIn(vector)]) {
      const kind = kindOfInput(value, name, context)
      if (!kind) continue
      const path = `point ${JSON.stringify(id)}.vector${name === undefined ? '' : `.${name}`}`
      checkModel(value as TextInput, encoderOf(name, context)!, path)
      owned[kind].push({ input: value as TextInput, owner: id, path })
    }
  }
  const { texts, images, sparse } = owned
  if (texts.length + images.length + sparse.length === 0) return points
  const sparseVectors: SparseVector[] = []
  for (const { input } of sparse) sparseVectors.push(await sparseEncoder!.document((input as TextInput).text))
  const next = {
    texts: (encoder ? await encodeTexts(encoder, texts, signal) : [])[Symbol.iterator](),
    images: (encoder ? await encodeImages(encoder, images, signal) : [])[Symbol.iterator](),
    sparse: sparseVectors[Symbol.iterator](),
  }
  // visits the inputs in the same order as the loop above
  const embedded = (value: VectorInput, name?: string): VectorInput => {
    const kind = kindOfInput(value, name, context)
    return kind ? (next[kind].next().value as VectorInput) : value
  }
  return points.map(point => withVectors(point, embedded))
}

/** Returns a point with other vectors. */
function withVectors(point: Point, replace: (value: VectorInput, name?: string) => VectorInput): Point {
  if (isTextInput(point.vector) || isImageInput(point.vector)) {
    return { ...point, vector: replace(point.vector) }
  }
  if (namedIn(point.vector).length === 0) return point
  const named = Object.entries(point.vector as Record<string, VectorInput>)
  return { ...point, vector: Object.fromEntries(named.map(([name, value]) => [name, replace(value, name)])) }
}

/** Encodes texts. @throws RangeError if there are not as many vectors as texts */
async function encodeTexts(
  encoder: Encoder,
  owned: readonly OwnedInput[],
  signal: AbortSignal | undefined,
): Promise<readonly MultiVector[]> {
  if (owned.length === 0) return []
  const texts = owned.map(({ input }) => (input as TextInput).text)
  const vectors = await withOwners(owned, async () => encoder.documents(texts, { signal }))
  if (vectors.length === texts.length) return vectors
  throw new RangeError(
    `"encoder.documents" expected to return ${texts.length} multi-vectors, one for each text, got ${vectors.length}`,
  )
}

/** Encodes images. */
async function encodeImages(
  encoder: Encoder,
  owned: readonly OwnedInput[],
  signal: AbortSignal | undefined,
): Promise<readonly MultiVector[]> {
  if (owned.length === 0) return []
  const images = owned.map(({ input }) => (input as ImageInput).image)
  return withOwners(owned, () => imagesOf(encoder, images, owned[0]!.path, signal))
}

/**
 * Calls the encoder.
 *
 * @throws RangeError that names the point, if the encoder's error has an `index`; otherwise the encoder's error
 */
async function withOwners<T>(owned: readonly OwnedInput[], encode: () => Promise<T>): Promise<T> {
  try {
    return await encode()
  } catch (error) {
    const { index } = error as { readonly index?: unknown }
    const owner = typeof index === 'number' ? owned[index]?.owner : undefined
    if (owner === undefined) throw error
    throw new RangeError(`point ${JSON.stringify(owner)}: ${(error as Error).message}`, { cause: error })
  }
}

/** The named vectors of a point; none if its vector is unnamed. */
function namedIn(vector: Point['vector']): readonly (readonly [name: string, value: unknown])[] {
  if (typeof vector !== 'object' || vector === null || Array.isArray(vector) || ArrayBuffer.isView(vector))
    return []
  if ('data' in vector || isTextInput(vector) || isImageInput(vector)) return []
  return Object.entries(vector)
}
