// Types of collections of multi-vectors, on a server or in a store: points, filters, hits and the options of calls. Names
// and meanings are Qdrant's. `verify` and `compare` take any two collections. Types only.

import type { MultiVector, NumberArray } from '../core/multivector.js'
import type { CandidateRank, RowMatch } from './row-match.js'

/** Id of a point: an integer from 0 to 2^64 - 1, or a UUID. An integer beyond 2^53 - 1 is a bigint. */
export type PointId = number | bigint | string

/** A JSON object that is stored with a point. An integer beyond 2^53 is a bigint. */
export type Payload = Readonly<Record<string, unknown>>

/** A sparse vector: `values[i]` is the number of dimension `indices[i]`. */
export interface SparseVector {
  /** Dimensions, each at most once. */
  readonly indices: readonly number[]
  readonly values: readonly number[]
}

/** A dense vector: the single row of a field that is not a multi-vector. */
export type DenseVector = readonly number[] | NumberArray

/** A text in place of a vector. An encoder embeds it, or the server if it has inference. */
export interface TextInput {
  readonly text: string
  /** Name of the model. If an encoder with a `model` embeds the text, it must be that model. Default: any model. */
  readonly model?: string | undefined
  /** Options of the server's inference. */
  readonly options?: Readonly<Record<string, unknown>> | undefined
}

/** An image in place of a vector. An encoder of pages embeds it, or the server if it has inference. */
export interface ImageInput {
  /**
   * With an encoder, what its `images` takes: a path, bytes, a Blob, pixels. Without one, what the server takes: a URL, or the
   * file in base64.
   */
  readonly image: unknown
  /** Name of the model. If an encoder with a `model` embeds the image, it must be that model. */
  readonly model: string
  /** Options of the server's inference. */
  readonly options?: Readonly<Record<string, unknown>> | undefined
}

/** A vector to store or to search with. A multi-vector has one row per token or patch. */
export type VectorInput = MultiVector | DenseVector | SparseVector | TextInput | ImageInput

/**
 * A stored vector: the rows of a multi-vector (row `i` is `data.slice(i * dim, (i + 1) * dim)`), the row of a dense vector,
 * or a sparse vector. A copy, which the caller owns.
 */
export type StoredVector = { readonly data: Float32Array; readonly dim: number } | Float32Array | SparseVector

/** A point to store. */
export interface Point {
  readonly id: PointId
  /** Vectors by name; or the vector itself, if the collection has a dense vector without a name. */
  readonly vector: Readonly<Record<string, VectorInput>> | VectorInput
  /** Default: no payload. */
  readonly payload?: Payload | null | undefined
}

/** A point that a query found. */
export interface Hit {
  readonly id: PointId
  /** The score, an f32. Larger is better for Dot and Cosine, smaller for Euclid and Manhattan. */
  readonly score: number
  /** Changes with every change of the point. */
  readonly version: number
  /** Present if `with_payload` asks for it. */
  readonly payload?: Payload | undefined
  /** Vectors by name; an unnamed vector has the name ''. Present if `with_vector` asks for it. */
  readonly vector?: Readonly<Record<string, StoredVector>> | undefined
  /**
   * For each row of the query, the row of the document that it matched. Present if `with_matches` asks for it; missing from
   * a hit whose point changed before a server returned its rows.
   */
  readonly matches?: readonly RowMatch[] | undefined
  /** Score and rank in the first stage of `rerank`, where they are known. */
  readonly candidate?: CandidateRank | undefined
}

/** A stored point. */
export interface StoredPoint {
  readonly id: PointId
  /** Present unless `with_payload` is false. */
  readonly payload?: Payload | undefined
  /** Vectors by name; an unnamed vector has the name ''. Present if `with_vector` asks for it. */
  readonly vector?: Readonly<Record<string, StoredVector>> | undefined
}

/** A filter in Qdrant's notation: `{ must: [{ key: 'year', match: { value: 2024 } }] }`. */
export interface Filter {
  readonly must?: unknown
  readonly should?: unknown
  readonly must_not?: unknown
  readonly min_should?: unknown
}

/** How two rows are compared, with Qdrant's names. */
export type Distance = 'Dot' | 'Cosine' | 'Euclid' | 'Manhattan'

