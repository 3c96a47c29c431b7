// Where a Qdrant response has vectors. The position of a value decides its type; `assembly/json/scan.ts` follows the
// same rules.
//
//   text     the whole text; its member `result` is a result
//   result   an object, or an array of results; its members `points` (query, scroll), `groups`, `hits` and `lookup`
//            (groups) are results, its member `vector` is a vector
//   vector   an array of numbers, an array of rows, or an object of such arrays by name (`named`)
//   other    anything else, for example a payload: a member `vector` in it is not read as a vector

export type ResponseType = 'text' | 'result' | 'vector' | 'named' | 'other'

const RESULTS = new Set(['points', 'groups', 'hits', 'lookup'])

/** Returns the type of an object's member `name`. `type`: the type of the object. */
export function memberType(type: ResponseType, name: string): ResponseType {
  if (type === 'text') return name === 'result' ? 'result' : 'other'
  if (type === 'vector') return 'named'
  if (type !== 'result') return 'other'
  return name === 'vector' ? 'vector' : RESULTS.has(name) ? 'result' : 'other'
}

/** Returns the type of the elements of an array of `type`, unless the array is a vector. */
export const elementType = (type: ResponseType): ResponseType => (type === 'result' ? 'result' : 'other')

/** Whether an array of `type` is a vector. */
export const isVector = (type: ResponseType): boolean => type === 'vector' || type === 'named'

/** Replaces every array `[index]` at the position of a vector in a parsed response by `vectors[index]`. */
export function attachVectors(node: unknown, type: ResponseType, vectors: readonly unknown[]): unknown {
  if (typeof node !== 'object' || node === null) return node
  if (Array.isArray(node)) {
    if (isVector(type)) return vectors[node[0]]
    for (const element of node) attachVectors(element, elementType(type), vectors)
    return node
  }
  const object = node as Record<string, unknown>
  for (const name of Object.keys(object)) {
    const member = memberType(type, name)
    if (member === 'other' || (member === 'named' && !Array.isArray(object[name]))) continue
    object[name] = attachVectors(object[name], member, vectors)
  }
  return object
}
