// What a user's program does with the package, in steps. `run` returns the result of each step as a text, or its error.
// It imports entry points that have optional peers, so that a bundler that resolves them is found out.

import { createScorer } from 'maxsimd'
import { createStaticEncoder } from 'maxsimd/encode'
import { bytesSource, readPoints } from 'maxsimd/formats'
import { createStore, openStore } from 'maxsimd/store'

const query = [
  [0.6, 0.8],
  [1, 0],
]
const documents = [
  [
    [0, 1],
    [0.8, 0.6],
  ],
  [[0.6, 0.8]],
  { data: Float32Array.of(1, 0, 0, 1, 0.6, 0.8), dim: 2 },
]
const vectors = { colbert: { size: 2, distance: 'Dot' } }
const points = documents.map((document, index) => ({ id: index + 1, vector: { colbert: document } }))
const indices = hits => hits.map(({ index }) => index).join()
const ids = hits => hits.map(({ id }) => id).join()

/**
 * `path` is a folder for a store on disk, `loadWords` and `loadModule` return a word file and a compiled kernel, and `worker`
 * starts a worker.
 */
const steps = {
  async core({ module }) {
    const scorer = await createScorer({ module })
    return `${scorer.kernel}: ${indices(scorer.rank(query, documents, { limit: 2 }))}`
  },
  async threads({ module, worker }) {
    const scorer = await createScorer({ module, threads: 2, worker })
    const corpus = scorer.corpus({ dim: 2 })
    await Promise.all(documents.map(document => corpus.add(document)))
    const result = `${scorer.threads} of ${scorer.kernel}: ${indices(await corpus.rank(query, { limit: 2 }))}`
    await scorer.dispose()
    return result
  },
  async reference() {
    const scorer = await createScorer({ kernel: 'reference' })
    return indices(scorer.rank(query, documents, { limit: 2 }))
  },
  async memoryStore({ module }) {
    const store = await createStore({ module, vectors })
    await store.upsert(points)
    const hits = await store.query(query, { limit: 2 })
    await store.close()
    return ids(hits)
  },
  async diskStore({ module, path }) {
    const store = await createStore({ module, path, vectors })
    await store.upsert(points)
    await store.close()
    const opened = await openStore(path, { module, readOnly: true })
    const hits = await opened.query(query, { limit: 2 })
    await opened.close()
    return ids(hits)
  },
  async formats() {
    const source = bytesSource(new TextEncoder().encode('{"id": 7, "vector": [[1, 0], [0, 1]]}\n'), 'a.jsonl')
    let found = ''
    for await (const { id, vector } of readPoints(source)) found += `${id}: ${Array.from(vector.data)}`
    return found
  },
  async words({ module, loadWords }) {
    const encoder = createStaticEncoder(await loadWords())
    const texts = encoder.documents(['the pool of connections is empty', 'a python swallowed a rabbit'])
    const scorer = await createScorer({ module })
    return `dim ${encoder.dim}: ${indices(scorer.rank(encoder.query('snakes eat'), texts, { limit: 1 }))}`
  },
  async module({ loadModule }) {
    const scorer = await createScorer({ module: await loadModule() })
    return `${scorer.kernel}: ${indices(scorer.rank(query, documents, { limit: 2 }))}`
  },
}

/** Runs the steps whose requirements are passed. */
export async function run(environment = {}) {
  const missing = {
    diskStore: !environment.path,
    words: !environment.loadWords,
    module: !environment.loadModule,
  }
  const results = {}
  for (const [name, step] of Object.entries(steps)) {
    if (missing[name]) continue
    try {
      results[name] = await step(environment)
    } catch (error) {
      results[name] = `${error}${error?.cause ? `, because of ${error.cause}` : ''}`
    }
  }
  return results
}
