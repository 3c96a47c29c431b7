// How a collection that is there differs from the configuration that was asked for. Each difference names its place and
// both values; what was not asked for and is the server's default is no difference.

import type { FullConfig, PayloadIndex } from './config-types.js'
import type { ServerConfig } from './reported-config.js'

export interface ConfigDifference {
  readonly place: string
  readonly wanted: unknown
  readonly found: unknown
}

/** What the server means when it says nothing. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  on_disk: false,
  datatype: 'float32',
  quantization_config: null,
  multivector_config: null,
  always_ram: false,
  inline_storage: false,
  encoding: 'one_bit',
  query_encoding: 'default',
  bits: 'bits4',
}

type Values = Readonly<Record<string, unknown>>

const isValues = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const indexValues = (index: PayloadIndex): Values => (typeof index === 'string' ? { type: index } : index)

const orDefault = (name: string, value: unknown) => value ?? DEFAULTS[name] ?? null

/** Every difference, in the order of the configuration. */
export function differences(wanted: FullConfig, found: ServerConfig): ConfigDifference[] {
  const list: ConfigDifference[] = []

  function compareValue(place: string, name: string, left: unknown, right: unknown): void {
    const a = orDefault(name, left)
    const b = orDefault(name, right)
    if (isValues(a) && isValues(b)) {
      compareValues(place, a, b)
      return
    }
    if (JSON.stringify(a) !== JSON.stringify(b)) list.push({ place, wanted: a, found: b })
  }

  function compareValues(place: string, left: Values, right: Values, names?: readonly string[]): void {
    for (const name of names ?? Object.keys(left)) {
      // `hnsw_config` and the like: what was not asked for is the collection's affair
      if ((left[name] ?? undefined) === undefined && !(name in DEFAULTS)) continue
      compareValue(place === '' ? name : `${place}.${name}`, name, left[name], right[name])
    }
  }

  const vectorNames = [
    'size',
    'distance',
    'datatype',
    'multivector_config',
    'on_disk',
    'memory',
    'hnsw_config',
    'quantization_config',
  ]
  for (const [name, vector] of Object.entries(wanted.vectors)) {
    const place = name === '' ? 'vectors' : `vectors.${name}`
    const there = found.vectors[name]
    if (!there) list.push({ place, wanted: vector, found: null })
    else {
      const usesTiers = vector.memory !== undefined || there.memory !== undefined
      compareValues(
        place,
        vector as unknown as Values,
        there as unknown as Values,
        vectorNames.filter(key => !(usesTiers && key === 'on_disk')),
      )
    }
  }
  for (const [name, vector] of Object.entries(found.vectors)) {
    if (!(name in wanted.vectors)) list.push({ place: `vectors.${name}`, wanted: null, found: vector })
  }
  const { vectors: _vectors, payload_indexes, sparse_vectors, ...rest } = wanted
  for (const [name, sparse] of Object.entries(sparse_vectors ?? {})) {
    const place = `sparse_vectors.${name}`
    const there = found.sparse_vectors?.[name]
    if (there) compareValues(place, sparse, there)
    else list.push({ place, wanted: sparse, found: null })
  }
  compareValues('', rest as Values, found as unknown as Values)
  if (wanted.quantization_config === undefined && found.quantization_config) {
    list.push({ place: 'quantization_config', wanted: null, found: found.quantization_config })
  }
  for (const [name, index] of Object.entries(payload_indexes ?? {})) {
    const there = found.payload_indexes[name]
    const place = `payload_indexes.${name}`
    if (there) compareValues(place, indexValues(index), indexValues(there))
    else list.push({ place, wanted: index, found: null })
  }
  return list
}

/** The differences in the words of an error. */
export function describe(list: readonly ConfigDifference[]): string {
  return list
    .map(
      ({ place, wanted, found }) =>
        `"${place}" is ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`,
    )
    .join('; ')
}
