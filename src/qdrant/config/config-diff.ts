// How a collection that is there differs from the configuration that was asked for. Each difference names its path and
// both values; what was not asked for and is the server's default is no difference.

import type { FullConfig, PayloadIndex } from './config-types.js'
import type { ServerConfig } from './reported-config.js'

export interface ConfigDifference {
  readonly path: string
  readonly expected: unknown
  readonly actual: unknown
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

  function compareValue(path: string, name: string, left: unknown, right: unknown): void {
    const a = orDefault(name, left)
    const b = orDefault(name, right)
    if (isValues(a) && isValues(b)) {
      compareValues(path, a, b)
      return
    }
    if (JSON.stringify(a) !== JSON.stringify(b)) list.push({ path, expected: a, actual: b })
  }

  function compareValues(path: string, left: Values, right: Values, names?: readonly string[]): void {
    for (const name of names ?? Object.keys(left)) {
      // `hnsw_config` and the like: what was not asked for is the collection's affair
      if ((left[name] ?? undefined) === undefined && !(name in DEFAULTS)) continue
      compareValue(path === '' ? name : `${path}.${name}`, name, left[name], right[name])
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
    const path = name === '' ? 'vectors' : `vectors.${name}`
    const there = found.vectors[name]
    if (!there) list.push({ path, expected: vector, actual: null })
    else {
      const usesTiers = vector.memory !== undefined || there.memory !== undefined
      compareValues(
        path,
        vector as unknown as Values,
        there as unknown as Values,
        vectorNames.filter(key => !(usesTiers && key === 'on_disk')),
      )
    }
  }
  for (const [name, vector] of Object.entries(found.vectors)) {
    if (!(name in wanted.vectors)) list.push({ path: `vectors.${name}`, expected: null, actual: vector })
  }
  const { vectors: _vectors, payload_indexes, sparse_vectors, ...rest } = wanted
  for (const [name, sparse] of Object.entries(sparse_vectors ?? {})) {
    const path = `sparse_vectors.${name}`
    const there = found.sparse_vectors?.[name]
    if (there) compareValues(path, sparse, there)
    else list.push({ path, expected: sparse, actual: null })
  }
  compareValues('', rest as Values, found as unknown as Values)
  if (wanted.quantization_config === undefined && found.quantization_config) {
    list.push({ path: 'quantization_config', expected: null, actual: found.quantization_config })
  }
  for (const [name, index] of Object.entries(payload_indexes ?? {})) {
    const there = found.payload_indexes[name]
    const path = `payload_indexes.${name}`
    if (there) compareValues(path, indexValues(index), indexValues(there))
    else list.push({ path, expected: index, actual: null })
  }
  return list
}

/** The differences in the words of an error. */
export function describe(list: readonly ConfigDifference[]): string {
  return list
    .map(
      ({ path, expected, actual }) =>
        `"${path}" is ${JSON.stringify(actual)}, wanted ${JSON.stringify(expected)}`,
    )
    .join('; ')
}
