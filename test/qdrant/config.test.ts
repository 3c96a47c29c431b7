// A collection's configuration without a server: defaults, refused settings, differences, estimated size.

import { describe, expect, it } from 'vitest'
import { createRequest, parseConfig } from '../../src/qdrant/config/check-config.js'
import { describeDifferences, differences } from '../../src/qdrant/config/config-diff.js'
import type { CollectionConfig } from '../../src/qdrant/config/config-types.js'
import { estimateCollection } from '../../src/qdrant/config/estimate.js'
import { isSince, parseVersion } from '../../src/qdrant/config/version.js'

const old = parseVersion('1.18.3')
const current = parseVersion('1.19.0')
const colbert = { size: 128, distance: 'Dot' } as const
const MAX_SIM = { multivector_config: { comparator: 'max_sim' } } as const

describe('the defaults of a vector', () => {
  it.each([
    ['no graph and max_sim', {}, { ...MAX_SIM, hnsw_config: { m: 0, payload_m: 0 } }],
    [
      'no graphs of payload values with m: 0',
      { hnsw_config: { m: 0 } },
      { ...MAX_SIM, hnsw_config: { m: 0, payload_m: 0 } },
    ],
    ['only max_sim with a graph', { hnsw_config: { m: 16 } }, { ...MAX_SIM, hnsw_config: { m: 16 } }],
    [
      'no main graph with graphs of payload values',
      { hnsw_config: { payload_m: 8 } },
      { ...MAX_SIM, hnsw_config: { m: 0, payload_m: 8 } },
    ],
    ['nothing for a dense vector', { multivector_config: null }, {}],
    [
      'nothing for a dense vector with a graph',
      { multivector_config: null, hnsw_config: { m: 4 } },
      { hnsw_config: { m: 4 } },
    ],
  ])('are %s', (_, given, wanted) => {
    const { vectors } = parseConfig({ vectors: { colbert: { ...colbert, ...given } } }, current)
    expect(vectors.colbert).toEqual({ ...colbert, ...wanted })
  })

  it('are sent without a name for an unnamed vector, and without payload indexes', () => {
    const full = parseConfig(
      { vectors: colbert, payload_indexes: { year: 'integer' }, shard_number: 2 },
      current,
    )
    expect(createRequest(full)).toEqual({
      vectors: { ...colbert, ...MAX_SIM, hnsw_config: { m: 0, payload_m: 0 } },
      shard_number: 2,
    })
  })
})

