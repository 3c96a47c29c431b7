// createBm25Encoder against the engine's own model: the same texts, as `{ text, model: 'qdrant/bm25' }` and as vectors.

import { expect, it } from 'vitest'
import {
  type Bm25Encoder,
  type Bm25Options,
  createBm25Encoder,
  type SparseVector,
} from '../../../src/encode/index.js'
import type { QdrantCollection } from '../../../src/qdrant/index.js'
import { type Bm25Case, bm25Cases, bm25Texts } from '../../encode/bm25-texts.js'
import { freshCollection, isServer, since } from './support.js'

/** Options as the server has them. */
const serverOptions = (options: Bm25Options) =>
  Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`),
      value,
    ]),
  )

const model = 'qdrant/bm25'

const wordCollection = () => freshCollection({ vectors: {}, sparse_vectors: { words: { modifier: 'idf' } } })

/** Stores the texts as texts, and returns the vectors that the engine made of them. */
async function embeddedByEngine(
  collection: QdrantCollection,
  texts: readonly string[],
  options: Bm25Options,
): Promise<readonly SparseVector[]> {
  await collection.upsert(
    texts.map((text, id) => ({
      id,
      vector: { words: { text, model, options: serverOptions(options) } },
    })),
  )
  const points = await collection.retrieve(
    texts.map((_, id) => id),
    { with_vector: true },
  )
  const found = new Map(
    points.map(({ id, vector }) => [Number(id), vector?.words as SparseVector | undefined]),
  )
  return texts.map((_, id) => found.get(id) ?? { indices: [], values: [] })
}

/** A vector as text, with its dimensions in order. */
const printed = ({ indices, values }: SparseVector) =>
  [...indices.keys()]
    .sort((a, b) => indices[a]! - indices[b]!)
    .map(k => `${indices[k]}:${Math.fround(values[k]!)}`)
    .join(' ')

// an engine before 1.15.3 has no BM25, and not all options are in the first versions that have it
const hasBm25 = since('1.19.0')
// the engine in process has no options for no stemmer, and other languages than those with stop words
const cases = bm25Cases.filter(({ serverOnly }) => isServer || !serverOnly)

it.runIf(hasBm25).each(cases)(
  'encodes texts as the engine does: $name',
  async ({ options, texts }: Bm25Case) => {
    const encoder = await createBm25Encoder(options)
    const expected = await embeddedByEngine(await wordCollection(), texts, options)
    const differences = texts.flatMap((text, i) => {
      const actual = printed(encoder.document(text))
      return actual === printed(expected[i]!)
        ? []
        : [`${JSON.stringify(text)}: ${actual} instead of ${printed(expected[i]!)}`]
    })
    expect(differences.slice(0, 5)).toEqual([])
  },
)

/** The ids and scores of a query's hits, by id, because the order of equal scores is not stable. */
const scoresOf = async (collection: QdrantCollection, query: Parameters<QdrantCollection['query']>[0]) =>
  (await collection.query(query, { using: 'words', limit: 1_000 }))
    .map(({ id, score }) => [id, score])
    .sort(([a], [b]) => Number(a) - Number(b))

it.runIf(hasBm25)('finds the same points with the same scores by a text and by its vector', async () => {
  const collection = await wordCollection()
  const encoder: Bm25Encoder = await createBm25Encoder({ avgLen: 8 })
  await collection.upsert(bm25Texts.map((text, id) => ({ id, vector: { words: encoder.document(text) } })))
  let hits = 0
  for (const text of bm25Texts) {
    const vector = encoder.query(text)
    if (vector.indices.length === 0) continue
    const found = await scoresOf(collection, vector)
    expect(found, text).toEqual(await scoresOf(collection, { text, model }))
    hits += found.length
  }
  expect(hits).toBeGreaterThan(bm25Texts.length)
})
