// Which ids are accepted, how they are written, and what an error says of the others.

import { expect, it } from 'vitest'
import type { PointId } from '../../src/collection/collection.js'
import { isUuid, parseId, parseIds, parseQueryId } from '../../src/collection/point-id.js'

const UUID = '5c56c793-69f3-4fbf-87e6-c4bf54c28c26'

it.each<[PointId, PointId]>([
  [0, 0],
  [2 ** 53 - 1, 2 ** 53 - 1],
  [0n, 0],
  [2n ** 53n - 1n, 2 ** 53 - 1],
  [2n ** 53n, 2n ** 53n],
  [2n ** 64n - 1n, 2n ** 64n - 1n],
  [UUID, UUID],
  [UUID.toUpperCase(), UUID],
  [UUID.replaceAll('-', ''), UUID],
  [`urn:uuid:${UUID}`, UUID],
  [`{${UUID}}`, UUID],
])('the id %s is written as %s', (id, written) => {
  expect(parseId(id, 'id')).toBe(written)
  expect(parseQueryId(id, 'query')).toBe(written)
  expect(parseIds([7, id], 'ids')).toEqual([7, written])
})

const ofNumber = (got: unknown) =>
  `"id" expected a whole number from 0 to 9007199254740991 or a UUID, got ${got}; use a bigint or a UUID for a larger number`
const ofBigint = (got: unknown) =>
  `"id" expected a whole number from 0 to 18446744073709551615 or a UUID, got ${got}`
const ofText = (got: string) =>
  `"id" expected a whole number or a UUID, got "${got}"; put other names into the payload`

it.each<[PointId, string]>([
  [-1, ofNumber(-1)],
  [0.5, ofNumber(0.5)],
  [2 ** 53, ofNumber(2 ** 53)],
  [Number.NaN, ofNumber(Number.NaN)],
  [-1n, ofBigint(-1)],
  [2n ** 64n, ofBigint(2n ** 64n)],
  ['7', ofText('7')],
  ['', ofText('')],
  [`${UUID}0`, ofText(`${UUID}0`)],
  [`0${UUID}`, ofText(`0${UUID}`)],
  [UUID.replace('c', 'g'), ofText(UUID.replace('c', 'g'))],
])('refuses the id %s', (id, message) => {
  expect(() => parseId(id, 'id')).toThrow(new RangeError(message))
  const inList = message.replace('"id"', '"ids[1]"')
  expect(() => parseIds([1, id], 'ids')).toThrow(new RangeError(inList))
})

it('refuses ids of another type, and a list that is not an array', () => {
  for (const [id, type] of [
    [undefined, 'undefined'],
    [null, 'null'],
    [true, 'boolean'],
    [[1], 'array'],
  ]) {
    expect(() => parseId(id as never, 'id')).toThrow(
      new TypeError(`"id" expected a whole number or a UUID, got ${type}`),
    )
  }
  expect(() => parseIds(7 as never, 'ids')).toThrow(
    new TypeError('"ids" expected an array of ids, got number'),
  )
})

it('suggests { text } for a text in place of a query', () => {
  expect(() => parseQueryId('red shoes', 'query')).toThrow(
    new RangeError(
      '"query" expected rows, the id of a point (a whole number or a UUID) or { text }, got "red shoes"; ' +
        'a text is { text }, and an "encoder" makes rows of it',
    ),
  )
})

it('takes only a whole text for a UUID', () => {
  expect([UUID, UUID.toUpperCase(), `urn:uuid:${UUID}`].every(isUuid)).toBe(true)
  expect([`${UUID} `, ` ${UUID}`, `a ${UUID}`, UUID.slice(1), ''].some(isUuid)).toBe(false)
})
