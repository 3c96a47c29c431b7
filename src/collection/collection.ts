// What a collection of multi-vectors is, wherever it lies: on a server, or in a store beside the program. `verify` and
// `compare` take any two of them. The words are Qdrant's: points, payloads, named vectors, filters. Types only.

import type { MultiVector, NumberArray } from '../core/multivector.js'

/** A point's id: a whole number from 0 to 2^53 - 1, or a UUID. */
export type PointId = number | string

/** What a point carries beside its vectors: a JSON object. */
export type Payload = Readonly<Record<string, unknown>>

/** A sparse vector: `values[i]` stands at dimension `indices[i]`. */
export interface SparseVector {
  readonly indices: readonly number[]
  readonly values: readonly number[]
}

/** One vector with one row, for a field that is no multi-vector. */
export type DenseVector = readonly number[] | NumberArray

/** A text to embed with a model, in place of a vector. */
export interface TextInput {
  readonly text: string
  /** The model's name; where an encoder is given here that knows its own, it must be that one. May be left out. */
  readonly model?: string | undefined
  readonly options?: Readonly<Record<string, unknown>> | undefined
}

/** What may stand where a vector is expected. */
export type VectorInput = MultiVector | DenseVector | SparseVector | TextInput

/** What comes back as a vector: rows packed in one f32 array, one row (dense), or sparse. A fresh copy, yours. */
export type StoredVector = { readonly data: Float32Array; readonly dim: number } | Float32Array | SparseVector

/** A point on its way in. A collection whose vector has no name takes the vector itself in place of names. */
export interface Point {
  readonly id: PointId
  readonly vector: Readonly<Record<string, VectorInput>> | VectorInput
  readonly payload?: Payload | null | undefined
}

/** A point that was found by a query. */
export interface Hit {
  readonly id: PointId
  /** The score, an f32: larger is better with Dot and Cosine, smaller with Euclid and Manhattan. */
  readonly score: number
  /** Changes whenever the point does. */
  readonly version: number
  readonly payload?: Payload | undefined
  /** By name; an unnamed vector has the name ''. */
  readonly vector?: Readonly<Record<string, StoredVector>> | undefined
}

/** A point as it is stored. */
export interface StoredPoint {
  readonly id: PointId
  readonly payload?: Payload | undefined
  /** By name; an unnamed vector has the name ''. */
  readonly vector?: Readonly<Record<string, StoredVector>> | undefined
}

/** A filter in Qdrant's own words: `{ must: [{ key, match: { value } }] }`. */
export interface Filter {
  readonly must?: unknown
  readonly should?: unknown
  readonly must_not?: unknown
  readonly min_should?: unknown
}

/** How two rows are compared, as Qdrant names it. */
export type Distance = 'Dot' | 'Cosine' | 'Euclid' | 'Manhattan'

/** What a server stores elements as. */
export type ServerDatatype = 'float32' | 'float16' | 'uint8' | 'turbo4'

/** What elements are stored as: `i16`, `i8` and `binary` are a store's, see the core's `Dtype`. */
export type Datatype = ServerDatatype | 'i16' | 'i8' | 'binary'

/** What every collection tells of one of its vectors. */
export interface VectorDescription {
  /** Numbers in a row. */
  readonly size: number
  readonly distance: Distance
  readonly datatype?: Datatype | undefined
  /** Present where a document has many rows. */
  readonly multivector_config?: { readonly comparator: 'max_sim' } | undefined
}

/** Which of the stored parts come back: all, none, or those named. */
export type Selection = boolean | readonly string[]

/** Figures of one call, for those who measure. */
export interface CallCost {
  /** From the call to the parsed answer. */
  readonly seconds: number
  /** What the other side says it took; undefined where it does not say. */
  readonly serverSeconds?: number | undefined
  readonly bytesSent: number
  readonly bytesReceived: number
  /** How often the request had to be sent again. */
  readonly retries: number
}

export interface ReadableQueryOptions {
  /** The vector to compare with; left out: the collection's only multi-vector, or its only vector. */
  readonly using?: string | undefined
  readonly limit?: number | undefined
  readonly filter?: Filter | undefined
  readonly with_payload?: Selection | undefined
  readonly with_vector?: Selection | undefined
  /** How to search, in Qdrant's words; a collection without such choices takes no notice. */
  readonly params?: Readonly<Record<string, unknown>> | undefined
  readonly signal?: AbortSignal | undefined
  /** Called once with what the call cost. */
  readonly onCost?: ((cost: CallCost) => void) | undefined
}

export interface ReadOptions {
  readonly with_payload?: Selection | undefined
  readonly with_vector?: Selection | undefined
  readonly signal?: AbortSignal | undefined
}

export interface ScrollOptions extends ReadOptions {
  readonly filter?: Filter | undefined
  /** Points read at a time. Default: 256 for a store; for a server 32 if vectors are read, else 512. */
  readonly batchPoints?: number | undefined
}

/** How far a long call is: queries asked, points read, documents held against what they should be. */
export interface CallProgress {
  readonly phase: 'queries' | 'points' | 'documents'
  readonly done: number
  readonly total: number
}

/** What `verify` and `compare` need of a collection. Nothing in it is written to. */
export interface ReadableCollection {
  readonly name: string
  readonly config: { readonly vectors: Readonly<Record<string, VectorDescription>> }
  query(query: MultiVector, options?: ReadableQueryOptions): Promise<Hit[]>
  /** The points with these ids that are there, in no order. */
  retrieve(ids: readonly PointId[], options?: ReadOptions): Promise<StoredPoint[]>
  /** Every point, rising by id, a page at a time. */
  scroll(options?: ScrollOptions): AsyncIterable<StoredPoint>
  count(filter?: Filter, options?: Pick<ReadOptions, 'signal'>): Promise<number>
}
