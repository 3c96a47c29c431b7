// An upsert in a separate process, which the test kills: node loader.mjs URL COLLECTION POINTS [GRPC_PORT]. Prints a line
// after the first batch.

import { openCollection } from '../../../dist/qdrant/index.js'

const [, , url, name, count, port] = process.argv

async function* points() {
  for (let id = 1; id <= Number(count); id++) {
    if (id % 4 === 0) await new Promise(resolve => setTimeout(resolve, 1))
    yield { id, vector: { colbert: [rowOf(id), rowOf(id + 0.5)] }, payload: { id } }
  }
}

/** A row that depends only on the number. */
const rowOf = number => Float32Array.from({ length: 16 }, (_, k) => Math.sin(number * (k + 1)))

const grpc = port ? { port: Number(port) } : 'off'
const collection = await openCollection({ url, apiKey: process.env.QDRANT_API_KEY }, name, { grpc })
const report = await collection.upsert(points(), {
  resume: 'skip',
  batchPoints: 8,
  onProgress: ({ batches }) => {
    if (batches === 1) console.log('loading')
  },
})
console.log(JSON.stringify(report))
