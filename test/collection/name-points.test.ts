// Errors of the kernel get the ids of points in place of the indices of documents.

import { expect, it } from 'vitest'
import { namingPoints } from '../../src/collection/name-points.js'

const ids = [7, 'b0c3', 2n ** 60n]
const thrownFor = (error: unknown): unknown => {
  try {
    return namingPoints(
      index => ids[index]!,
      () => {
        throw error
      },
    )
  } catch (thrown) {
    return thrown
  }
}

it.each([
  [
    '"documents[2].data[0]" expected a finite number',
    `"point ${2n ** 60n}.data[0]" expected a finite number`,
  ],
  ['"documents[1]" expected 2 numbers', '"point b0c3" expected 2 numbers'],
  ['"document.data[3]" (row 1) and "document"', '"point 7.data[3]" (row 1) and "point 7"'],
  ['the score of document 1 is beyond f32', 'the score of point b0c3 is beyond f32'],
])('%s becomes %s', (message, named) => {
  const cause = new RangeError(message)
  expect(thrownFor(cause)).toEqual(new RangeError(named, { cause }))
})

it.each([
  [
    'a RangeError without a document',
    new RangeError('"limit" expected a whole number, documented elsewhere'),
  ],
  ['another class of error', new TypeError('"documents[1]" expected rows')],
  ['the reason of a signal', 'documents[1]'],
])('%s is thrown as it is', (_, error) => {
  expect(thrownFor(error)).toBe(error)
})

it('returns what the call returns', () => {
  expect(
    namingPoints(
      () => 1,
      () => 'scored',
    ),
  ).toBe('scored')
})
