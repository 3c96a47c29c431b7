// Images in points and queries become vectors by an encoder of pages; without one they are for the server, or refused. The layout
// in a payload gives matches their patches.

import { expect, it } from 'vitest'
import { type Encoder, embedPoints, embedQuery } from '../../src/collection/embed-texts.js'
import type { Fields } from '../../src/collection/vector-fields.js'
import { createStore } from '../../src/store/index.js'

const fields = { dense: new Map(), sparse: new Set(['words']), unnamed: false } as unknown as Fields
const layout = { width: 20, height: 10, rows: 4, tiles: { rows: 0, columns: 0 }, side: 2, starts: [0] }

/** An encoder whose images are names of patches: the rows of `ab` match 0 and 1. It refuses `bad`. */
function fakeEncoder() {
  const calls: (readonly unknown[])[] = []
  const rowsOf = (name: string) =>
    [0, 1, 2, 3].map(patch => [name.includes('abcd'[patch]!) ? 1 : 0, 0.1 * patch])
  const encoder: Encoder = {
    model: 'Qdrant/colmodernvbert',
    query: text => rowsOf(text).slice(0, 1),
    documents: texts => texts.map(rowsOf),
    images(images) {
      calls.push(images)
      const index = (images as readonly string[]).indexOf('bad')
      if (index >= 0) throw Object.assign(new RangeError(`"images[${index}]" is not an image`), { index })
      return (images as readonly string[]).map(rowsOf)
    },
  }
  return { encoder, calls }
}

const model = 'Qdrant/colmodernvbert'

it('images and texts of points are embedded in one call each, and stay in their places', async () => {
  const { encoder, calls } = fakeEncoder()
  const points = [
    { id: 1, vector: { page: { image: 'a', model }, text: { text: 'b' } } },
    { id: 2, vector: { image: 'cd', model: model.toUpperCase() } },
    // vectors may have the name "image"
    { id: 3, vector: { image: [[1, 2]] } },
  ]
  expect(await embedPoints(points, { encoder, fields })).toEqual([
    {
      id: 1,
      vector: {
        page: [
          [1, 0],
          [0, 0.1],
          [0, 0.2],
          [0, 0.30000000000000004],
        ],
        text: [
          [0, 0],
          [1, 0.1],
          [0, 0.2],
          [0, 0.30000000000000004],
        ],
      },
    },
    {
      id: 2,
      vector: [
        [0, 0],
        [0, 0.1],
        [1, 0.2],
        [1, 0.30000000000000004],
      ],
    },
    { id: 3, vector: { image: [[1, 2]] } },
  ])
  expect(calls).toEqual([['a', 'cd']])
})

it('images of queries are embedded, also as nearest', async () => {
  const { encoder } = fakeEncoder()
  const vector = [
    [1, 0],
    [0, 0.1],
    [0, 0.2],
    [0, 0.30000000000000004],
  ]
  expect(await embedQuery({ image: 'a', model }, encoder)).toEqual(vector)
  expect(await embedQuery({ nearest: { image: 'a', model } }, encoder)).toEqual({ nearest: vector })
})

it('images are encoded by a method of the encoder, with the signal of the call', async () => {
  const calls: unknown[] = []
  const encoder: Encoder = {
    ...fakeEncoder().encoder,
    images(images, options) {
      calls.push(this === encoder, options)
      return images.map(() => [[1, 0]])
    },
  }
  const { signal } = new AbortController()
  await embedQuery({ image: 'a', model }, encoder, signal)
  await embedPoints([{ id: 1, vector: { image: 'a', model } }], { encoder, fields }, signal)
  expect(calls).toEqual([true, { signal }, true, { signal }])
})

it('errors name the point, the model and the remedy', async () => {
  const { encoder } = fakeEncoder()
  const point = (image: string, other = model) =>
    embedPoints([{ id: 7, vector: { page: { image, model: other } } }], { encoder, fields })
  await expect(point('bad')).rejects.toThrow('point 7: "images[0]" is not an image')
  await expect(point('a', 'Qdrant/colpali-v1.3-fp16')).rejects.toThrow(
    '"point 7.vector.page.model" expected "Qdrant/colmodernvbert", the model of the encoder, got "Qdrant/colpali-v1.3-fp16"; ' +
      'omit "model", or use an encoder of that model',
  )
  const { images: _, ...texts } = encoder
  const refused =
    '"query" is an image, and the encoder takes no images; use an encoder of pages, such as that of Qdrant/colmodernvbert'
  await expect(embedQuery({ image: 'a', model }, texts)).rejects.toThrow(refused)
  await expect(embedQuery({ image: 'a', model }, { ...encoder, images: () => [] })).rejects.toThrow(
    '"encoder.images" expected to return 1 multi-vectors, one for each image, got 0',
  )
  const two = { ...encoder, images: () => [[[1, 0]], [[0, 1]]] }
  await expect(embedQuery({ image: 'a', model }, two)).rejects.toThrow('one for each image, got 2')
})

it('a store takes images with an encoder, and says that it needs one', async () => {
  const { encoder } = fakeEncoder()
  const vectors = { page: { size: 2, distance: 'Dot' } } as const
  const store = await createStore({ vectors, encoder })
  await store.upsert([
    { id: 1, vector: { page: { image: 'd', model } }, payload: { layout } },
    { id: 2, vector: { page: { image: 'c', model } }, payload: { layout: { ...layout, rows: 5 } } },
  ])
  const hits = await store.query({ image: 'd', model }, { using: 'page', with_matches: true })
  expect(hits.map(({ id }) => id)).toEqual([1, 2])
  expect(hits[0]!.matches![3]!.patch).toEqual({
    tile: 0,
    line: 1,
    column: 1,
    rectangle: { x: 10, y: 5, width: 10, height: 5 },
  })
  // the layout of a page with another number of rows is not used
  expect(hits[1]!.matches![3]!.patch).toBeUndefined()
  await store.close()

  const bare = await createStore({ vectors })
  const remedy = 'which needs an encoder of pages; pass "encoder" to createStore() or openStore()'
  await expect(bare.upsert([{ id: 1, vector: { page: { image: 'a', model } } }])).rejects.toThrow(
    `"point 1.vector.page" is an image, ${remedy}`,
  )
  await expect(bare.query({ image: 'a', model }, { using: 'page' })).rejects.toThrow(
    `"query" is an image, ${remedy}`,
  )
  await expect(bare.query({ nearest: { image: 'a', model } }, { using: 'page' })).rejects.toThrow(
    `"query" is an image, ${remedy}`,
  )
  await bare.close()
})
