// Changes of payloads: keys are set or removed, or the whole payload is replaced. Paths have the meaning that they have in
// Qdrant's lib/segment/src/json_path/mod.rs (`value_set` and `value_remove`).

import { parseExactJson } from '../base/exact-json.js'
import { MAX_PAYLOAD_DEPTH } from '../collection/check-point.js'
import type { Filter, Payload, PointId } from '../collection/collection.js'
import { EACH, parsePath, parsePaths, type Step } from '../collection/payload-path.js'
import {
  type ChangeOptions,
  changeText,
  checkChange,
  type SetPayloadOptions,
} from '../collection/point-changes.js'
import { setOwn } from './copy-point.js'
import { rewritePoints } from './rewrite-points.js'
import type { StoreContext } from './store-context.js'

type JsonObject = Record<string, unknown>

/** Merges a payload into the payloads of points. See `Store.setPayload`. */
export async function setStorePayload(
  context: StoreContext,
  which: readonly PointId[] | Filter,
  payload: Payload,
  options: SetPayloadOptions = {},
): Promise<void> {
  checkChange(options, 'setPayload', ['key'])
  const steps = options.key === undefined ? [] : parsePath(options.key, 'key')
  if (steps.length > MAX_PAYLOAD_DEPTH) {
    throw new RangeError(
      `"key" expected a path of at most ${MAX_PAYLOAD_DEPTH} steps, got ${steps.length}; a payload has no more levels`,
    )
  }
  const patch = parseExactJson(changeText(payload)) as JsonObject
  return rewritePoints(context, which, options, {
    payload(stored) {
      // a server stores the payload of a point without one as it is, with nulls
      if (!stored && steps.length === 0) return patch
      return valueWith(stored, steps, 0, patch) as Payload
    },
  })
}

/** Replaces the payloads of points. See `Store.overwritePayload`. */
export async function overwriteStorePayload(
  context: StoreContext,
  which: readonly PointId[] | Filter,
  payload: Payload,
  options: ChangeOptions = {},
): Promise<void> {
  checkChange(options, 'overwritePayload')
  const replacement = parseExactJson(changeText(payload)) as Payload
  return rewritePoints(context, which, options, { payload: () => replacement })
}

/** Removes keys from the payloads of points. See `Store.deletePayload`. */
export async function deleteStorePayload(
  context: StoreContext,
  which: readonly PointId[] | Filter,
  keys: readonly string[],
  options: ChangeOptions = {},
): Promise<void> {
  checkChange(options, 'deletePayload')
  const paths = parsePaths(keys, 'keys')
  return rewritePoints(context, which, options, {
    payload(stored) {
      for (const steps of paths) removeAt(stored, steps, 0)
      return stored
    },
  })
}

/** Removes the payloads of points. See `Store.clearPayload`. */
export async function clearStorePayload(
  context: StoreContext,
  which: readonly PointId[] | Filter,
  options: ChangeOptions = {},
): Promise<void> {
  checkChange(options, 'clearPayload')
  return rewritePoints(context, which, options, { payload: () => undefined })
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Returns a value into which `patch` is merged at the end of the steps from `at` on. What is on the way and not an object or
 * array, as the step needs it, is replaced. The value may be changed.
 */
function valueWith(value: unknown, steps: readonly Step[], at: number, patch: JsonObject): unknown {
  const step = steps[at]
  if (step === undefined) {
    const target = isObject(value) ? value : {}
    for (const [name, member] of Object.entries(patch)) {
      if (member === null) delete target[name]
      else setOwn(target, name, member)
    }
    return target
  }
  if (typeof step === 'string') {
    const target = isObject(value) ? value : {}
    setOwn(target, step, valueWith(Object.hasOwn(target, step) ? target[step] : null, steps, at + 1, patch))
    return target
  }
  if (!Array.isArray(value)) return []
  return value.map((item, index) =>
    step === EACH || step === index ? valueWith(item, steps, at + 1, patch) : item,
  )
}

/** Removes what is at the end of the steps from `at` on. An item of an array is not removed, `[]` empties an array. */
function removeAt(value: unknown, steps: readonly Step[], at: number): void {
  const step = steps[at]
  const isLast = at === steps.length - 1
  if (typeof step === 'string') {
    if (!isObject(value) || !Object.hasOwn(value, step)) return
    if (isLast) delete value[step]
    else removeAt(value[step], steps, at + 1)
  } else if (Array.isArray(value)) {
    if (!isLast)
      for (const item of step === EACH ? value : [value[step as number]]) removeAt(item, steps, at + 1)
    else if (step === EACH) value.length = 0
  }
}
