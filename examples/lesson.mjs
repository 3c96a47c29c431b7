// Needs the packages maxsimd and @huggingface/transformers, and a ColBERT model; README.md says how to run it.
//
// Encodes texts with the model, stores them, and answers a question:
//   node lesson.mjs                                  downloads colbert-ir/colbertv2.0 (0.4 GB) once
//   MODEL=./folder-of-a-model node lesson.mjs        downloads nothing

import { createEncoder } from 'maxsimd/encode'
import { createStore } from 'maxsimd/store'

const encoder = await createEncoder({ model: process.env.MODEL ?? 'colbert-ir/colbertv2.0' })
const store = await createStore({ vectors: { colbert: { size: encoder.dim, distance: 'Dot' } }, encoder })

const documents = [
  'When async tasks fail to return database connections, the pool becomes exhausted and requests start failing. ' +
    'Ensuring connections are closed after awaits prevents this.',
  'Database resource exhaustion can occur due to limited pool sizes.',
  'Understanding concurrency, async IO, and database performance in Python web applications.',
  'Handling training for pythons should be done gradually, starting with short sessions and increasing duration as ' +
    'the snake becomes more comfortable.',
]
await store.upsert(documents.map((text, id) => ({ id, vector: { colbert: { text } }, payload: { text } })))

const question = { text: 'How can I prevent Python database connection pool exhaustion?' }
for (const { id, score, payload } of await store.query(question, { limit: 4, with_payload: true })) {
  console.log(score.toFixed(2), 'ABCD'[id], payload.text.slice(0, 60))
}

// explain the score of document A: the token that each token of the question matched
const query = await encoder.query(question.text)
const [document] = await encoder.documents([documents[0]])
const { matches } = await store.explain(query, 0)
for (const [i, { row, similarity }] of matches.entries()) {
  const { start, end } = document.tokens[row]
  console.log(
    similarity.toFixed(2),
    query.tokens[i].text,
    '->',
    documents[0].slice(start, end) || document.tokens[row].text,
  )
}

await store.close()
await encoder.dispose()
