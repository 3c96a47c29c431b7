// Copies points when they are read, so that their source can change them and use their arrays again at once.

import { isA } from '../base/is-a.js'
import type { Point } from '../collection/collection.js'

const sliceTyped = Uint8Array.prototype.slice

/** Copies a point. Its id, vectors and payload are checked later. */
export function copyPoint<T extends Point | Promise<Point>>(point: T): T {
  if (typeof point !== 'object' || point === null || isA(point, 'Promise')) return point
  try {
    const { id, vector, payload } = point
    return { id, vector: copyValue(vector, new Set()), payload: copyValue(payload, new Set()) } as T
  } catch {
    // too deep, or a property that throws: refused by name when the point is written
    return point
  }
}

/** Copies arrays, typed arrays and plain objects; other values, and one of the objects around it, are returned. */
function copyValue(value: unknown, around: Set<object>): unknown {
  if (typeof value !== 'object' || value === null || around.has(value)) return value
  if (ArrayBuffer.isView(value)) {
    // a Buffer's own slice is a view
    return isA(value, 'DataView') ? value : sliceTyped.call(value as Uint8Array)
  }
  const isArray = Array.isArray(value)
  const prototype: unknown = Object.getPrototypeOf(value)
  // an object of another realm is plain too
  if (!isArray && prototype !== null && Object.getPrototypeOf(prototype) !== null) return value
  around.add(value)
  const copy: unknown[] | object = isArray ? value.slice() : {}
  if (isArray) {
    const items = copy as unknown[]
    for (let i = 0; i < items.length; i++) {
      if (typeof items[i] === 'object') items[i] = copyValue(items[i], around)
    }
  } else {
    for (const name of Object.keys(value)) {
      const copied = copyValue((value as Readonly<Record<string, unknown>>)[name], around)
      setOwn(copy, name, copied)
    }
  }
  around.delete(value)
  return copy
}

/** Sets a property. An assignment to `__proto__` would set the prototype. */
export function setOwn(target: object, name: string, value: unknown): void {
  if (name !== '__proto__') (target as Record<string, unknown>)[name] = value
  else Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true })
}
