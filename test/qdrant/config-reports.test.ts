// Differences of configurations, and estimated sizes, of settings that few collections have.

import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/qdrant/config/check-config.js'
import { describeDifferences, differences } from '../../src/qdrant/config/config-diff.js'
import type { CollectionConfig } from '../../src/qdrant/config/config-types.js'
import { estimateCollection } from '../../src/qdrant/config/estimate.js'
import { parseVersion } from '../../src/qdrant/config/version.js'

const current = parseVersion('1.19.0')
const colbert = { size: 128, distance: 'Dot' } as const

/** The differences of a wanted configuration from another one, which a server reports. */
function between(wanted: object, reported: object): string {
  const parsed = (config: object) =>
    parseConfig({ vectors: { colbert }, ...config } as CollectionConfig, current)
  return describeDifferences(
    differences(parsed(wanted), { payload_indexes: {}, ...parsed(reported) } as never),
  )
}
const ofVector = (settings: object) => ({ vectors: { colbert: { ...colbert, ...settings } } })

describe('two configurations', () => {
  it.each<[string, object, object]>([
    [
      'the same sparse vectors',
      { sparse_vectors: { w: { modifier: 'idf' } } },
      { sparse_vectors: { w: { modifier: 'idf' } } },
    ],
    ['a sparse vector that was not asked for', {}, { sparse_vectors: { w: {} } }],
    ['null for an absent quantization', { quantization_config: null }, {}],
    [
      'a memory tier, and what the server derives from it',
      ofVector({ memory: 'cold' }),
      ofVector({ memory: 'cold', on_disk: true }),
    ],
    ['what a server derives from a memory tier of its own', {}, ofVector({ memory: 'cold', on_disk: true })],
    [
      'defaults of quantization',
      ofVector({ quantization_config: { binary: {} } }),
      ofVector({
        quantization_config: {
          binary: { encoding: 'one_bit', query_encoding: 'default', always_ram: false },
        },
      }),
    ],
    [
      'defaults of quantization that are given',
      ofVector({ quantization_config: { turbo: { bits: 'bits4', always_ram: false } } }),
      ofVector({ quantization_config: { turbo: {} } }),
    ],
    ['a default of a graph', ofVector({ hnsw_config: { inline_storage: false } }), {}],
    ['a metadata object with the same members', { metadata: { a: [1] } }, { metadata: { a: [1], b: 2 } }],
  ])('do not differ by %s', (_, wanted, reported) => expect(between(wanted, reported)).toBe(''))

  it.each<[string, object, object]>([
    [
      '"sparse_vectors.w" expected {"modifier":"idf"}, got null',
      { sparse_vectors: { w: { modifier: 'idf' } } },
      {},
    ],
    [
      '"sparse_vectors.w.modifier" expected "idf", got null',
      { sparse_vectors: { w: { modifier: 'idf' } } },
      { sparse_vectors: { w: {} } },
    ],
    ['"quantization_config" expected null, got {"binary":{}}', {}, { quantization_config: { binary: {} } }],
    [
      '"vectors.colbert.memory" expected "cold", got "cached"',
      ofVector({ memory: 'cold' }),
      ofVector({ memory: 'cached', on_disk: true }),
    ],
    [
      '"vectors.colbert.quantization_config.binary.encoding" expected "two_bits", got "one_bit"',
      ofVector({ quantization_config: { binary: { encoding: 'two_bits' } } }),
      ofVector({ quantization_config: { binary: {} } }),
    ],
    [
      'it also has the vector "dense" {"size":2,"distance":"Dot"}',
      {},
      { vectors: { colbert, dense: { size: 2, distance: 'Dot', multivector_config: null } } },
    ],
    ['"metadata.a" expected [1], got [2]', { metadata: { a: [1] } }, { metadata: { a: [2] } }],
  ])('differ: %s', (text, wanted, reported) => expect(between(wanted, reported)).toBe(text))
})

describe('an estimate', () => {
  const of = (vector: object, config: object = {}, input: object = {}) =>
    estimateCollection({ ...ofVector(vector), ...config } as CollectionConfig, {
      points: 1000,
      rows: 100,
      ...input,
    })

  it.each([
    [{ datatype: 'turbo4' }, 72, 0],
    [{ datatype: 'turbo4', size: 9 }, 13, 0],
    [{ quantization_config: { binary: { encoding: 'one_and_half_bits' } } }, 512, 24],
    [{ size: 10, quantization_config: { binary: {} } }, 40, 2],
    [{ size: 10, quantization_config: { product: { compression: 'x64' } } }, 40, 1],
    [{ quantization_config: { turbo: { bits: 'bits1' } } }, 512, 24],
    [{ quantization_config: { turbo: { bits: 'bits1_5' } } }, 512, 32],
    [{ quantization_config: { turbo: { bits: 'bits2' } } }, 512, 40],
  ])('of a row with %j has %i bytes, and %i quantized', (vector, originals, quantized) => {
    expect(of(vector).vectors.colbert).toMatchObject({
      originals: 100_000 * originals,
      quantized: 100_000 * quantized,
    })
  })

  it.each([
    ['cold', 0, 0],
    ['cached', 1_600_000, 0],
    ['pinned', 0, 1_600_000],
  ])('keeps quantized rows where their memory tier says: %s', (memory, cached, resident) => {
    const { cached: all, resident: needed } = of({ quantization_config: { binary: { memory } } })
    expect([all - 51_200_000, needed - 76_000]).toEqual([cached, resident])
  })

  it('keeps original rows where their memory tier says, and quantized rows beside them', () => {
    expect(of({ memory: 'cold', on_disk: false })).toMatchObject({ cached: 0 })
    expect(of({ memory: 'cached', on_disk: true })).toMatchObject({ cached: 51_200_000 })
    expect(of({ memory: 'cold', quantization_config: { binary: {} } })).toMatchObject({ cached: 0 })
  })

  it('uses the quantization and the graph of the collection for a vector without its own', () => {
    const vectors = { dense: { size: 128, distance: 'Dot', multivector_config: null } }
    const collection = { quantization_config: { scalar: { type: 'int8' } }, hnsw_config: { m: 32 } }
    const dense = (own: object) =>
      of({}, { ...collection, vectors: { dense: { ...vectors.dense, ...own } } }).vectors.dense
    expect(dense({})).toMatchObject({ quantized: 132_000, graph: 281_600 })
    const own = { quantization_config: { binary: {} }, hnsw_config: { m: 8 } }
    expect(dense(own)).toMatchObject({ quantized: 16_000, graph: 70_400 })
  })

  it('counts payloads, ids and replicas', () => {
    const estimate = of({}, { replication_factor: 3 }, { payloadBytes: 50 })
    expect(estimate).toMatchObject({ payload: 50_000, points: 76_000, replicas: 3 })
    expect(estimate.disk).toBe(51_200_000 + 76_000 + 50_000)
    expect(of({})).toMatchObject({ payload: 0, replicas: 1 })
  })

  it.each([
    [{ points: -1 }, '"points" expected a number of at least 0, got -1'],
    [{ payloadBytes: Number.NaN }, '"payloadBytes" expected a number of at least 0, got NaN'],
    [{ rows: Number.POSITIVE_INFINITY }, '"rows" expected a number of at least 0, got Infinity'],
    [{ rows: null }, '"rows" expected a number of at least 0, got null'],
    [{ rows: { other: 1 } }, '"rows.colbert" expected a number of at least 0, got undefined'],
  ])('of %j is refused', (input, message) => {
    expect(() => of({}, {}, input)).toThrow(new RangeError(message))
  })
})
