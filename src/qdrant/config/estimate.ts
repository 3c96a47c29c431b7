// Estimates the size of a collection: bytes on disk and in memory. Per row of dim d:
//
//   originals    float32 4d   float16 2d   uint8 d   turbo4 d/2 + 8
//   scalar       d + 4        product  4d / ratio          (quantized copies are stored beside the originals)
//   binary       d/8, d 3/16, d/4 (one, one and a half, two bits), in whole bytes
//   turbo        d/8, d 3/16, d/4, d/2 + 8
//
// Per point: 12 bytes of offsets for a multi-vector, 64 of ids and versions, and 4 x 2m x 1.1 of graph if there is one.
// Originals are always memory-mapped: `on_disk: false` loads them into the page cache at the start. So `cached` bytes are
// only a wish, which the operating system may drop, and `resident` bytes are needed.

import { checkKnownOptions } from '../../base/check-options.js'
import type { ServerDatatype } from '../../collection/collection.js'
import { parseConfig } from './check-config.js'
import type {
  CollectionConfig,
  QuantizationConfig,
  QuantizationStorage,
  ResolvedConfig,
  ServerVectorConfig,
} from './config-types.js'
import { NEWEST } from './version.js'

/** How many documents an estimate is for, and how large they are. */
export interface EstimateInput {
  /** Number of points. */
  readonly points: number
  /** Rows of one document, for all multi-vectors or by name. A dense vector has one row. */
  readonly rows: number | Readonly<Record<string, number>>
  /** Bytes of one point's payload as JSON. Default: 0. */
  readonly payloadBytes?: number | undefined
}

/** Estimated size of one vector in bytes, over all points. */
export interface VectorEstimate {
  /** Number of rows. */
  readonly rows: number
  /** Bytes of the vectors as they are stored. */
  readonly originals: number
  /** Bytes of the quantized copies. */
  readonly quantized: number
  /** Bytes of the graph. */
  readonly graph: number
}

/** Estimated size of a collection in bytes, for one replica. */
export interface CollectionEstimate {
  readonly vectors: Readonly<Record<string, VectorEstimate>>
  /** Bytes of ids, versions and offsets. */
  readonly points: number
  /** Bytes of payloads. */
  readonly payload: number
  /** Bytes on disk. */
  readonly disk: number
  /** Bytes of memory that the server cannot release. */
  readonly resident: number
  /** Bytes that the server keeps in the page cache. Queries read them from disk again if memory is short. */
  readonly cached: number
  /** Number of replicas: the replication factor. */
  readonly replicas: number
}

const ID_BYTES = 64
const OFFSET_BYTES = 12
const CODE_OVERHEAD = 8
/** Edges of a node if no `m` is given. */
const DEFAULT_M = 16

/** Bytes of one row as it is stored. */
const ORIGINAL_BYTES: Readonly<Record<ServerDatatype, (dim: number) => number>> = {
  float32: dim => 4 * dim,
  float16: dim => 2 * dim,
  uint8: dim => dim,
  turbo4: dim => Math.ceil(dim / 2) + CODE_OVERHEAD,
}

const BINARY_BITS = { one_bit: 1, one_and_half_bits: 1.5, two_bits: 2 } as const
const TURBO_BITS = { bits1: 1, bits1_5: 1.5, bits2: 2, bits4: 4 } as const

/** Bytes of one row's quantized copy. */
function quantizedRowBytes(config: QuantizationConfig, dim: number): number {
  if ('scalar' in config) return dim + 4
  if ('product' in config) return Math.ceil((4 * dim) / Number(config.product.compression.slice(1)))
  if ('binary' in config) return Math.ceil((dim * BINARY_BITS[config.binary.encoding ?? 'one_bit']) / 8)
  return Math.ceil((dim * TURBO_BITS[config.turbo.bits ?? 'bits4']) / 8) + CODE_OVERHEAD
}

/** Where a quantized copy is kept. */
function quantizedTier(config: QuantizationConfig, vector: ServerVectorConfig): 'cold' | 'cached' | 'pinned' {
  const { memory, always_ram } = Object.values(config)[0] as QuantizationStorage
  return memory ?? (always_ram ? 'pinned' : originalTier(vector))
}