describe('a wrong configuration', () => {
  const vector = (extra: object) => ({ vectors: { colbert: { ...colbert, ...extra } } })
  it.each([
    [{}, '"vectors" is required: for example { colbert: { size: 128, distance: "Dot" } }'],
    [{ vectors: {} }, '"vectors" expected at least one vector, got none'],
    [
      { vectors: { colbert: { distance: 'Dot' } } },
      '"vectors.colbert.size" is required: the number of elements in each row, for example 128',
    ],
    [vector({ memory: 'warm' }), '"vectors.colbert.memory" expected one of cold, cached, got "warm"'],
    [vector({ size: 0 }), '"vectors.colbert.size" expected a whole number from 1 to 65536, got 0'],
    [vector({ size: 65_537 }), '"vectors.colbert.size" expected a whole number from 1 to 65536, got 65537'],
    [
      vector({ distance: 'dot' }),
      '"vectors.colbert.distance" expected one of Dot, Cosine, Euclid, Manhattan, got "dot"',
    ],
    [
      vector({ on_disc: true }),
      'unknown option "vectors.colbert.on_disc"; valid options of "vectors.colbert": size, distance, multivector_config, hnsw_config, quantization_config, on_disk, memory, datatype',
    ],
    [vector({ on_disk: 'yes' }), '"vectors.colbert.on_disk" expected true or false, got "yes"'],
    [
      vector({ hnsw_config: { m: -1 } }),
      '"vectors.colbert.hnsw_config.m" expected a whole number of at least 0, got -1',
    ],
    [
      vector({ hnsw_config: { ef_construct: 3 } }),
      '"vectors.colbert.hnsw_config.ef_construct" expected a whole number of at least 4, got 3',
    ],
    [
      vector({ multivector_config: { comparator: 'mean' } }),
      '"vectors.colbert.multivector_config.comparator" expected one of max_sim, got "mean"',
    ],
    [
      vector({ quantization_config: {} }),
      '"vectors.colbert.quantization_config" expected one of scalar, product, binary, turbo, got none',
    ],
    [
      vector({ quantization_config: { scalar: {} } }),
      '"vectors.colbert.quantization_config.scalar.type" is required: "int8"',
    ],
    [
      vector({ quantization_config: { product: {} } }),
      '"vectors.colbert.quantization_config.product.compression" is required: "x4" to "x64"',
    ],
    [
      vector({ quantization_config: { scalar: { type: 'int8' }, binary: {} } }),
      '"vectors.colbert.quantization_config" expected one of scalar, product, binary, turbo, got scalar and binary',
    ],
    [
      vector({ memory: 'pinned' }),
      '"vectors.colbert.memory" expected cold or cached, got "pinned"; only quantized copies can be pinned: set it in "quantization_config"',
    ],
    [
      { ...vector({}), shards: 3 },
      'unknown option "shards"; valid options of a collection: vectors, sparse_vectors, shard_number, sharding_method, replication_factor, write_consistency_factor, on_disk_payload, payload, hnsw_config, quantization_config, optimizers_config, wal_config, strict_mode_config, metadata, payload_indexes',
    ],
    [
      { ...vector({}), optimizers_config: { vacuum_min_vector_number: 10 } },
      '"optimizers_config.vacuum_min_vector_number" expected a whole number of at least 100, got 10',
    ],
    [
      { ...vector({}), strict_mode_config: { enabled: 'yes' } },
      '"strict_mode_config.enabled" expected true or false, got "yes"',
    ],
    [
      { ...vector({}), strict_mode_config: { max_query_limit: 0 } },
      '"strict_mode_config.max_query_limit" expected a whole number of at least 1, got 0',
    ],
    [
      { ...vector({}), strict_mode_config: { search_max_oversampling: -1 } },
      '"strict_mode_config.search_max_oversampling" expected a number of at least 0, got -1',
    ],
    [
      { ...vector({}), strict_mode_config: { multivector_config: { colbert: { max_vectors: 0 } } } },
      '"strict_mode_config.multivector_config.colbert.max_vectors" expected a whole number of at least 1, got 0',
    ],
    [
      { ...vector({}), strict_mode_config: { multivector_config: { colbert: { max: 9 } } } },
      'unknown option "strict_mode_config.multivector_config.colbert.max"; valid options of "strict_mode_config.multivector_config.colbert": max_vectors',
    ],
    [
      { ...vector({}), strict_mode_config: { multivector_config: { colpali: { max_vectors: 9 } } } },
      '"strict_mode_config.multivector_config" expected names of vectors (colbert), got "colpali"',
    ],
    [
      { ...vector({}), strict_mode_config: { sparse_config: { words: { max_length: 9 } } } },
      '"strict_mode_config.sparse_config" expected names of vectors (the collection has no such vectors), got "words"',
    ],
    [
      { ...vector({}), strict_mode_config: { max_disk_usage_percent: 90 } },
      '"strict_mode_config.max_disk_usage_percent" is ignored from Qdrant 1.19.0, this server is 1.19.0; set the node\'s quota',
    ],
    [{ ...vector({}), metadata: ['a'] }, '"metadata" expected an object, got array'],
    [{ ...vector({}), payload_indexes: ['a'] }, '"payload_indexes" expected an object, got array'],
    [
      { ...vector({}), metadata: { made: 5n } },
      '"metadata" cannot be written as JSON: Do not know how to serialize a BigInt',
    ],
    [
      { ...vector({}), sparse_vectors: { words: null } },
      '"sparse_vectors.words" expected an object, got null',
    ],
    [
      { ...vector({}), sparse_vectors: { words: { modifier: 'bm25' } } },
      '"sparse_vectors.words.modifier" expected one of none, idf, got "bm25"',
    ],
    [
      { ...vector({}), payload_indexes: { year: 'number' } },
      '"payload_indexes.year" expected one of keyword, integer, float, bool, geo, datetime, text, uuid, got "number"',
    ],
    [
      { ...vector({}), payload_indexes: { year: { lookup: true } } },
      '"payload_indexes.year.type" expected one of keyword, integer, float, bool, geo, datetime, text, uuid, got undefined',
    ],
  ])('is refused: %o', (config, message) => {
    const isOfAnotherType = /got (?:array|boolean|null|object|undefined)$|cannot be written/.test(message)
    const name = isOfAnotherType ? 'TypeError' : 'RangeError'
    const refusal = expect.objectContaining({ name, message: expect.stringContaining(message) })
    expect(() => parseConfig(config as CollectionConfig, current)).toThrow(refusal)
  })

  it.each([
    [
      vector({ memory: 'cold' }),
      '"vectors.colbert.memory" needs Qdrant 1.19.0, this server is 1.18.3; omit it, and use "on_disk" and "always_ram"',
    ],
    [
      vector({ datatype: 'turbo4' }),
      '"vectors.colbert.datatype" needs Qdrant 1.19.0, this server is 1.18.3; use "quantization_config": { turbo: {} }',
    ],
    [
      { ...vector({}), payload: { memory: 'cold' } },
      '"payload" needs Qdrant 1.19.0, this server is 1.18.3; use "on_disk_payload"',
    ],
    [
      { ...vector({}), sparse_vectors: { words: { index: { memory: 'cold' } } } },
      '"sparse_vectors.words.index.memory" needs Qdrant 1.19.0, this server is 1.18.3; omit it, and use "on_disk" and "always_ram"',
    ],
  ])('is refused for 1.18.3 and accepted for 1.19: %o', (config, message) => {
    expect(() => parseConfig(config as CollectionConfig, old)).toThrow(new RangeError(message))
    expect(() => parseConfig(config as CollectionConfig, current)).not.toThrow()
  })
})

