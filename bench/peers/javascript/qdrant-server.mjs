// A Qdrant server over REST: a vector with the comparator max_sim, searched exactly, without a graph. The rows are loaded
// with this library's adapter.

import { QdrantClient } from '@qdrant/js-client-rest'
import { createCollection } from '../../../dist/qdrant/index.js'

/** Checks of the status in a row. The server starts to merge segments some time after the last point. */
const IDLE_CHECKS = 3

export async function create({ query, documents, limit }, { url, collection: name }) {
  const apiKey = process.env.QDRANT_API_KEY
  const client = new QdrantClient({ url, checkCompatibility: false, ...(apiKey && { apiKey }) })
  const { version } = await (await fetch(url)).json()
  const vectors = { size: query.dim, distance: 'Dot', hnsw_config: { m: 0 } }
  const collection = await createCollection(client, name, { vectors }, { ifExists: 'recreate' })
  await collection.upsert(documents.map((vector, id) => ({ id, vector })))
  for (let idle = 0; idle < IDLE_CHECKS; ) {
    await new Promise(resolve => setTimeout(resolve, 1000))
    idle = (await collection.info()).status === 'green' ? idle + 1 : 0
  }

  const rows = Array.from({ length: query.data.length / query.dim }, (_, i) =>
    Array.from(query.data.subarray(i * query.dim, (i + 1) * query.dim)),
  )
  const search = async count => {
    const { points } = await client.query(name, { query: rows, limit: count, params: { exact: true } })
    return points.map(({ id, score }) => ({ index: id, score }))
  }
  return {
    version,
    rank: () => search(limit),
    async scores() {
      const all = new Float32Array(documents.length)
      for (const { index, score } of await search(documents.length)) all[index] = score
      return all
    },
  }
}
