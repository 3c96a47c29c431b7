// `toEqual` for large values: fails with the first difference and its place, where vitest prints `expected [ Array(60) ]`.

import { expect } from 'vitest'

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

const members = (value: Record<string, unknown>): Record<string, unknown> =>
  value instanceof Map ? Object.fromEntries(value) : value

function describeValue(value: unknown): string {
  if (Object.is(value, -0)) return '-0'
  const text = (typeof value === 'bigint' ? `${value}n` : JSON.stringify(value)) ?? String(value)
  return text.length > 200 ? `${text.slice(0, 200)}...` : text
}

/** Returns the place and both values of the first difference, or undefined if the values are equal. */
export function firstDifference(actual: unknown, expected: unknown, place = 'value'): string | undefined {
  if (Object.is(actual, expected)) return undefined
  if (!isObject(actual) || !isObject(expected) || actual.constructor !== expected.constructor)
    return `${place} expected ${describeValue(expected)}, got ${describeValue(actual)}`
  const [left, right] = [members(actual), members(expected)]
  for (const key of new Set([...Object.keys(right), ...Object.keys(left)])) {
    const difference = firstDifference(left[key], right[key], `${place}[${key}]`)
    if (difference) return difference
  }
  return undefined
}

/** Expects values of the same types, members and numbers (-0 differs from 0). `message` names the case. */
export function expectSame(actual: unknown, expected: unknown, message?: string): void {
  expect(firstDifference(actual, expected), message).toBeUndefined()
}