it('a setting that a later version ignores is checked for an earlier one', () => {
  const percent = (max_disk_usage_percent: number) => () =>
    parseConfig({ vectors: { colbert }, strict_mode_config: { max_disk_usage_percent } }, old)
  expect(percent(90)).not.toThrow()
  expect(percent(101)).toThrow(
    '"strict_mode_config.max_disk_usage_percent" expected a whole number from 1 to 100, got 101',
  )
})

it.each(['cold', 'cached', 'pinned'])('what is not a vector can be kept in the memory tier %s', memory => {
  const settings = { hnsw_config: { memory }, quantization_config: { binary: { memory } } }
  const config = (tier: string) =>
    ({
      vectors: { colbert: { ...colbert, ...settings } },
      payload: { memory: tier },
      sparse_vectors: { words: { index: { memory } } },
    }) as CollectionConfig
  expect(() => parseConfig(config(memory), current)).not.toThrow()
  expect(() => parseConfig(config('warm'), current)).toThrow(
    '"payload.memory" expected one of cold, cached, pinned, got "warm"',
  )
})

it('accepts null for an absent setting, as the client does', () => {
  const config = {
    vectors: { colbert: { ...colbert, on_disk: null, hnsw_config: null, datatype: null } },
    sparse_vectors: null,
    strict_mode_config: null,
    metadata: null,
  }
  expect(parseConfig(config as unknown as CollectionConfig, current).vectors.colbert).toMatchObject({
    hnsw_config: { m: 0, payload_m: 0 },
    multivector_config: { comparator: 'max_sim' },
  })
  expect(() => parseConfig({ vectors: null } as unknown as CollectionConfig, current)).toThrow(
    '"vectors" is required: for example { colbert: { size: 128, distance: "Dot" } }',
  )
})

describe('the differences of two configurations', () => {
  const found = { vectors: parseConfig({ vectors: { colbert } }, current).vectors, payload_indexes: {} }

  it('do not contain settings that have the default of the server', () => {
    const wanted = parseConfig(
      { vectors: { colbert: { ...colbert, on_disk: false, datatype: 'float32' } } },
      current,
    )
    expect(differences(wanted, { ...found, shard_number: 1, replication_factor: 1 })).toEqual([])
  })

  it.each([
    [{ on_disk: true }, '"vectors.colbert.on_disk" expected false, got true'],
    [{ datatype: 'float16' }, '"vectors.colbert.datatype" expected "float32", got "float16"'],
    [
      { quantization_config: { binary: {} } },
      '"vectors.colbert.quantization_config" expected null, got {"binary":{}}',
    ],
    [
      { multivector_config: null },
      '"vectors.colbert.multivector_config" expected {"comparator":"max_sim"}, got null',
    ],
    // what is not expected and has no default comes from the collection
    [{ memory: 'cold' }, ''],
  ])('contain a setting that is not given, if the collection has not the default: %j', (settings, text) => {
    const wanted = parseConfig({ vectors: { colbert } }, current)
    const other = {
      ...found,
      vectors: { colbert: { ...found.vectors.colbert, ...settings } },
      shard_number: 1,
    }
    expect(describeDifferences(differences(wanted, other as never))).toBe(text)
  })

  it('do not contain a number of threads that is automatic, which the server reports as null', () => {
    const wanted = parseConfig(
      { vectors: { colbert }, optimizers_config: { max_optimization_threads: 'auto' } },
      current,
    )
    const reported = (max_optimization_threads: number | null) =>
      differences(wanted, { ...found, optimizers_config: { max_optimization_threads } } as never)
    expect(reported(null)).toEqual([])
    expect(reported(2)).toMatchObject([{ path: 'optimizers_config.max_optimization_threads', actual: 2 }])
  })

  it.each([
    [
      { vectors: { colbert: { ...colbert, on_disk: true } } },
      '"vectors.colbert.on_disk" expected true, got false',
    ],
    [
      { vectors: { colbert: { ...colbert, quantization_config: { binary: {} } } } },
      '"vectors.colbert.quantization_config" expected {"binary":{}}, got null',
    ],
    [
      { vectors: { colbert, dense: { ...colbert, multivector_config: null } } },
      'it has no vector "dense" {"size":128,"distance":"Dot"}',
    ],
    [{ vectors: { colbert }, shard_number: 3 }, '"shard_number" expected 3, got 1'],
    [
      { vectors: { colbert }, payload_indexes: { year: { type: 'integer', lookup: true } } },
      '"payload_indexes.year" expected {"type":"integer","lookup":true}, got null',
    ],
    [
      { vectors: { colbert: { ...colbert, hnsw_config: { m: 16 } } } },
      '"vectors.colbert.hnsw_config.m" expected 16, got 0',
    ],
  ] as readonly (readonly [CollectionConfig, string])[])(
    'name the setting and both values: %o',
    (config, text) => {
      expect(
        describeDifferences(differences(parseConfig(config, current), { ...found, shard_number: 1 })),
      ).toBe(text)
    },
  )
})

