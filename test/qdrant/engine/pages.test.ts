// Documents of the size of a ColPali page, 1,030 x 128, which an encoder makes from file names; images in points and queries.

import { describe, expect, it } from 'vitest'
import { createCollection, openCollection, type Query } from '../../../src/qdrant/index.js'
import { createPlaceEncoder, imageFile } from '../../pages/page-encoder.js'
import { random, randomRows } from '../../support/random.js'
import { client, freshName } from './support.js'

it('stores, finds and reranks pages of 1,030 rows', async () => {
  const next = random(1030)
  const pages = Array.from({ length: 4 }, () => randomRows(next, 1030, 128, 0.1))
  const query = randomRows(next, 20, 128, 0.1)
  const encoder = {
    query: () => query,
    documents: (names: readonly string[]) => names.map(name => pages[Number.parseInt(name, 10)]!),
  }
  const name = freshName()
  const vectors = { pages: { size: 128, distance: 'Dot' } } as const
  const collection = await createCollection(client, name, { vectors }, { encoder })
  try {
    const report = await collection.upsert(
      pages.map((_, id) => ({ id, vector: { pages: { text: `${id}.png` } } })),
    )
    expect([report.points, report.rows]).toEqual([4, 4120])
    const question = { text: 'a chart of sales' }
    const hits = await collection.query(question, { limit: 4 })
    const here = await collection.rerank(question, { candidates: 4, limit: 4 })
    expect(here.map(({ id }) => id)).toEqual(hits.map(({ id }) => id))
    const [first] = await collection.retrieve([0], { with_vector: true })
    expect(first!.vector!.pages).toEqual(pages[0])
  } finally {
    await client.deleteCollection(name)
  }
})

describe('images of pages', () => {
  const { query, ...pages } = createPlaceEncoder()
  const documents = (texts: readonly string[]) => Promise.all(texts.map(text => query(text)))
  const encoder = { ...pages, query, documents, model: 'places' }
  const vectors = { page: { size: encoder.dim, distance: 'Dot' } } as const
  /** Files of images with a black square at a place of the grid. */
  const image = (column: number, line: number) => ({ image: imageFile(column, line), model: 'places' })

  it('are encoded in points and in queries, and matches say which patches they have', async () => {
    const name = freshName()
    const collection = await createCollection(client, name, { vectors }, { encoder })
    try {
      const [layout] = (await encoder.images([imageFile(0, 0)])).map(page => page.layout)
      const places = [
        [0, 0],
        [3, 2],
        [1, 3],
      ] as const
      await collection.upsert(
        places.map(([column, line], id) => ({
          id,
          vector: { page: image(column, line) },
          payload: { layout },
        })),
      )
      // by a text, by an image, and by an image among the candidates of a text
      const text = { text: '3,2', model: 'places' }
      const [byText] = await collection.query(text, { limit: 1, with_matches: true })
      expect([byText!.id, byText!.matches![0]!.patch]).toMatchObject([1, { line: 2, column: 3 }])
      const ids = async (query: Query, options = {}) =>
        (await collection.query(query, { limit: 3, ...options })).map(({ id }) => id)
      expect((await ids(image(1, 3)))[0]).toBe(2)
      expect((await ids({ nearest: image(0, 0) }))[0]).toBe(0)
      const prefetch = { query: image(3, 2), limit: 1 }
      expect(await ids(text, { prefetch: { ...prefetch, using: 'page' }, using: 'page' })).toEqual([1])
      // the stored rows are those of the encoder
      const [point] = await collection.retrieve([1], { with_vector: true })
      const [page] = await encoder.images([imageFile(3, 2)])
      expect(point!.vector!.page).toEqual({ data: page!.data, dim: page!.dim })
    } finally {
      await client.deleteCollection(name)
    }
  })

  it('are refused before anything is sent if their model is another, or the encoder takes none', async () => {
    const name = freshName()
    const { images: _, ...texts } = encoder
    const [pages, words] = [
      await createCollection(client, name, { vectors }, { encoder }),
      await openCollection(client, name, { encoder: texts }),
    ]
    try {
      const vector = { page: { ...image(0, 0), model: 'other' } }
      await expect(pages.upsert([{ id: 1, vector }])).rejects.toThrow(
        /\.model" expected "places", the model of the encoder, got "other"/,
      )
      await expect(pages.query({ ...image(0, 0), model: 'other' })).rejects.toThrow('expected "places"')
      await expect(words.upsert([{ id: 1, vector: { page: image(0, 0) } }])).rejects.toThrow(
        'the encoder takes no images',
      )
      await expect(words.query(image(0, 0))).rejects.toThrow(
        '"query" is an image, and the encoder takes no images; use an encoder of pages, such as that of Qdrant/colmodernvbert',
      )
      expect(await pages.count()).toBe(0)
    } finally {
      await client.deleteCollection(name)
    }
  })
})
