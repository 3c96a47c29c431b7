// Seeded payloads and filters that often match: few keys, few values, every type of condition.

import type { Filter, PointId } from '../../src/collection/collection.js'
import { between, pick, type Random } from './random.js'

const KEYS = ['a', 'b', 'c', 'list', 'objects', 'constructor']
const PATHS = [
  'a',
  'b',
  'c',
  'c.x',
  'c.y.z',
  'list',
  'list[]',
  'list[0]',
  'objects',
  'objects[].x',
  'objects[].y.z',
  'objects[1].x',
  'objects[].list',
  'objects[].list[]',
  '"a"',
  'constructor',
  'none',
  'c."x"',
]
const WORDS = ['', 'red', 'red apple', 'green', 'green tea and a red apple', 'é', '7']
const NUMBERS = [0, -1, 1, 2, 7, 0.5, -2.5, 1e21, 9007199254740991, 3.0]
const WHOLE = NUMBERS.filter(Number.isSafeInteger)

function scalar(next: Random): unknown {
  const kind = between(next, 0, 9)
  if (kind < 4) return pick(next, WORDS)
  if (kind < 8) return pick(next, NUMBERS)
  return kind === 8 ? next() < 0.5 : null
}

function value(next: Random, depth: number): unknown {
  const kind = between(next, 0, depth > 0 ? 9 : 5)
  if (kind < 6) return scalar(next)
  if (kind < 8) return Array.from({ length: between(next, 0, 3) }, () => value(next, depth - 1))
  return object(next, ['x', 'y', 'z', 'list'], depth - 1)
}

function object(next: Random, keys: readonly string[], depth: number): Record<string, unknown> {
  return Object.fromEntries(keys.filter(() => next() < 0.6).map(key => [key, value(next, depth)]))
}

/** An object with a few of the keys that the filters use. */
export function randomPayload(next: Random): Record<string, unknown> {
  const payload = object(next, KEYS, 3)
  if (next() < 0.6) payload.list = Array.from({ length: between(next, 0, 3) }, () => scalar(next))
  if (next() < 0.7) {
    payload.objects = Array.from({ length: between(next, 0, 3) }, () => object(next, ['x', 'y', 'list'], 2))
  }
  return payload
}

const some = <T>(next: Random, from: readonly T[], least = 0) =>
  Array.from({ length: between(next, least, 3) }, () => pick(next, from))

function bounds(next: Random, numbers: readonly number[]): Record<string, unknown> {
  const bounds = ['lt', 'gt', 'lte', 'gte'].filter(() => next() < 0.35)
  return Object.fromEntries(bounds.map(name => [name, next() < 0.1 ? null : pick(next, numbers)]))
}

function match(next: Random): Record<string, unknown> {
  const list = () => (next() < 0.5 ? some(next, WORDS) : some(next, WHOLE))
  const kinds: readonly (() => Record<string, unknown>)[] = [
    () => ({ value: pick<unknown>(next, [...WORDS, ...WHOLE, true, false]) }),
    () => ({ any: list() }),
    () => ({ except: list() }),
    () => ({ text: pick(next, WORDS) }),
    () => ({ text_any: pick(next, WORDS) }),
    () => ({ phrase: pick(next, WORDS) }),
  ]
  return pick(next, kinds)()
}

function fieldCondition(next: Random, paths: readonly string[]): Record<string, unknown> {
  const kinds: readonly (() => Record<string, unknown>)[] = [
    () => ({ match: match(next) }),
    () => ({ match: match(next) }),
    () => ({ range: bounds(next, NUMBERS) }),
    () => ({ values_count: bounds(next, [0, 1, 2, 3]) }),
    () => ({ is_empty: next() < 0.5 }),
    () => ({ is_null: next() < 0.5 }),
    () => ({ match: match(next), range: bounds(next, NUMBERS) }),
  ]
  return { key: pick(next, paths), ...pick(next, kinds)() }
}

function condition(next: Random, ids: readonly PointId[], depth: number, paths = PATHS): unknown {
  const kind = between(next, 0, 12)
  if (kind < 7) return fieldCondition(next, paths)
  if (kind === 7) return { is_empty: { key: pick(next, paths) } }
  if (kind === 8) return { is_null: { key: pick(next, paths) } }
  if (kind === 9 && ids.length > 0) return { has_id: Array.from({ length: 40 }, () => pick(next, ids)) }
  if (kind === 10 && depth > 0) {
    const key = pick(next, ['objects', 'objects[]', 'list', 'c', 'a'])
    return { nested: { key, filter: filterOf(next, [], depth - 1, ['x', 'y', 'y.z', 'list', 'list[]']) } }
  }
  return depth > 0 ? filterOf(next, ids, depth - 1, paths) : fieldCondition(next, paths)
}

function filterOf(next: Random, ids: readonly PointId[], depth: number, paths = PATHS): Filter {
  const clause = () => {
    const list = Array.from({ length: between(next, 0, 3) }, () => condition(next, ids, depth, paths))
    return list.length === 1 && next() < 0.3 ? list[0] : list
  }
  const filter: Record<string, unknown> = {}
  for (const name of ['must', 'should', 'must_not']) if (next() < 0.4) filter[name] = clause()
  if (next() < 0.15) {
    const conditions = Array.from({ length: between(next, 1, 3) }, () => condition(next, ids, depth, paths))
    filter.min_should = { conditions, min_count: between(next, 1, 3) }
  }
  return filter
}

/**
 * A filter with any type of condition, at most two levels deep. Servers before 1.19 do not count a missing field, so
 * filters for them contain no counts.
 */
export function randomFilter(next: Random, ids: readonly PointId[], counts: boolean): Filter {
  const filter = filterOf(next, ids, 2)
  return counts || !JSON.stringify(filter).includes('values_count') ? filter : randomFilter(next, ids, counts)
}

/** Texts that look like timestamps. Most of them are valid. */
export function moments(next: Random, count: number): string[] {
  const digits = (value: number, length: number) => String(value).padStart(next() < 0.9 ? length : 1, '0')
  return Array.from({ length: count }, () => {
    const date = `${digits(between(next, 2022, 2025), 4)}-${digits(between(next, 1, 12), 2)}-${digits(between(next, 1, 31), 2)}`
    if (next() < 0.15) return date
    const separator = pick(next, ['T', 'T', 'T', ' ', 't', '  '])
    const time = `${digits(between(next, 0, 24), 2)}:${digits(between(next, 0, 60), 2)}`
    const seconds = next() < 0.85 ? `:${digits(pick(next, [0, 1, 30, 59, 60, 61]), 2)}` : ''
    const fraction =
      next() < 0.4 ? `.${pick(next, ['5', '123', '123456', '1234567', '123456789', '1234567891', ''])}` : ''
    const zone = pick(next, [
      'Z',
      'Z',
      'z',
      '',
      '',
      '+02:00',
      '-07:30',
      '+0200',
      '+02',
      ' +02:00',
      '+24:00',
      '-00:00',
      ' Z',
      'UTC',
      '+2:00',
      '+02:60',
    ])
    return date + separator + time + seconds + fraction + zone
  })
}
