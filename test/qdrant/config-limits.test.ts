// The limits of each setting of a collection: what is accepted, and the next value, which is refused.

import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/qdrant/config/check-config.js'
import type { CollectionConfig } from '../../src/qdrant/config/config-types.js'
import { parseVersion } from '../../src/qdrant/config/version.js'

const current = parseVersion('1.19.0')
const vector = (extra: object) => ({ vectors: { colbert: { size: 128, distance: 'Dot', ...extra } } })

describe('a setting is accepted at its limits, and refused beyond them:', () => {
  /** Whether a configuration is accepted that has the value at the path, beside what is required. */
  const accepts = (path: string, value: unknown) => {
    const own = /^vectors\.colbert\.(.*)/.exec(path)?.[1]
    const nested = (own ?? path).split('.').reduceRight((inner, name) => ({ [name]: inner }), value) as object
    const config = own === undefined ? { ...vector({}), ...nested } : vector(nested)
    try {
      return parseConfig(config as CollectionConfig, current) !== undefined
    } catch (error) {
      expect((error as Error).message).toContain(`"${path}" expected `)
      return false
    }
  }

  it.each<[path: string, minimum: number, maximum?: number]>([
    ['vectors.colbert.size', 1, 65_536],
    ...Object.entries({
      m: 0,
      payload_m: 0,
      ef_construct: 4,
      full_scan_threshold: 10,
      max_indexing_threads: 0,
    }).map(([name, minimum]): [string, number] => [`hnsw_config.${name}`, minimum]),
    ['sparse_vectors.words.index.full_scan_threshold', 0],
    ['shard_number', 1],
    ['replication_factor', 1],
    ['write_consistency_factor', 1],
    ['optimizers_config.vacuum_min_vector_number', 100],
    ['optimizers_config.default_segment_number', 0],
    ['optimizers_config.max_segment_size', 1],
    ['optimizers_config.indexing_threshold', 0],
    ['optimizers_config.flush_interval_sec', 0],
    ['optimizers_config.max_optimization_threads', 0],
    ['wal_config.wal_capacity_mb', 1],
    ['wal_config.wal_segments_ahead', 0],
    ['wal_config.wal_retain_closed', 1],
    ...['max_query_limit', 'max_timeout', 'max_points_count', 'read_rate_limit', 'write_rate_limit'].map(
      (name): [string, number] => [`strict_mode_config.${name}`, 1],
    ),
    ...[
      ...['search_max_hnsw_ef', 'upsert_max_batchsize', 'search_max_batchsize', 'filter_max_conditions'],
      ...['max_collection_vector_size_bytes', 'max_collection_payload_size_bytes', 'max_payload_index_count'],
      'condition_max_size',
    ].map((name): [string, number] => [`strict_mode_config.${name}`, 0]),
    ['strict_mode_config.multivector_config.colbert.max_vectors', 1],
    ['strict_mode_config.max_resident_memory_percent', 1, 100],
  ])('%s is a whole number from %d on', (path, minimum, maximum = Number.MAX_SAFE_INTEGER) => {
    const values = [minimum, maximum, minimum - 1, minimum + 0.5, maximum + 1, String(minimum)]
    expect(values.map(value => accepts(path, value))).toEqual([true, true, false, false, false, false])
  })

  it('a share is a number between its limits', () => {
    const shares = [0, 0.3, 1, -0.1, 1.1, Number.NaN]
    expect(shares.map(value => accepts('optimizers_config.deleted_threshold', value))).toEqual([
      ...[true, true, true, false, false, false],
    ])
    const quantile = (value: number) => () =>
      parseConfig(
        vector({ quantization_config: { scalar: { type: 'int8', quantile: value } } }) as never,
        current,
      )
    for (const value of [0.5, 1]) expect(quantile(value)).not.toThrow()
    for (const value of [0.49, 1.01]) expect(quantile(value)).toThrow('expected a number from 0.5 to 1, got')
  })

  it.each<[path: string, names: string]>([
    ['vectors.colbert.distance', 'Dot Cosine Euclid Manhattan'],
    ['vectors.colbert.datatype', 'float32 float16 uint8 turbo4'],
    ['vectors.colbert.memory', 'cold cached'],
    ['vectors.colbert.hnsw_config.memory', 'cold cached pinned'],
    ['payload.memory', 'cold cached pinned'],
    ['sparse_vectors.words.modifier', 'none idf'],
    ['sparse_vectors.words.index.datatype', 'float32 float16 uint8'],
    ['sparse_vectors.words.index.memory', 'cold cached pinned'],
    ['sharding_method', 'auto custom'],
    ['quantization_config.scalar.type', 'int8'],
    ['quantization_config.product.compression', 'x4 x8 x16 x32 x64'],
    ['quantization_config.binary.encoding', 'one_bit two_bits one_and_half_bits'],
    ['quantization_config.binary.query_encoding', 'default binary scalar4bits scalar8bits'],
    ['quantization_config.binary.memory', 'cold cached pinned'],
    ['quantization_config.turbo.bits', 'bits1 bits1_5 bits2 bits4'],
    ['payload_indexes.year', 'keyword integer float bool geo datetime text uuid'],
  ])('%s is one of %s', (path, names) => {
    for (const name of names.split(' ')) expect(accepts(path, name), name).toBe(true)
    for (const name of ['', 'other']) expect(accepts(path, name), name).toBe(false)
  })

  it.each([
    ...['vectors.colbert.on_disk', 'hnsw_config.on_disk', 'hnsw_config.inline_storage', 'on_disk_payload'],
    ...['quantization_config.binary.always_ram', 'sparse_vectors.words.index.on_disk'],
    ...['optimizers_config.prevent_unoptimized', 'strict_mode_config.enabled'],
    ...['strict_mode_config.unindexed_filtering_retrieve', 'strict_mode_config.unindexed_filtering_update'],
    'strict_mode_config.search_allow_exact',
  ])('%s is true or false', path => {
    expect([true, false, 1, 'true'].map(value => accepts(path, value))).toEqual([true, true, false, false])
  })
})
