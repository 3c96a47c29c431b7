// What a store is made of: its vectors, in Qdrant's words, and how much memory it may take. Checked here once; what is
// kept in a manifest is what `parseVectors` gives.

import { oneOf } from '../base/check-options.js'
import { typeName } from '../base/type-name.js'
import type { Distance, VectorDescription } from '../collection/collection.js'
import type { Encoder } from '../collection/embed-texts.js'
import type { Dtype } from '../core/dtype.js'
import type { Metric } from '../core/metric.js'
import { checkDim } from '../core/multivector.js'
import { parseDtype } from '../core/options.js'
import type { ScorerOptions } from '../core/scorer-options.js'

export interface StoreVectorConfig {
  /** Numbers in a row, 1 to 65,536. */
  readonly size: number
  readonly distance: Distance
  /** How elements are stored; left out: `float32`. `f32`, `f16` and `u8` are other names of Qdrant's `float32`, `float16`, `uint8`. */
  readonly datatype?: 'float32' | 'float16' | 'uint8' | Dtype | undefined
  /** Left out: a multi-vector. `null`: one row for each point, a dense vector. */
  readonly multivector_config?: { readonly comparator: 'max_sim' } | null | undefined
  /** True: never kept in memory; each query reads it from the disk. */
  readonly on_disk?: boolean | undefined
}

/** One vector of a store, with what was left out filled in. */
export interface StoreVector extends VectorDescription {
  readonly datatype: 'float32' | 'float16' | 'uint8' | 'i16' | 'i8' | 'binary'
  readonly on_disk: boolean
}

export type StoreVectors = Readonly<Record<string, StoreVector>>

export interface StoreOptions extends Pick<ScorerOptions, 'kernel' | 'module'> {
  /**
   * The most that vectors may take in memory, in bytes or as `512 MB`; what is beyond is read from the disk by each query.
   * Left out: 1 GiB. A store without a path holds everything, up to WebAssembly's 4 GiB.
   */
  readonly memory?: number | string | undefined
  /** Embeds texts that stand where vectors are expected. */
  readonly encoder?: Encoder | undefined
}

const DISTANCES: Readonly<Record<Distance, Metric>> = {
  Dot: 'dot',
  Cosine: 'cosine',
  Euclid: 'euclid',
  Manhattan: 'manhattan',
}

const DATATYPES: Readonly<Record<StoreVector['datatype'], Dtype>> = {
  float32: 'f32',
  float16: 'f16',
  uint8: 'u8',
  i16: 'i16',
  i8: 'i8',
  binary: 'binary',
}

/** The core's names of Qdrant's datatypes. */
const ALIASES: Readonly<Record<string, StoreVector['datatype']>> = {
  f32: 'float32',
  f16: 'float16',
  u8: 'uint8',
}

const NAMES = ['size', 'distance', 'datatype', 'multivector_config', 'on_disk']
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

export const metricOfDistance = (distance: Distance): Metric => DISTANCES[distance]
export const dtypeOf = (datatype: StoreVector['datatype']): Dtype => DATATYPES[datatype]

/**
 * The vectors of a configuration by name, one without a name under ''.
 *
 * @throws TypeError or RangeError that names the place
 */
export function parseStoreVectors(
  vectors: Readonly<Record<string, StoreVectorConfig>> | StoreVectorConfig,
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
  if (parsed.length === 0) throw new RangeError('"vectors" expected at least one vector, got none')
  return Object.fromEntries(parsed)
}

function parseVector(vector: StoreVectorConfig, place: string): StoreVector {
  if (typeof vector !== 'object' || vector === null) {
    throw new TypeError(`"${place}" expected an object with size and distance, got ${typeName(vector)}`)
  }
  for (const name of Object.keys(vector)) {
    if (!NAMES.includes(name)) {
      throw new RangeError(`"${place}.${name}" is nothing that a store knows; it takes ${NAMES.join(', ')}`)
    }
  }
  const { multivector_config, on_disk = false } = vector
  const size = checkDim(vector.size, `${place}.size`)
  const distance = oneOf(vector.distance, Object.keys(DISTANCES) as Distance[], `${place}.distance`)
  const datatype = datatypeOf(vector.datatype ?? 'float32', `${place}.datatype`)
  parseDtype(DATATYPES[datatype], DISTANCES[distance])
  if (typeof on_disk !== 'boolean') {
    throw new TypeError(`"${place}.on_disk" expected true or false, got ${typeName(on_disk)}`)
  }
  if (multivector_config)
    oneOf(multivector_config.comparator, ['max_sim'], `${place}.multivector_config.comparator`)
  return {
    size,
    distance,
    datatype,
    ...(multivector_config !== null && { multivector_config: { comparator: 'max_sim' } }),
    on_disk,
  }
}

function datatypeOf(datatype: string, place: string): StoreVector['datatype'] {
  const names = [...Object.keys(DATATYPES), ...Object.keys(ALIASES)]
  const chosen = oneOf(datatype, names, place)
  return ALIASES[chosen] ?? (chosen as StoreVector['datatype'])
}

/** Bytes of `512 MB`, or of a number. */
export function parseMemory(memory: number | string = DEFAULT_MEMORY): number {
  const found = typeof memory === 'string' ? /^(\d+(?:\.\d+)?) ?([KMG]i?B|B)$/.exec(memory) : undefined
  const bytes =
    typeof memory === 'number' ? memory : found ? Number(found[1]) * UNITS[found[2]!]! : Number.NaN
  if (bytes >= 0 && bytes < Infinity) return Math.floor(bytes)
  throw new RangeError(`"memory" expected bytes, or a text such as "512 MB", got ${JSON.stringify(memory)}`)
}
