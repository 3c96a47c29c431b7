// Checks a collection's configuration for the server's version before anything is sent, and fills in late interaction's
// defaults. Unknown settings are refused, because Qdrant ignores them silently.

import type { CollectionConfig, ResolvedConfig, ServerVectorConfig, VectorConfig } from './config-types.js'
import type { Version } from './version.js'
import {
  before,
  flag,
  json,
  named,
  numberBetween,
  numberFrom,
  object,
  oneOfRule,
  type Rule,
  type Rules,
  since,
  wholeNumberRule,
} from './version-rules.js'

const TIERS_REMEDY = 'omit it, and use "on_disk" and "always_ram"'
const tier = since('1.19.0', TIERS_REMEDY, oneOfRule('cold', 'cached', 'pinned'))
const vectorTier = since('1.19.0', TIERS_REMEDY, (value, path) => {
  if (value === 'pinned') {
    throw new RangeError(
      `"${path}" expected cold or cached, got "pinned"; only quantized copies can be pinned: set it in "quantization_config"`,
    )
  }
  oneOfRule('cold', 'cached')(value, path, { text: '', numbers: [] })
})

const HNSW: Rules = {
  m: wholeNumberRule(0),
  payload_m: wholeNumberRule(0),
  ef_construct: wholeNumberRule(4),
  full_scan_threshold: wholeNumberRule(10),
  max_indexing_threads: wholeNumberRule(0),
  on_disk: flag,
  memory: tier,
  inline_storage: flag,
}

const QUANTIZATION_STORAGE: Rules = { always_ram: flag, memory: tier }

const QUANTIZATION_METHODS: Rules = {
  scalar: object({ type: oneOfRule('int8'), quantile: numberBetween(0.5, 1), ...QUANTIZATION_STORAGE }),
  product: object({ compression: oneOfRule('x4', 'x8', 'x16', 'x32', 'x64'), ...QUANTIZATION_STORAGE }),
  binary: object({
    encoding: oneOfRule('one_bit', 'two_bits', 'one_and_half_bits'),
    query_encoding: oneOfRule('default', 'binary', 'scalar4bits', 'scalar8bits'),
    ...QUANTIZATION_STORAGE,
  }),
  turbo: since(
    '1.18.0',
    'use scalar or binary',
    object({ bits: oneOfRule('bits1', 'bits1_5', 'bits2', 'bits4'), ...QUANTIZATION_STORAGE }),
  ),
}

const quantization: Rule = (value, path, version) => {
  object(QUANTIZATION_METHODS)(value, path, version)
  const methods = Object.keys(value as object)
  if (methods.length !== 1) {
    throw new RangeError(
      `"${path}" expected one of ${Object.keys(QUANTIZATION_METHODS).join(', ')}, got ${methods.join(' and ') || 'none'}`,
    )
  }
  const { scalar, product } = value as Record<string, Record<string, unknown> | undefined>
  if (scalar && scalar.type === undefined) {
    throw new RangeError(`"${path}.scalar.type" is required: "int8"`)
  }
  if (product && product.compression === undefined) {
    throw new RangeError(`"${path}.product.compression" is required: "x4" to "x64"`)
  }
}

const VECTOR: Rules = {
  size: wholeNumberRule(1, 65_536),
  distance: oneOfRule('Dot', 'Cosine', 'Euclid', 'Manhattan'),
  multivector_config: object({ comparator: oneOfRule('max_sim') }),
  hnsw_config: object(HNSW),
  quantization_config: quantization,
  on_disk: flag,
  memory: vectorTier,
  datatype: (value, path, version) => {
    oneOfRule('float32', 'float16', 'uint8', 'turbo4')(value, path, version)
    // 1.18 accepts the value, panics when it creates the segment, and creates nothing
    if (value === 'turbo4')
      since('1.19.0', 'use "quantization_config": { turbo: {} }', () => undefined)(value, path, version)
  },
}

const SPARSE: Rules = {
  modifier: oneOfRule('none', 'idf'),
  index: object({
    full_scan_threshold: wholeNumberRule(0),
    on_disk: flag,
    memory: tier,
    datatype: oneOfRule('float32', 'float16', 'uint8'),
  }),
}

const QUOTA_REMEDY = "set the node's quota"

const STRICT_MODE: Rules = {
  enabled: flag,
  max_query_limit: wholeNumberRule(1),
  max_timeout: wholeNumberRule(1),
  unindexed_filtering_retrieve: flag,
  unindexed_filtering_update: flag,
  search_max_hnsw_ef: wholeNumberRule(0),
  search_allow_exact: flag,
  search_max_oversampling: numberFrom(0),
  upsert_max_batchsize: wholeNumberRule(0),
  search_max_batchsize: wholeNumberRule(0),
  max_collection_vector_size_bytes: wholeNumberRule(0),
  max_collection_payload_size_bytes: wholeNumberRule(0),
  max_points_count: wholeNumberRule(1),
  max_payload_index_count: wholeNumberRule(0),
  read_rate_limit: wholeNumberRule(1),
  write_rate_limit: wholeNumberRule(1),
  filter_max_conditions: wholeNumberRule(0),
  condition_max_size: wholeNumberRule(0),
  multivector_config: named(object({ max_vectors: wholeNumberRule(1) })),
  sparse_config: named(object({ max_length: wholeNumberRule(1) })),
  max_resident_memory_percent: wholeNumberRule(1, 100),
  max_disk_usage_percent: before('1.19.0', QUOTA_REMEDY, wholeNumberRule(1, 100)),
}

