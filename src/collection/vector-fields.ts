// The vectors of a collection as the rest of the adapter needs them: by name, with what decides how numbers are sent
// and scored. Made from a configuration, the user's or the server's. An unnamed vector has the name ''.

import type { Datatype, Distance, Selection, VectorDescription } from './collection.js'

export interface Field {
  readonly name: string
  readonly size: number
  readonly distance: Distance
  readonly datatype: Datatype
  /** A document has many rows. */
  readonly multi: boolean
}

export interface Fields {
  readonly dense: ReadonlyMap<string, Field>
  readonly sparse: ReadonlySet<string>
  /** The collection's only vector has no name, and goes over the wire without one. */
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
  return { dense, sparse: new Set(Object.keys(sparse)), unnamed: dense.has('') }
}

/** Whether rows come back as they are scored. Codes (turbo4, i16, i8, binary) come back as what they stand for. */
export const isPlain = (datatype: Datatype): datatype is 'float32' | 'float16' | 'uint8' =>
  datatype === 'float32' || datatype === 'float16' || datatype === 'uint8'

/** The vectors of a collection in the words of an error. */
export function namesOf({ dense, sparse }: Fields): string {
  const names = [...dense.keys(), ...sparse].map(name => (name === '' ? '(unnamed)' : `"${name}"`))
  return names.join(', ') || 'none'
}

/**
 * The field that a query is for: the one named, else the only multi-vector, else the only vector.
 *
 * @throws RangeError if there is no such vector, or none was named and there are several
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
  throw new RangeError(`"${path}" is needed, because the collection has several vectors: ${namesOf(fields)}`)
}

/** `with_vector` for one field: an unnamed one is asked for by `true`. */
export const selectionOf = ({ name }: Pick<Field, 'name'>): true | [string] => (name === '' ? true : [name])

/** Whether a selection asks for anything. */
export const selects = (selection: Selection | undefined): boolean =>
  Array.isArray(selection) ? selection.length > 0 : selection === true