/** How a server stores numbers. */
export type ServerDatatype = 'float32' | 'float16' | 'uint8' | 'turbo4'

/** How numbers are stored. Only a store has `i16`, `i8` and `binary`: see `Dtype` of `maxsimd`. */
export type Datatype = ServerDatatype | 'i16' | 'i8' | 'binary'

/** Description of a vector of a collection. */
export interface VectorDescription {
  /** Numbers per row. */
  readonly size: number
  readonly distance: Distance
  /** Default: `float32`. */
  readonly datatype?: Datatype | undefined
  /** Present for a multi-vector, absent for a dense vector. */
  readonly multivector_config?: { readonly comparator: 'max_sim' } | undefined
}

/** Which vectors of a point are returned: all, none, or those with these names. */
export type Selection = boolean | readonly string[]

/**
 * Which fields of a payload are returned: all, none, those at these paths (as an array, or `include`), or all but those at
 * these paths. A path is `year`, `author.name`, `pages[].text` or `"a key".name`.
 */
export type PayloadSelection =
  | Selection
  | { readonly include: readonly string[] }
  | { readonly exclude: readonly string[] }

/** Time and bytes of one call. */
export interface CallCost {
  /** Seconds from the call to the parsed response. */
  readonly seconds: number
  /** Seconds that the server reports. undefined if it reports none. */
  readonly serverSeconds?: number | undefined
  readonly bytesSent: number
  readonly bytesReceived: number
  /** How often the request was sent again. */
  readonly retries: number
}

/** Options of a query that every collection takes. */
export interface ReadableQueryOptions {
  /** Name of the vector. Default: the collection's only multi-vector, or its only vector. */
  readonly using?: string | undefined
  /** Maximum number of hits, at least 1. Default: 10. */
  readonly limit?: number | undefined
  /** Only points that match are found. Default: all. */
  readonly filter?: Filter | undefined
  /** Which payload fields the hits have. Default: none. */
  readonly with_payload?: PayloadSelection | undefined
  /** Which vectors the hits have. Default: none. */
  readonly with_vector?: Selection | undefined
  /** Search parameters of Qdrant. A collection that always searches exactly ignores them. */
  readonly params?: Readonly<Record<string, unknown>> | undefined
  /** Cancels the call, which rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Called once with the cost of the call. */
  readonly onCost?: ((cost: CallCost) => void) | undefined
}

/** Options of calls that read points. */
export interface ReadOptions {
  /** Which payload fields the points have. Default: all. */
  readonly with_payload?: PayloadSelection | undefined
  /** Which vectors the points have. Default: none. */
  readonly with_vector?: Selection | undefined
  /** Cancels the call, which rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** Options of `scroll`. */
export interface ScrollOptions extends ReadOptions {
  /** Only points that match are returned. Default: all. */
  readonly filter?: Filter | undefined
  /** Points per read. Default: 256 for a store; for a server 512, or 32 if vectors are returned. */
  readonly batchPoints?: number | undefined
}

/** Progress of a long call. */
export interface CallProgress {
  /** `done` and `total` count queries that ran, points that were read, or documents that were compared. */
  readonly phase: 'queries' | 'points' | 'documents'
  readonly done: number
  readonly total: number
}

/** The part of a collection that `verify` and `compare` use. They do not write to it. */
export interface ReadableCollection {
  readonly name: string
  readonly config: {
    readonly vectors: Readonly<Record<string, VectorDescription>>
    /** For errors: the vectors that these calls cannot use. */
    readonly sparse_vectors?: Readonly<Record<string, unknown>> | undefined
  }
  /** Finds the points with the best scores, best first. */
  query(query: MultiVector, options?: ReadableQueryOptions): Promise<Hit[]>
  /** Returns the points with these ids, in any order. Unknown ids are skipped. */
  retrieve(ids: readonly PointId[], options?: ReadOptions): Promise<StoredPoint[]>
  /** Returns all points, ordered by id. */
  scroll(options?: ScrollOptions): AsyncIterable<StoredPoint>
  /** Counts the points, or those that match the filter. */
  count(filter?: Filter, options?: Pick<ReadOptions, 'signal'>): Promise<number>
}
