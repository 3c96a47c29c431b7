// The configuration of a store: its vectors, named as in Qdrant, and its memory budget. A manifest contains what
// `parseDescription` returns.

import { checkKnownOptions, oneOf } from '../base/check-options.js'
import { typeName } from '../base/type-name.js'
import type { Distance, VectorDescription } from '../collection/collection.js'
import type { Encoder, SparseEncoder } from '../collection/embed-texts.js'
import type { Dtype } from '../core/dtype.js'
import { METRICS, type Metric } from '../core/metric.js'
import { checkDim } from '../core/multivector.js'
import type { KernelModule, KernelName } from '../kernel/kernel.js'

/**
 * How a store keeps the elements of a vector. `float32`, `float16` and `uint8` are Qdrant's datatypes. `i16`, `i8` and
 * `binary` take less space than `float32` (1/2, 1/4 and 1/32); docs/accuracy.md has their effect on scores.
 */
export type StoreDatatype = 'float32' | 'float16' | 'uint8' | 'i16' | 'i8' | 'binary'

/**
 * How queries of a `float32` vector with `Dot` or `Cosine` avoid reading all rows. The results are the same, bit for bit.
 *
 * - `i8`: the store keeps an int8 copy of the rows, a quarter of their size. A query reads the copy, and then only the rows
 *   of the points that can be among the best.
 * - `off`: a query reads all rows.
 */
export type StoreScreen = 'i8' | 'off'

/** One vector of a new store. */
export interface StoreVectorConfig {
  /** Numbers in a row, 1 to 65,536. */
  readonly size: number
  /** How two rows are compared. */
  readonly distance: Distance
  /** How elements are stored. Default: `float32`. */
  readonly datatype?: StoreDatatype | undefined
  /** Default: a multi-vector, with any number of rows for each point. `null`: a dense vector, with one row. */
  readonly multivector_config?: { readonly comparator: 'max_sim' } | null | undefined
  /** Accepted so that a configuration for Qdrant can be used unchanged. A store has no graph, so `m` must be 0. */
  readonly hnsw_config?: { readonly m?: 0; readonly payload_m?: 0 } | null | undefined
  /** True: never kept in memory; every query reads it from the disk. Default: false. */
  readonly on_disk?: boolean | undefined
  /** How queries avoid reading all rows. Default: `i8` for `float32` with `Dot` or `Cosine`, otherwise `off`. */
  readonly screen?: StoreScreen | undefined
}

/** One vector of a store, with defaults filled in. */
export interface StoreVector extends VectorDescription {
  readonly datatype: StoreDatatype
  /** `i8` if the store keeps an int8 copy of the rows; undefined without one. */
  readonly screen?: 'i8'
  /** Whether it is never kept in memory. */
  readonly on_disk: boolean
}

/** A sparse vector of a new store. */
export interface StoreSparseVectorConfig {
  /**
   * `idf`: each value of a query is multiplied by ln(1 + (n - df + 0.5) / (df + 0.5)), where n is the number of vectors
   * and df the number of those that have the dimension. Default: `none`.
   */
  readonly modifier?: SparseModifier | undefined
}

/** What is done to the values of a sparse query. */
export type SparseModifier = 'idf' | 'none'

/** A sparse vector of a store. */
export interface StoreSparseVector {
  readonly modifier: SparseModifier
}

/** The sparse vectors of a store by name. */
export type StoreSparseVectors = Readonly<Record<string, StoreSparseVector>>

/** The vectors of a store by name. A vector without a name has the name ''. */
export type StoreVectors = Readonly<Record<string, StoreVector>>

/** The configuration that a store was created with. */
export interface StoreDescription {
  readonly vectors: StoreVectors
  /** Undefined without sparse vectors. */
  readonly sparse_vectors?: StoreSparseVectors | undefined
}

/** The vectors of a new store. */
export interface GivenVectors {
  /** The vectors by name; or the configuration of a single vector without a name. Default: none. */
  readonly vectors?: Readonly<Record<string, StoreVectorConfig>> | StoreVectorConfig | undefined
  /** The sparse vectors by name. Default: none. */
  readonly sparse_vectors?: Readonly<Record<string, StoreSparseVectorConfig>> | undefined
}

