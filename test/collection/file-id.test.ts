// The ids of documents in files, and the ids of their points. The expected UUIDs are Python's: uuid.uuid5(uuid.uuid5(
// uuid.NAMESPACE_DNS, "maxsimd"), text).

import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sha1 } from '../../src/base/sha1.js'
import { documentIdOf, identify, pointIdOfFile, unidentify } from '../../src/collection/file-id.js'

it('SHA-1 of any bytes is that of node:crypto, at every length around a block too', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.integer({ min: 50, max: 70 }).map(length => new Uint8Array(length).fill(0xff)),
  )
  fc.assert(
    fc.property(bytes, message => {
      expect(Buffer.from(sha1(message)).toString('hex')).toBe(
        createHash('sha1').update(message).digest('hex'),
      )
    }),
    { seed: 1 },
  )
})

describe('the id of a point', () => {
  const uuid = '0d5b84a9-7812-59f2-9980-55ea9d423173'
  it.each<[number | bigint | string, number | string]>([
    [7, 7],
    ['7', 7],
    [7n, 7],
    [0, 0],
    ['0', 0],
    [2 ** 53 - 1, 2 ** 53 - 1],
    ['9007199254740991', 2 ** 53 - 1],
    ['007', uuid],
    ['doc-17', 'd3acbdcb-342d-5471-9ea4-83dcbcfc67b2'],
    ['日本'.repeat(40), 'ab2128ed-faa7-5627-8079-c95aed86116c'],
    [uuid, uuid],
    [uuid.toUpperCase(), uuid],
    [`urn:uuid:${uuid}`, uuid],
    [uuid.replaceAll('-', ''), uuid],
  ])('of %o is %o', (id, expected) => {
    expect(pointIdOfFile(id)).toBe(expected)
  })

  it.each(['00', '+7', '7.0', '1e3', ' 7', '-1', '9007199254740992', 'é', 'e\u0301'])(
    'of the text %j is a UUID of its own',
    id => {
      expect(pointIdOfFile(id)).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      )
      expect(pointIdOfFile('é')).not.toBe(pointIdOfFile('e\u0301'))
    },
  )

  it('of a whole number beyond 2^53 is that of its digits, and no two numbers share one', () => {
    expect(pointIdOfFile(2n ** 64n - 1n)).toBe(pointIdOfFile('18446744073709551615'))
    expect(pointIdOfFile(2n ** 64n - 1n)).not.toBe(pointIdOfFile(2n ** 64n - 2n))
  })

  it.each([-1, 1.5, Number.NaN, 2 ** 53])('is refused for the number %d', id => {
    expect(() => pointIdOfFile(id)).toThrow(RangeError)
  })
})

describe('a document', () => {
  it('has its id again after it was stored, whatever the id and the payload are', () => {
    const ids = fc.oneof(
      fc.string({ minLength: 1, unit: 'grapheme' }),
      fc.maxSafeNat(),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n }),
      fc.uuid(),
      fc.uuid().map(text => text.toUpperCase()),
      fc.nat().map(String),
    )
    const payloads = fc.dictionary(fc.string(), fc.jsonValue()).map(({ id: _, ...payload }) => payload)
    fc.assert(
      fc.property(ids, payloads, (id, payload) => {
        const stored = identify(id, payload)
        expect(String(documentIdOf(stored))).toBe(String(id))
        expect(unidentify(stored).payload).toEqual(payload)
        // identified again, as a file that was written from a store is
        const { id: again, payload: rest } = unidentify(stored)
        expect(identify(again, rest)).toEqual(stored)
      }),
      { seed: 2 },
    )
  })

  it('keeps a text id in its payload, and no other id', () => {
    expect(identify('doc-17', { n: 1 }).payload).toEqual({ n: 1, id: 'doc-17' })
    expect(identify('7', { n: 1 }).payload).toEqual({ n: 1 })
    expect(identify(7, { id: 'mine' }).payload).toEqual({ id: 'mine' })
  })

  it('whose payload has another "id" is refused, because one of them would be lost', () => {
    expect(() => identify('doc-17', { id: 5 })).toThrow(
      new RangeError('the payload has the "id" 5, where the id "doc-17" is kept; rename that field'),
    )
    expect(identify('doc-17', { id: 'doc-17' }).payload).toEqual({ id: 'doc-17' })
  })

  it('has the id of its point if the "id" in the payload is not its id', () => {
    const point = { id: 5, payload: { id: 'other' } }
    expect(documentIdOf(point)).toBe(5)
    expect(unidentify(point)).toEqual(point)
    expect(documentIdOf({ id: 5 })).toBe(5)
    expect(documentIdOf({ id: 5, payload: null })).toBe(5)
    expect(documentIdOf({ id: 5, payload: { id: '5' } })).toBe(5)
    const empty = pointIdOfFile('')
    expect(documentIdOf({ id: empty, payload: { id: '' } })).toBe(empty)
  })
})
