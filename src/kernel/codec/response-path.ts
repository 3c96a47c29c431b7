// Where the vectors of a Qdrant response stand. `assembly/json/scan.ts` follows the same rules.
//
//   text     its member `result` is a result
//   result   an object or an array of results; its members `points` (query, scroll), `groups`, `hits` and `lookup` (groups)
//            are results, its member `vector` is a vector
//   vector   an array of numbers, an array of rows, or an object of such arrays by name
//   other    anything else: a payload's own `vector` is there, and stays as it is

export type ResponsePath = 'text' | 'result' | 'vector' | 'named' | 'other'

const RESULTS = new Set(['points', 'groups', 'hits', 'lookup'])

/** What the member `name` of an object at `place` is. */
export function memberPath(place: ResponsePath, name: string): ResponsePath {
  if (place === 'text') return name === 'result' ? 'result' : 'other'
  if (place === 'vector') return 'named'
  if (place !== 'result') return 'other'
  return name === 'vector' ? 'vector' : RESULTS.has(name) ? 'result' : 'other'
}

/** What the elements of an array at `place` are. An array at `vector` or `named` is a vector, not this. */
export const elementPath = (place: ResponsePath): ResponsePath => (place === 'result' ? 'result' : 'other')

export const isVectorPath = (place: ResponsePath) => place === 'vector' || place === 'named'

/**
 * Puts vectors where a parsed response has `[index]` in their place: every array that stands where a vector does. Looks
 * at nothing else.
 */
export function attachVectors(node: unknown, place: ResponsePath, vectors: readonly unknown[]): unknown {
  if (typeof node !== 'object' || node === null) return node
  if (Array.isArray(node)) {
    if (isVectorPath(place)) return vectors[node[0]]
    for (const element of node) attachVectors(element, elementPath(place), vectors)
    return node
  }
  const object = node as Record<string, unknown>
  for (const name of Object.keys(object)) {
    const member = memberPath(place, name)
    if (member === 'other' || (member === 'named' && !Array.isArray(object[name]))) continue
    object[name] = attachVectors(object[name], member, vectors)
  }
  return object
}
