// Compares the expected configuration with that of an existing collection. A setting that is not expected and has the
// server's default is not a difference.

import type { PayloadIndex, ResolvedConfig, ServerConfig } from './config-types.js'

/** A setting with another value than expected. */
export interface ConfigDifference {
  readonly path: string
  /** A vector that one of the two does not have. */
  readonly vector?: string | undefined
  readonly expected: unknown
  readonly actual: unknown
}

/** The server's defaults of settings that it does not report. */
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

/** Settings of a vector that are compared. */
const VECTOR_SETTINGS = [
  'size',
  'distance',
  'datatype',
  'multivector_config',
  'on_disk',
  'memory',
  'hnsw_config',
  'quantization_config',
]

type Values = Readonly<Record<string, unknown>>

const isValues = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const indexValues = (index: PayloadIndex): Values => (typeof index === 'string' ? { type: index } : index)

/** The server reports `auto` as null. */
const orDefault = (name: string, value: unknown) =>
  value === 'auto' ? null : (value ?? DEFAULTS[name] ?? null)

/** Returns all differences, in the order of the configuration. */
export function differences(expected: ResolvedConfig, actual: ServerConfig): ConfigDifference[] {
  const { vectors, payload_indexes, sparse_vectors, ...settings } = expected
  const list = [
    ...vectorDifferences(vectors, actual.vectors),
    ...namedDifferences('sparse_vectors', sparse_vectors, actual.sparse_vectors, spec => spec as Values),
    ...compareMembers('', settings as Values, actual as unknown as Values),
  ]
  if (expected.quantization_config === undefined && actual.quantization_config) {
    list.push({ path: 'quantization_config', expected: null, actual: actual.quantization_config })
  }
  const indexes = namedDifferences('payload_indexes', payload_indexes, actual.payload_indexes, indexValues)
  return [...list, ...indexes]
}

/** Returns the differences of vectors, by name. */
export function vectorDifferences(
  expected: ResolvedConfig['vectors'],
  actual: ServerConfig['vectors'],
): ConfigDifference[] {
  const list: ConfigDifference[] = []
  for (const [name, vector] of Object.entries(expected)) {
    const path = name === '' ? 'vectors' : `vectors.${name}`
    const found = actual[name]
    if (!found) {
      list.push({ path, vector: name, expected: vector, actual: null })
      continue
    }
    // a memory tier replaces "on_disk"
    const usesTiers = vector.memory !== undefined || found.memory !== undefined
    const names = VECTOR_SETTINGS.filter(setting => !(usesTiers && setting === 'on_disk'))
    list.push(...compareMembers(path, vector as unknown as Values, found as unknown as Values, names))
  }
  for (const [name, vector] of Object.entries(actual)) {
    if (name in expected) continue
    list.push({ path: `vectors.${name}`, vector: name, expected: null, actual: vector })
  }
  return list
}

/** Compares settings whose names the user chose: sparse vectors and payload indexes. */
function namedDifferences<T>(
  path: string,
  expected: Readonly<Record<string, T>> | undefined,
  actual: Readonly<Record<string, T>> | undefined,
  valuesOf: (setting: T) => Values,
): ConfigDifference[] {
  return Object.entries(expected ?? {}).flatMap(([name, setting]) => {
    const found = actual?.[name]
    const settingPath = `${path}.${name}`
    return found
      ? compareMembers(settingPath, valuesOf(setting), valuesOf(found))
      : [{ path: settingPath, expected: setting, actual: null }]
  })
}

function compareMembers(
  path: string,
  expected: Values,
  actual: Values,
  names: readonly string[] = Object.keys(expected),
): ConfigDifference[] {
  return names.flatMap(name => {
    // a setting that is not expected comes from the collection's own defaults, such as its `hnsw_config`
    if ((expected[name] ?? undefined) === undefined && !(name in DEFAULTS)) return []
    return compareValue(path === '' ? name : `${path}.${name}`, name, expected[name], actual[name])
  })
}

function compareValue(path: string, name: string, left: unknown, right: unknown): ConfigDifference[] {
  const expected = orDefault(name, left)
  const actual = orDefault(name, right)
  if (isValues(expected) && isValues(actual)) return compareMembers(path, expected, actual)
  return JSON.stringify(expected) === JSON.stringify(actual) ? [] : [{ path, expected, actual }]
}

/** The differences as text, for an error message. */
export const describeDifferences = (list: readonly ConfigDifference[]): string =>
  list.map(describeDifference).join('; ')

function describeDifference({ path, vector, expected, actual }: ConfigDifference): string {
  if (vector === undefined) {
    return `"${path}" expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`
  }
  const name = vector === '' ? 'unnamed vector' : `vector "${vector}"`
  if (actual === null) return `it has no ${name} ${JSON.stringify(expected)}`
  return `it also has the ${name} ${JSON.stringify(actual)}`
}

/** Which vectors two configurations differ in, if they differ in nothing else. */
export type VectorGap = 'missing' | 'additional' | undefined

/** The collection exists with another configuration. Other callers than programs replace the remedy. */
export class ConfigDifferenceError extends RangeError {
  /** What was found, without a remedy. */
  readonly finding: string
  /** `missing`: the collection only lacks vectors; `additional`: it only has other vectors too. */
  readonly gap: VectorGap

  constructor(collection: string, list: readonly ConfigDifference[]) {
    const finding = `the collection "${collection}" exists with another configuration: ${describeDifferences(list)}`
    const gap = gapOf(list)
    super(`${finding}; ${gap ? `${GAP_REMEDY[gap]}, ` : ''}${REUSE_REMEDY}`)
    this.finding = finding
    this.gap = gap
  }
}

const GAP_REMEDY = {
  missing: 'add the vector with addVector()',
  additional: 'open it with openCollection()',
} as const
const REUSE_REMEDY = "use another name, or ifExists: 'recreate', which deletes its points"

function gapOf(list: readonly ConfigDifference[]): VectorGap {
  if (list.some(({ vector }) => vector === undefined)) return undefined
  if (list.every(({ actual }) => actual === null)) return 'missing'
  return list.every(({ expected }) => expected === null) ? 'additional' : undefined
}