const INDEX_TYPES = ['keyword', 'integer', 'float', 'bool', 'geo', 'datetime', 'text', 'uuid'] as const

const payloadIndex: Rule = (value, path, version) => {
  if (typeof value === 'string') return oneOfRule(...INDEX_TYPES)(value, path, version)
  // the server checks the other options, which depend on the type
  json(value, path, version)
  oneOfRule(...INDEX_TYPES)((value as { type?: unknown }).type, `${path}.type`, version)
}

const CONFIG: Rules = {
  vectors: json,
  sparse_vectors: named(object(SPARSE)),
  shard_number: wholeNumberRule(1),
  sharding_method: oneOfRule('auto', 'custom'),
  replication_factor: wholeNumberRule(1),
  write_consistency_factor: wholeNumberRule(1),
  on_disk_payload: flag,
  payload: since('1.19.0', 'use "on_disk_payload"', object({ memory: tier })),
  hnsw_config: object(HNSW),
  quantization_config: quantization,
  optimizers_config: object({
    deleted_threshold: numberBetween(0, 1),
    vacuum_min_vector_number: wholeNumberRule(100),
    default_segment_number: wholeNumberRule(0),
    max_segment_size: wholeNumberRule(1),
    indexing_threshold: wholeNumberRule(0),
    flush_interval_sec: wholeNumberRule(0),
    max_optimization_threads: (value, path, version) => {
      if (value !== 'auto') wholeNumberRule(0)(value, path, version)
    },
    prevent_unoptimized: flag,
  }),
  wal_config: object({
    wal_capacity_mb: wholeNumberRule(1),
    wal_segments_ahead: wholeNumberRule(0),
    wal_retain_closed: wholeNumberRule(1),
  }),
  strict_mode_config: object(STRICT_MODE),
  metadata: json,
  payload_indexes: named(payloadIndex),
}

/**
 * Checks a configuration and fills in late interaction's defaults: max_sim, and no graph for multi-vectors.
 *
 * @throws TypeError or RangeError that names the path of the wrong setting and a remedy
 */
export function parseConfig(config: CollectionConfig, version: Version): ResolvedConfig {
  object(CONFIG)(config, '', version)
  const { vectors, sparse_vectors, strict_mode_config } = config
  if (vectors === undefined || vectors === null)
    throw new RangeError('"vectors" is required: for example { colbert: { size: 128, distance: "Dot" } }')
  const byName: Readonly<Record<string, VectorConfig>> = isUnnamed(vectors) ? { '': vectors } : vectors
  const resolved: Record<string, ServerVectorConfig> = {}
  for (const [name, vector] of Object.entries(byName)) {
    const path = name === '' ? 'vectors' : `vectors.${name}`
    object(VECTOR)(vector, path, version)
    checkRequired(vector, path)
    resolved[name] = withDefaults(vector)
  }
  if (Object.keys(resolved).length === 0 && !sparse_vectors) {
    throw new RangeError('"vectors" expected at least one vector, got none')
  }
  checkLimitedVectors(strict_mode_config?.multivector_config, resolved, 'multivector_config')
  checkLimitedVectors(strict_mode_config?.sparse_config, sparse_vectors, 'sparse_config')
  return { ...config, vectors: resolved }
}

function checkRequired({ size, distance }: VectorConfig, path: string): void {
  if (size === undefined || size === null) {
    throw new RangeError(`"${path}.size" is required: the number of elements in each row, for example 128`)
  }
  if (distance === undefined || distance === null) {
    throw new RangeError(`"${path}.distance" is required: Dot, Cosine, Euclid or Manhattan`)
  }
}

/** The server accepts a limit for a vector that does not exist, and then limits nothing. */
function checkLimitedVectors(
  limits: object | null | undefined,
  vectors: object | null | undefined,
  name: string,
): void {
  const known = Object.keys(vectors ?? {})
  for (const vector of Object.keys(limits ?? {})) {
    if (known.includes(vector)) continue
    const names = known.length > 0 ? known.join(', ') : 'the collection has no such vectors'
    throw new RangeError(`"strict_mode_config.${name}" expected names of vectors (${names}), got "${vector}"`)
  }
}

/** Whether `vectors` is the configuration of a single unnamed vector. */
const isUnnamed = (vectors: CollectionConfig['vectors']): vectors is VectorConfig =>
  typeof (vectors as VectorConfig).size === 'number'

function withDefaults({ multivector_config, hnsw_config, ...vector }: VectorConfig): ServerVectorConfig {
  if (multivector_config === null) return { ...vector, ...(hnsw_config && { hnsw_config }) }
  const graph = { m: 0, ...hnsw_config }
  return {
    ...vector,
    multivector_config: multivector_config ?? { comparator: 'max_sim' },
    // without payload_m, the server would take the collection's, and build graphs for payload values
    hnsw_config: graph.m === 0 ? { payload_m: 0, ...graph } : graph,
  }
}

/** The body of PUT /collections/{name}. */
export function createRequest(config: ResolvedConfig): Record<string, unknown> {
  const { vectors, payload_indexes: _separateRequests, ...rest } = config
  return { ...rest, vectors: '' in vectors ? vectors[''] : vectors }
}