/** Options that `createStore` and `openStore` share. */
export interface StoreOptions {
  /**
   * Maximum memory for vectors, in bytes or as a text such as `512 MB`. Vectors beyond it are read from the disk by
   * each query. Default: 1 GiB. It does not apply to a store in memory, which holds up to 4 GiB (the limit of
   * WebAssembly).
   */
  readonly memory?: number | string | undefined
  /** Embeds texts that are given in place of vectors. */
  readonly encoder?: Encoder | undefined
  /** Embeds texts that are given in place of sparse vectors, for example `createBm25Encoder` of `maxsimd/encode`. */
  readonly sparseEncoder?: SparseEncoder | undefined
  /** The kernel to use. Default: the fastest that the engine can run. */
  readonly kernel?: KernelName | undefined
  /**
   * A module compiled from `maxsimd/simd.wasm` or `maxsimd/relaxed-simd.wasm`, where compiling WebAssembly at run time
   * is forbidden: on Cloudflare Workers, or under a content security policy without `wasm-unsafe-eval`.
   */
  readonly module?: KernelModule | undefined
}

/** The names of `StoreOptions`. */
export const STORE_OPTIONS = [
  'memory',
  'encoder',
  'sparseEncoder',
  'kernel',
  'module',
] as const satisfies readonly (keyof StoreOptions)[]

const METRIC_OF: Readonly<Record<Distance, Metric>> = {
  Dot: 'dot',
  Cosine: 'cosine',
  Euclid: 'euclid',
  Manhattan: 'manhattan',
}

const DTYPE_OF: Readonly<Record<StoreDatatype, Dtype>> = {
  float32: 'f32',
  float16: 'f16',
  uint8: 'u8',
  i16: 'i16',
  i8: 'i8',
  binary: 'binary',
}

const VECTOR_OPTIONS = [
  'size',
  'distance',
  'datatype',
  'multivector_config',
  'hnsw_config',
  'on_disk',
  'screen',
] as const satisfies readonly (keyof StoreVectorConfig)[]

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
}
const DEFAULT_MEMORY = 2 ** 30

/** Returns the kernel's metric of a distance. */
export const metricOfDistance = (distance: Distance): Metric => METRIC_OF[distance]
/** Returns the kernel's dtype of a datatype. */
export const dtypeOf = (datatype: StoreDatatype): Dtype => DTYPE_OF[datatype]

/**
 * Checks the vectors of a configuration and fills in defaults.
 *
 * @throws TypeError or RangeError that names the path of the wrong value
 */
export function parseDescription({ vectors, sparse_vectors = {} }: GivenVectors): StoreDescription {
  const sparse = parseSparseVectors(sparse_vectors)
  const hasSparse = Object.keys(sparse).length > 0
  if (vectors === undefined && !hasSparse) {
    throw new TypeError('"vectors" is required: for example { colbert: { size: 128, distance: "Dot" } }')
  }
  const dense = parseStoreVectors(vectors ?? {}, hasSparse)
  for (const name of Object.keys(sparse)) {
    if (Object.hasOwn(dense, name)) throw new RangeError(`"sparse_vectors.${name}" is also in "vectors"`)
  }
  return { vectors: dense, ...(hasSparse && { sparse_vectors: sparse }) }
}

function parseSparseVectors(vectors: unknown): StoreSparseVectors {
  if (typeof vectors !== 'object' || vectors === null || Array.isArray(vectors)) {
    throw new TypeError(
      `"sparse_vectors" expected an object such as { words: { modifier: 'idf' } }, got ${typeName(vectors)}`,
    )
  }
  const parsed = Object.entries(vectors as Record<string, StoreSparseVectorConfig>).map(([name, vector]) => {
    const path = `sparse_vectors.${name}`
    checkKnownOptions(vector, ['modifier'], 'a sparse vector of a store', path)
    return [
      name,
      { modifier: oneOf(vector.modifier ?? 'none', ['idf', 'none'], `${path}.modifier`) },
    ] as const
  })
  if (parsed.some(([name]) => name === '')) {
    throw new RangeError('"sparse_vectors" expected names that are not empty')
  }
  return Object.fromEntries(parsed)
}

/**
 * Checks vectors and fills in defaults. Takes vectors by name, or a single vector without a name, which gets the name ''.
 *
 * @throws TypeError or RangeError that names the path of the wrong value
 */
