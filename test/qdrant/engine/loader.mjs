// A load in a process of its own, to be killed: node loader.mjs URL COLLECTION POINTS. Tells when the first batch is in.

import { openCollection } from '../../../dist/qdrant/index.js'

const [, , url, name, count] = process.argv

async function* points() {
  for (let id = 1; id <= Number(count); id++) {
    if (id % 4 === 0) await new Promise(resolve => setTimeout(resolve, 1))
    yield { id, vector: { colbert: [rowOf(id), rowOf(id + 0.5)] }, payload: { id } }
  }
}

/** The same row for the same number in every process. */
const rowOf = number => Float32Array.from({ length: 16 }, (_, k) => Math.sin(number * (k + 1)))

const collection = await openCollection({ url }, name)
const report = await collection.upsert(points(), {
  resume: 'skip',
  batchPoints: 8,
  onProgress: ({ batches }) => {
    if (batches === 1) console.log('loading')
  },
})
console.log(JSON.stringify(report))
