// Selects fields of payloads for `with_payload`, as Qdrant does (`value_filter` in lib/segment/src/json_path/mod.rs): a
// value on the way to a path that is not an object or array is kept, and an index such as `[0]` matches no item.

import type { Payload, PayloadSelection } from '../../collection/collection.js'
import { EACH, parsePaths, type Step } from '../../collection/payload-path.js'
import { setOwn } from '../copy-point.js'

type Steps = readonly Step[]
type Fields = Readonly<Record<string, unknown>>

/** Returns a function that returns the selected fields of a payload. It may return parts of its argument. */
export function compileSelection(selection: PayloadSelection): (payload: Payload) => Payload {
  if (typeof selection === 'boolean') return payload => payload
  if ('exclude' in selection) {
    const paths = parsePaths(selection.exclude, 'with_payload.exclude')
    return payload => without(payload, paths) as Payload
  }
  const paths = parsePaths('include' in selection ? selection.include : selection, 'with_payload')
  return payload => only(payload, paths) as Payload
}

/** What is left of the paths after a step, for those that begin with it. */
const after = (paths: readonly Steps[], step: Step): Steps[] =>
  paths.filter(([first]) => first === step).map(([, ...rest]) => rest)

const hasEnd = (paths: readonly Steps[]) => paths.some(({ length }) => length === 0)

/** Returns a value with only what is at the paths. */
function only(value: unknown, paths: readonly Steps[]): unknown {
  if (typeof value !== 'object' || value === null || hasEnd(paths)) return value
  if (Array.isArray(value)) {
    const rest = after(paths, EACH)
    return rest.length === 0 ? [] : value.map(item => only(item, rest))
  }
  const kept = {}
  for (const [name, member] of Object.entries(value as Fields)) {
    const rest = after(paths, name)
    if (rest.length > 0) setOwn(kept, name, only(member, rest))
  }
  return kept
}

/** Returns a value without what is at the paths. */
function without(value: unknown, paths: readonly Steps[]): unknown {
  if (typeof value !== 'object' || value === null || paths.length === 0) return value
  if (Array.isArray(value)) {
    const rest = after(paths, EACH)
    return hasEnd(rest) ? [] : value.map(item => without(item, rest))
  }
  const kept = {}
  for (const [name, member] of Object.entries(value as Fields)) {
    const rest = after(paths, name)
    if (!hasEnd(rest)) setOwn(kept, name, without(member, rest))
  }
  return kept
}