function originalTier({ memory, on_disk }: ServerVectorConfig): 'cold' | 'cached' {
  return memory ?? (on_disk ? 'cold' : 'cached')
}

/**
 * Estimates the size of a collection from its configuration, without a server. The rules are those of the newest release.
 *
 * @returns sizes in bytes
 * @throws TypeError or RangeError that names the wrong setting in `config`
 * @throws RangeError if a count is not a number of at least 0, or the rows of a vector are missing
 * @example
 * import { estimateCollection } from 'maxsimd/qdrant'
 *
 * const config = { vectors: { colbert: { size: 128, distance: 'Dot', quantization_config: { binary: {} } } } }
 * const estimate = estimateCollection(config, { points: 100_000, rows: 500 })
 * estimate.vectors.colbert.originals // 25_600_000_000
 * estimate.vectors.colbert.quantized // 800_000_000
 * estimate.disk // 26_407_600_000
 */
export function estimateCollection(config: CollectionConfig, input: EstimateInput): CollectionEstimate {
  return costOf(parseConfig(config, NEWEST), input)
}

/** The parts of a configuration that affect the size. */
type SizedConfig = Pick<
  ResolvedConfig,
  'vectors' | 'quantization_config' | 'hnsw_config' | 'replication_factor'
>

/** Estimates the size of a collection from a configuration with all defaults. */
export function costOf(config: SizedConfig, input: EstimateInput): CollectionEstimate {
  checkKnownOptions(input, ['points', 'rows', 'payloadBytes'], 'an estimate', 'input')
  const { points, rows, payloadBytes = 0 } = input
  checkAmount(points, 'points')
  checkAmount(payloadBytes, 'payloadBytes')
  const vectors: Record<string, VectorEstimate> = {}
  const total = { disk: 0, cached: 0, resident: 0, offsets: 0 }
  for (const [name, vector] of Object.entries(config.vectors)) {
    const rowsPerPoint = vector.multivector_config ? rowsOf(rows, name) : 1
    const estimate = estimateVector(config, vector, points, points * rowsPerPoint)
    vectors[name] = estimate
    const { originals, quantized, graph } = estimate
    const quantization = quantizationOf(config, vector)
    const tier = quantization && quantizedTier(quantization, vector)
    total.disk += originals + quantized + graph
    if (vector.multivector_config) total.offsets += points * OFFSET_BYTES
    if (originalTier(vector) === 'cached') total.cached += originals
    if (tier === 'cached') total.cached += quantized
    if (tier === 'pinned') total.resident += quantized
    if (!vector.hnsw_config?.on_disk) total.cached += graph
  }
  const ids = points * ID_BYTES + total.offsets
  const payload = points * payloadBytes
  return {
    vectors,
    points: ids,
    payload,
    disk: total.disk + ids + payload,
    resident: total.resident + ids,
    cached: total.cached,
    replicas: config.replication_factor ?? 1,
  }
}

const quantizationOf = (config: SizedConfig, vector: ServerVectorConfig) =>
  vector.quantization_config ?? config.quantization_config

function estimateVector(
  config: SizedConfig,
  vector: ServerVectorConfig,
  points: number,
  rows: number,
): VectorEstimate {
  const { size, datatype, hnsw_config } = vector
  const quantization = quantizationOf(config, vector)
  const m = hnsw_config?.m ?? config.hnsw_config?.m ?? DEFAULT_M
  return {
    rows,
    originals: rows * ORIGINAL_BYTES[datatype ?? 'float32'](size),
    quantized: quantization ? rows * quantizedRowBytes(quantization, size) : 0,
    graph: Math.round(points * 2 * m * 4 * 1.1),
  }
}

function rowsOf(rows: EstimateInput['rows'], name: string): number {
  return typeof rows === 'object' && rows !== null
    ? checkAmount(rows[name], `rows.${name}`)
    : checkAmount(rows, 'rows')
}

function checkAmount(value: number | undefined, path: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
  throw new RangeError(`"${path}" expected a number of at least 0, got ${String(value)}`)
}
