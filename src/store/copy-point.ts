// Copies points when they are read, so that their source can change them and use their arrays again at once.

import type { Point } from '../collection/collection.js'

/** Deeper values are not copied; they are refused when they are written. */
const MAX_DEPTH = 2000

const sliceTyped = Uint8Array.prototype.slice

/** Copies a point. Its id, vectors and payload are checked later. */
export function copyPoint<T extends Point | Promise<Point>>(point: T): T {
  if (typeof point !== 'object' || point === null || point instanceof Promise) return point
  const { id, vector, payload } = point
  return { id, vector: copyValue(vector, 0), payload: copyValue(payload, 0) } as T
}

/** Copies arrays, typed arrays and plain objects; other values are returned. */
function copyValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value
  if (Array.isArray(value)) {
    const copy: unknown[] = value.slice()
    for (let i = 0; i < copy.length; i++) {
      if (typeof copy[i] === 'object') copy[i] = copyValue(copy[i], depth + 1)
    }
    return copy
  }
  // a Buffer's own slice is a view
  if (ArrayBuffer.isView(value))
    return value instanceof DataView ? value : sliceTyped.call(value as Uint8Array)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, copyValue(each, depth + 1)]))
}
