// Parquet files that no writer at hand makes: see parquet-file.ts.

import { describe, expect, it } from 'vitest'
import { between, random } from '../support/random.js'
import { idColumn, parquetFile, vectorColumn } from './parquet-file.js'
import { pointsOfText } from './points-of-text.js'

/** Documents of 1 to `maxRows` rows of `dim` small whole numbers. */
function documentsOf(seed: number, count: number, maxRows: number, dim: number): number[][][] {
  const next = random(seed)
  return Array.from({ length: count }, () =>
    Array.from({ length: between(next, 1, maxRows) }, () =>
      Array.from({ length: dim }, () => between(next, -99, 99)),
    ),
  )
}

describe('Parquet lists that continue in the next page', () => {
  it.each<[string, number, number, number, number]>([
    ['pages of a value', 5, 3, 4, 1],
    ['pages that end within rows', 40, 5, 7, 10],
    ['documents of many pages', 3, 40, 8, 16],
    // a part of a column that is decoded at once ends with the page in which it reaches 65,536 values
    ['more values than are decoded at once', 450, 40, 9, 1000],
    ['a document of more values than are decoded at once', 2, 20_000, 8, 1024],
  ])('are read whole: %s', async (name, count, maxRows, dim, pageValues) => {
    const seed = name.length
    const documents = documentsOf(seed, count, maxRows, dim)
    const ids = documents.map((_, index) => index + 1)
    const file = parquetFile([idColumn(ids), vectorColumn(documents, pageValues)], count)
    const points = await pointsOfText(file, 'a.parquet')
    expect(points.map(({ id }) => id)).toEqual(ids)
    for (const [index, { vector }] of points.entries()) {
      const expected = { data: Float32Array.from(documents[index]!.flat()), dim }
      expect(vector, `seed ${seed}, document ${index}`).toEqual(expected)
    }
  })
})
