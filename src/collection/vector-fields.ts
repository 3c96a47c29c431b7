// The vectors of a collection by name, with the settings that decide how numbers are sent and scored. Made from a
// configuration of the user or of a server. An unnamed vector has the name ''.

import type {
  Datatype,
  Distance,
  PayloadSelection,
  ReadableCollection,
  VectorDescription,
} from './collection.js'

/** A dense vector or multi-vector. */
export interface Field {
  readonly name: string
  /** Numbers per row. */
  readonly size: number
  readonly distance: Distance
  readonly datatype: Datatype
  /** Whether it is a multi-vector: documents have one row per token. */
  readonly multi: boolean
}

/** All vectors of a collection. */
export interface Fields {
  /** Dense vectors and multi-vectors by name. */
  readonly dense: ReadonlyMap<string, Field>
  /** Names of sparse vectors. */
  readonly sparse: ReadonlySet<string>
  /**
   * Whether the collection's only vector is unnamed. Requests then contain the vector without a name. Beside sparse vectors
   * it has the name ''.
   */
  readonly unnamed: boolean
}

export function vectorFieldsOf(
  vectors: Readonly<Record<string, VectorDescription>>,
  sparse: Readonly<Record<string, unknown>> = {},
): Fields {
  const dense = new Map<string, Field>()
  for (const [name, { size, distance, datatype, multivector_config }] of Object.entries(vectors)) {
    const multi = multivector_config !== undefined && multivector_config !== null
    dense.set(name, { name, size, distance, datatype: datatype ?? 'float32', multi })
  }
  const names = new Set(Object.keys(sparse))
  return { dense, sparse: names, unnamed: dense.has('') && names.size === 0 }
}

/** Whether rows are read back as they are scored. Codes (turbo4, i16, i8, binary) are read back as the numbers they encode. */
export const isPlain = (datatype: Datatype): datatype is 'float32' | 'float16' | 'uint8' =>
  datatype === 'float32' || datatype === 'float16' || datatype === 'uint8'

/** The names of a collection's vectors, for an error message. */
export function namesOf({ dense, sparse }: Fields): string {
  const names = [...dense.keys(), ...sparse].map(name => (name === '' ? '(unnamed)' : `"${name}"`))
  return names.join(', ') || 'none'
}

/**
 * Returns the field of a query: the one with the name `using`, else the only multi-vector, else the only vector.
 *
 * @throws RangeError if there is no such vector, or there are several and no name
 */
export function chooseField(fields: Fields, using: string | undefined, path = 'using'): Field {
  if (using !== undefined) {
    const field = fields.dense.get(using)
    if (field) return field
    throw new RangeError(
      `"${path}" expected a dense or multi-vector of the collection (${namesOf(fields)}), got "${using}"`,
    )
  }
  const all = [...fields.dense.values()]
  const multi = all.filter(field => field.multi)
  const chosen = multi.length === 1 ? multi[0] : all.length === 1 ? all[0] : undefined
  if (chosen) return chosen
  if (all.length === 0) {
    throw new RangeError(`the collection has no dense or multi-vector; it has ${namesOf(fields)}`)
  }
  throw new RangeError(
    `"${path}" is required, because the collection has several vectors: ${namesOf(fields)}`,
  )
}

/** The field of a collection that `using` names, as `chooseField` chooses it. */
export const fieldIn = (
  { config: { vectors, sparse_vectors } }: Pick<ReadableCollection, 'config'>,
  using: string | undefined,
): Field => chooseField(vectorFieldsOf(vectors, sparse_vectors), using)

/** The value of `with_vector` for one field: true for an unnamed one. */
export const selectionOf = ({ name }: Pick<Field, 'name'>): true | [string] => (name === '' ? true : [name])

/** Whether a selection selects anything. */
export function selects(selection: PayloadSelection | undefined): boolean {
  if (typeof selection !== 'object') return selection === true
  const names = 'include' in selection ? selection.include : selection
  return !Array.isArray(names) || names.length > 0
}
