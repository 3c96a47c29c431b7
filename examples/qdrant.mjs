// Needs the packages maxsimd, maxsimd-words and @qdrant/js-client-rest, and a Qdrant server; README.md says how to run it.
//
// Late interaction on Qdrant: create, write, query, rerank, verify, delete. Run it with
//   QDRANT_URL=http://127.0.0.1:6333 node examples/qdrant.mjs
// The static encoder makes vectors of 100 numbers per word. With a ColBERT model, `size` is 128.

import { readFile } from 'node:fs/promises'
import { QdrantClient } from '@qdrant/js-client-rest'
import { createStaticEncoder } from 'maxsimd/encode/static'
import { createCollection, deleteCollection, verify } from 'maxsimd/qdrant'
import wordFile from 'maxsimd-words'

const { QDRANT_URL: url = 'http://127.0.0.1:6333', QDRANT_API_KEY: apiKey } = process.env
const client = new QdrantClient({ url, checkCompatibility: false, ...(apiKey && { apiKey }) })
const encoder = createStaticEncoder(await readFile(wordFile))

// max_sim and m: 0 (no graph) are filled in; on_disk keeps the vectors out of memory
const collection = await createCollection(
  client,
  'colbert-example',
  { vectors: { colbert: { size: encoder.dim, distance: 'Dot', on_disk: true } } },
  { encoder },
)
try {
  const documents = [
    'Ensuring connections are closed after awaits prevents an exhausted pool.',
    'Database resource exhaustion can occur due to limited pool sizes.',
    'Handling training for pythons should be done gradually.',
  ]
  await collection.upsert(
    documents.map((text, i) => ({ id: i + 1, vector: { colbert: { text } }, payload: { text } })),
  )

  const question = 'How can I prevent database connection pool exhaustion?'
  const hits = await collection.query({ text: question }, { using: 'colbert', limit: 2, with_payload: true })
  for (const { score, payload } of hits) console.log(score.toFixed(3), payload.text)

  // which word of the best document each word of the question matched
  const [best] = await collection.query({ text: question }, { limit: 1, with_matches: true })
  for (const { queryToken, token, row, contribution } of best.matches) {
    console.log(`${queryToken.text} ~ ${token?.text ?? `row ${row}`} ${contribution.toFixed(2)}`)
  }

  // the server finds the candidates, the local kernel ranks them
  const reranked = await collection.rerank({ text: question }, { candidates: 3, limit: 2 })
  console.log('reranked:', reranked.map(({ id }) => id).join(', '))

  const report = await verify(collection, [encoder.query(question)])
  console.log(report.ok ? 'the server and the kernel agree' : 'they disagree')
  console.log(`largest difference ${report.maxDifference}, allowed ${report.allowedDifference}`)
} finally {
  await deleteCollection(client, 'colbert-example')
}
