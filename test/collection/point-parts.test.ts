// The parts of points: what is a point, which vectors it has, and the document of a hit.

import { describe, expect, it } from 'vitest'
import { pointIdOf } from '../../src/collection/check-point.js'
import { type Encoder, embedPoints } from '../../src/collection/embed-texts.js'
import { documentOf } from '../../src/collection/packed-rows.js'
import { vectorFieldsOf } from '../../src/collection/vector-fields.js'
import { namedVectors } from '../../src/collection/vector-input.js'

const rows = [[1, 2]]

it.each([
  [null, 'null'],
  [undefined, 'undefined'],
  ['7', 'string'],
  [7, 'number'],
])('%s is not a point', (value, got) => {
  expect(() => pointIdOf(value as never)).toThrow(
    new TypeError(`"points" expected points { id, vector, payload }, got ${got} among them`),
  )
})

it('a vector is of one row without a multivector_config, or with null, and float32 by default', () => {
  const size = { size: 2, distance: 'Dot' } as const
  const { dense, sparse, unnamed } = vectorFieldsOf(
    {
      one: size,
      none: { ...size, multivector_config: null as never, datatype: 'uint8' },
      multi: { ...size, multivector_config: { comparator: 'max_sim' } },
    },
    { words: {} },
  )
  const fieldOf = (name: string, datatype: string, multi: boolean) => ({ ...size, name, datatype, multi })
  expect([...dense.values()]).toEqual([
    fieldOf('one', 'float32', false),
    fieldOf('none', 'uint8', false),
    fieldOf('multi', 'float32', true),
  ])
  expect([[...sparse], unnamed]).toEqual([['words'], false])
  expect(vectorFieldsOf({ '': size }).unnamed).toBe(true)
  expect(vectorFieldsOf({ '': size }, { words: {} }).unnamed).toBe(false)
})

describe('the vectors of a point', () => {
  const fields = vectorFieldsOf({ '': { size: 2, distance: 'Dot' } })

  it('are one without a name, also if it has the name of an unnamed one', () => {
    expect(namedVectors(rows, fields, 'vector')).toEqual([['', rows]])
    expect(namedVectors({ '': rows }, fields, 'vector')).toEqual([['', rows]])
  })

  it('are not taken for the unnamed one if there are others: none is lost without an error', () => {
    const several = { '': rows, other: rows }
    expect(namedVectors(several, fields, 'vector')).toEqual([['', several]])
  })

  it('stay as they are beside texts of other points, whatever their form', async () => {
    const encoder: Encoder = { query: () => rows, documents: texts => texts.map(() => [[9]]) }
    const vectors = [rows, [1, 2], Float32Array.of(1, 2), { data: Float32Array.of(1, 2), dim: 2 }]
    const points = [{ text: 'a' }, ...vectors, { v: { text: 'b' } }].map((vector, id) => ({ id, vector }))
    const embedded = await embedPoints(points as never, { encoder, fields })
    expect(embedded.map(({ vector }) => vector)).toEqual([[[9]], ...vectors, { v: [[9]] }])
    expect(embedded.map(({ id }) => id)).toEqual(points.map(({ id }) => id))
  })
})

it('the document of a hit is one row for a dense vector, and nothing for a sparse one or none', () => {
  const field = { name: 'v', size: 2, distance: 'Dot', datatype: 'float32', multi: true } as const
  const document = (v: unknown) => documentOf({ vector: { v } } as never, field)
  const flat = { data: Float32Array.of(1, 2, 3, 4), dim: 2 }
  expect(document(flat)).toBe(flat)
  expect(document(Float32Array.of(1, 2))).toEqual({ data: Float32Array.of(1, 2), dim: 2 })
  expect(document({ indices: [1], values: [2] })).toBeUndefined()
  expect(document(undefined)).toBeUndefined()
  expect(documentOf({}, field)).toBeUndefined()
})