describe('a version', () => {
  it.each([
    ['1.18.3', '1.19.0', false],
    ['1.19.0', '1.19.0', true],
    ['1.19.0+edge.0.9.0', '1.19.0', true],
    ['2.0.0', '1.19.0', true],
    ['1.9.10', '1.19.0', false],
    ['dev', '1.19.0', true],
  ])('%s is %s or later: %s', (version, release, wanted) => {
    expect(isSince(parseVersion(version), release)).toBe(wanted)
  })
})

describe('the estimated size of a collection', () => {
  const estimate = (extra: object, rows = 500) =>
    estimateCollection(
      { vectors: { colbert: { ...colbert, ...extra } } },
      {
        points: 1000,
        rows,
      },
    )

  it.each([
    ['documents of 500 tokens', {}, 500, 256_000_000, 0],
    ['ColPali pages', {}, 1030, 527_360_000, 0],
    ['float16', { datatype: 'float16' }, 500, 128_000_000, 0],
    ['uint8', { datatype: 'uint8' }, 500, 64_000_000, 0],
    [
      'scalar quantization',
      { quantization_config: { scalar: { type: 'int8' } } },
      500,
      256_000_000,
      66_000_000,
    ],
    [
      'product quantization',
      { quantization_config: { product: { compression: 'x16' } } },
      500,
      256_000_000,
      16_000_000,
    ],
    ['binary quantization', { quantization_config: { binary: {} } }, 500, 256_000_000, 8_000_000],
    [
      'binary quantization with two bits',
      { quantization_config: { binary: { encoding: 'two_bits' } } },
      500,
      256_000_000,
      16_000_000,
    ],
    ['turbo quantization', { quantization_config: { turbo: {} } }, 500, 256_000_000, 36_000_000],
  ])('counts the bytes of %s', (_, extra, rows, originals, quantized) => {
    expect(estimate(extra, rows).vectors.colbert).toMatchObject({
      rows: 1000 * rows,
      originals,
      quantized,
      graph: 0,
    })
  })

  it('assigns bytes to disk, page cache and memory as the configuration does', () => {
    const small = 1000 * 76
    expect(estimate({})).toMatchObject({ disk: 256_000_000 + small, cached: 256_000_000, resident: small })
    expect(estimate({ on_disk: true })).toMatchObject({
      disk: 256_000_000 + small,
      cached: 0,
      resident: small,
    })
    const quantization_config = { binary: { always_ram: true } }
    expect(estimate({ on_disk: true, quantization_config })).toMatchObject({
      cached: 0,
      resident: 8_000_000 + small,
    })
    expect(estimate({ quantization_config: { binary: {} } })).toMatchObject({
      cached: 264_000_000,
      resident: small,
    })
    expect(() => estimate({ size: 0 })).toThrow(
      '"vectors.colbert.size" expected a whole number from 1 to 65536, got 0',
    )
    expect(() => estimate({}, -1)).toThrow('"rows" expected a number of at least 0, got -1')
  })

  it('counts one row for a dense vector, and its graph', () => {
    const vectors = { colbert, dense: { size: 128, distance: 'Dot' as const, multivector_config: null } }
    const { vectors: parts } = estimateCollection(
      { vectors },
      {
        points: 1000,
        rows: { colbert: 100 },
      },
    )
    expect(parts.dense).toEqual({ rows: 1000, originals: 512_000, quantized: 0, graph: 140_800 })
  })

  it.each([
    [undefined, 512_000 + 140_800],
    [false, 512_000 + 140_800],
    [true, 512_000],
  ])('has a graph in the page cache unless it is on the disk: on_disk %s', (on_disk, cached) => {
    const dense = { size: 128, distance: 'Dot', multivector_config: null, hnsw_config: { on_disk } } as const
    const estimate = estimateCollection({ vectors: { dense } }, { points: 1000, rows: 1 })
    expect([estimate.cached, estimate.disk]).toEqual([cached, 512_000 + 140_800 + 64_000])
  })
})
