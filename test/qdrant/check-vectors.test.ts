// The largest vector that a server takes.

import { expect, it } from 'vitest'
import type { Field } from '../../src/collection/vector-fields.js'
import { createRowReader } from '../../src/qdrant/wire/check-vectors.js'

it('a vector has at most 1,048,575 numbers', () => {
  const read = createRowReader()
  const size = 41
  const field: Field = { name: 'v', size, distance: 'Dot', datatype: 'float32', multi: true }
  const most = { data: new Float32Array(1_048_575).fill(1), dim: size }
  const { count, values } = read(most, field, 'v')
  expect([count, values.length, values.at(-1)]).toEqual([25_575, 1_048_575, 1])
  const more = { data: new Float32Array(1_048_575 + size), dim: size }
  expect(() => read(more, field, 'v')).toThrow(
    '"v" expected at most 25575 rows of 41 numbers (Qdrant accepts 1048575 numbers per vector), got 25576; split the document',
  )
})
