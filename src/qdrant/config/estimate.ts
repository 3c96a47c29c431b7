// What a collection costs before it is there: bytes on disk, and bytes that want to be in memory. Per row of dim d:
//
//   originals    float32 4d   float16 2d   uint8 d   turbo4 d/2 + 8
//   scalar       d + 4        product  4d / ratio          (a quantized copy comes on top of the originals)
//   binary       d/8, d 3/16, d/4 (one, one and a half, two bits), in whole bytes
//   turbo        d/8, d 3/16, d/4, d/2 + 8
//
// and per point: 12 bytes of offsets for a multi-vector, 64 of ids and versions, 4 x 2m x 1.1 of graph where there is
// one. Originals are memory-mapped always: `on_disk: false` loads them into the page cache at the start, so `cached`
// bytes are wanted and can be dropped, `resident` bytes cannot.

import type { ServerDatatype } from '../../collection/collection.js'
import { parseConfig } from './check-config.js'
import type { CollectionConfig, FullConfig, FullVectorConfig, QuantizationConfig } from './config-types.js'
import { NEWEST } from './version.js'

export interface EstimateInput {
  readonly points: number
  /** Rows of one document's multi-vector; by name where they differ. A dense vector has one. */
  readonly rows: number | Readonly<Record<string, number>>
  /** Bytes of one point's payload as JSON. Left out: 0. */
  readonly payloadBytes?: number | undefined
}

export interface VectorEstimate {
  /** Rows of all points. */
  readonly rows: number
  readonly originals: number
  readonly quantized: number
  readonly graph: number
}

export interface CollectionEstimate {
  readonly vectors: Readonly<Record<string, VectorEstimate>>
  /** Ids, versions, offsets. */
  readonly points: number
  readonly payload: number
  /** Bytes on disk, for one copy of the collection. */
  readonly disk: number
  /** Bytes of memory that cannot be given back. */
  readonly resident: number
  /** Bytes that the server keeps in the page cache: fast while they fit, re-read from disk when they do not. */
  readonly cached: number
  /** Copies of the whole: the replication factor. */
  readonly replicas: number
}

const ID_BYTES = 64
const OFFSET_BYTES = 12
const CODE_OVERHEAD = 8

const ORIGINAL: Readonly<Record<ServerDatatype, (dim: number) => number>> = {
  float32: dim => 4 * dim,
  float16: dim => 2 * dim,
  uint8: dim => dim,
  turbo4: dim => Math.ceil(dim / 2) + CODE_OVERHEAD,
}

const BITS: Readonly<Record<string, number>> = {
  one_bit: 1,
  one_and_half_bits: 1.5,
  two_bits: 2,
  bits1: 1,
  bits1_5: 1.5,
  bits2: 2,
  bits4: 4,
}

/** Bytes of one row's quantized copy. */
function quantizedRow(config: QuantizationConfig, dim: number): number {
  if ('scalar' in config) return dim + 4
  if ('product' in config) return Math.ceil((4 * dim) / Number(config.product.compression.slice(1)))
  if ('binary' in config) return Math.ceil((dim * BITS[config.binary.encoding ?? 'one_bit']!) / 8)
  return Math.ceil((dim * BITS[config.turbo.bits ?? 'bits4']!) / 8) + CODE_OVERHEAD
}

/** How a quantized copy is kept: in memory for good, in the page cache, or on disk. */
function quantizedTier(config: QuantizationConfig, vector: FullVectorConfig): 'cold' | 'cached' | 'pinned' {
  const kept = Object.values(config)[0] as { always_ram?: boolean; memory?: 'cold' | 'cached' | 'pinned' }
  if (kept.memory) return kept.memory
  if (kept.always_ram) return 'pinned'
  return originalTier(vector)
}

function originalTier({ memory, on_disk }: FullVectorConfig): 'cold' | 'cached' {
  return memory ?? (on_disk ? 'cold' : 'cached')
}

/**
 * What a collection of this configuration would cost, in bytes, without a server: for the newest release.
 *
 * @throws TypeError or RangeError that names the path in `config`; RangeError if a count is not a number of at least 0, or
 * a vector's rows are not told
 */
export function estimateCollection(config: CollectionConfig, input: EstimateInput): CollectionEstimate {
  return costOf(parseConfig(config, NEWEST), input)
}

/** The same for a configuration that is whole already. */
export function costOf(
  config: Pick<FullConfig, 'vectors' | 'quantization_config' | 'hnsw_config' | 'replication_factor'>,
  { points, rows, payloadBytes = 0 }: EstimateInput,
): CollectionEstimate {
  checkCount(points, 'points')
  checkCount(payloadBytes, 'payloadBytes')
  const vectors: Record<string, VectorEstimate> = {}
  let disk = 0
  let cached = 0
  let resident = 0
  let offsets = 0
  for (const [name, vector] of Object.entries(config.vectors)) {
    const each = vector.multivector_config ? (typeof rows === 'number' ? rows : rows[name]) : 1
    const total = points * checkCount(each, typeof rows === 'number' ? 'rows' : `rows.${name}`)
    const quantization = vector.quantization_config ?? config.quantization_config
    const m = vector.hnsw_config?.m ?? config.hnsw_config?.m ?? 16
    const originals = total * ORIGINAL[vector.datatype ?? 'float32'](vector.size)
    const quantized = quantization ? total * quantizedRow(quantization, vector.size) : 0
    const graph = Math.round(points * 2 * m * 4 * 1.1)
    vectors[name] = { rows: total, originals, quantized, graph }
    offsets += vector.multivector_config ? points * OFFSET_BYTES : 0
    disk += originals + quantized + graph
    if (originalTier(vector) === 'cached') cached += originals
    if (quantization && quantizedTier(quantization, vector) === 'cached') cached += quantized
    if (quantization && quantizedTier(quantization, vector) === 'pinned') resident += quantized
    if (!vector.hnsw_config?.on_disk) cached += graph
  }
  const ids = points * ID_BYTES + offsets
  const payload = points * payloadBytes
  return {
    vectors,
    points: ids,
    payload,
    disk: disk + ids + payload,
    resident: resident + ids,
    cached,
    replicas: config.replication_factor ?? 1,
  }
}

function checkCount(value: number | undefined, path: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
  throw new RangeError(`"${path}" expected a number of at least 0, got ${String(value)}`)
}