export function parseStoreVectors(
  vectors: Readonly<Record<string, StoreVectorConfig>> | StoreVectorConfig,
  mayBeEmpty = false,
): StoreVectors {
  if (typeof vectors !== 'object' || vectors === null || Array.isArray(vectors)) {
    throw new TypeError(
      `"vectors" expected an object such as { colbert: { size: 128, distance: 'Dot' } }, got ${typeName(vectors)}`,
    )
  }
  const isUnnamed = typeof (vectors as StoreVectorConfig).size === 'number'
  const named = isUnnamed ? { '': vectors as StoreVectorConfig } : vectors
  const parsed = Object.entries(named).map(([name, vector]) => {
    return [name, parseVector(vector, name === '' ? 'vectors' : `vectors.${name}`)] as const
  })
  if (parsed.length === 0 && !mayBeEmpty)
    throw new RangeError('"vectors" expected at least one vector, got none')
  return Object.fromEntries(parsed)
}

function parseVector(vector: StoreVectorConfig, path: string): StoreVector {
  checkKnownOptions(vector, VECTOR_OPTIONS, 'a vector of a store', path)
  if (vector.size === undefined) {
    throw new TypeError(`"${path}.size" is required: the number of elements in each row, for example 128`)
  }
  if (vector.distance === undefined) {
    throw new TypeError(`"${path}.distance" is required: Dot, Cosine, Euclid or Manhattan`)
  }
  const { multivector_config, hnsw_config, on_disk = false } = vector
  const size = checkDim(vector.size, `${path}.size`)
  const distance = oneOf(vector.distance, Object.keys(METRIC_OF) as Distance[], `${path}.distance`)
  const datatype = parseDatatype(vector.datatype ?? 'float32', distance, `${path}.datatype`)
  const screen = parseScreen(vector.screen, distance, datatype, `${path}.screen`)
  if (typeof on_disk !== 'boolean') {
    throw new TypeError(`"${path}.on_disk" expected true or false, got ${typeName(on_disk)}`)
  }
  if (multivector_config) {
    oneOf(multivector_config.comparator, ['max_sim'], `${path}.multivector_config.comparator`)
  }
  for (const [name, value] of Object.entries(hnsw_config ?? {})) {
    if (value !== 0 || (name !== 'm' && name !== 'payload_m')) {
      throw new RangeError(
        `"${path}.hnsw_config" expected { m: 0 }, got ${JSON.stringify(hnsw_config)}; a store has no graph, so omit it`,
      )
    }
  }
  return {
    size,
    distance,
    datatype,
    ...(multivector_config !== null && { multivector_config: { comparator: 'max_sim' } }),
    on_disk,
    ...(screen === 'i8' && { screen }),
  }
}

function parseScreen(
  screen: unknown,
  distance: Distance,
  datatype: StoreDatatype,
  path: string,
): StoreScreen {
  const isPossible = datatype === 'float32' && !METRICS[METRIC_OF[distance]].ascending
  if (screen === undefined) return isPossible ? 'i8' : 'off'
  const chosen = oneOf(screen, ['i8', 'off'] as const, path)
  if (chosen === 'off' || isPossible) return chosen
  throw new RangeError(
    `"${path}" i8 supports float32 with the distances Dot and Cosine, got ${datatype} and ${distance}; omit it`,
  )
}

function parseDatatype(datatype: string, distance: Distance, path: string): StoreDatatype {
  const names = Object.keys(DTYPE_OF) as StoreDatatype[]
  // a corpus has other names for three of them
  const intended = names.find(name => name !== datatype && DTYPE_OF[name] === datatype)
  if (intended) {
    throw new RangeError(
      `"${path}" expected one of ${names.join(', ')}, got "${datatype}"; use "${intended}", as Qdrant does`,
    )
  }
  const chosen = oneOf(datatype, names, path)
  if (chosen === 'binary' && distance === 'Manhattan') {
    throw new RangeError(
      `"${path}" binary needs the distance Dot, Cosine or Euclid, got Manhattan; use i8 or float32`,
    )
  }
  return chosen
}

/**
 * Returns the bytes of a memory size such as 1e9 or `512 MB`. Default: 1 GiB.
 *
 * @throws RangeError if it is neither
 */
export function parseMemory(memory: number | string = DEFAULT_MEMORY): number {
  const parts = typeof memory === 'string' ? /^(\d+(?:\.\d+)?) ?([KMG]i?B|B)$/.exec(memory) : undefined
  const bytes =
    typeof memory === 'number' ? memory : parts ? Number(parts[1]) * UNITS[parts[2]!]! : Number.NaN
  if (bytes >= 0 && bytes < Infinity) return Math.floor(bytes)
  const got = typeof memory === 'string' ? JSON.stringify(memory) : String(memory)
  throw new RangeError(`"memory" expected a number of bytes, or a text such as "512 MB", got ${got}`)
}
