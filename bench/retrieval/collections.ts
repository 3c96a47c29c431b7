// The presets of two-stage retrieval as they are used: one query to the embedded store, and one to a Qdrant server where
// there is one (QDRANT_URL, or QDRANT_BIN, which is started and stopped). Each is held against the same collection's own
// exact search. On a server the time has the way there and back in it, and single vectors have its graph.

import { createClient, type Engine } from '../../demo/engine.js'
import type { Hit, Point } from '../../src/collection/collection.js'
import type { MultiVector, Ranked } from '../../src/index.js'
import { createCollection } from '../../src/qdrant/index.js'
import type { QueryOptions } from '../../src/collection/search-options.js'
import { meanFirst, muveraFirst, pooledFirst, type Stages } from '../../src/stages/index.js'
import { createStore } from '../../src/store/index.js'
import { summarize } from '../measure.js'
import type { Dataset } from './dataset.js'
import { judge, PLACES } from './quality.js'

export interface PresetResult {
  readonly preset: string
  readonly place: string
  readonly milliseconds: number
  readonly recall: number
  readonly ndcg: number
}

/** What a store and a server's collection have in common here. */
interface Collection {
  upsert(points: Iterable<Point>): Promise<unknown>
  query(query: MultiVector, options: QueryOptions): Promise<Hit[]>
  /** Waits until what is in has its index. */
  ready(): Promise<void>
  dispose(): Promise<unknown>
}

interface Place {
  readonly name: string
  create(vectors: Stages['vectors']): Promise<Collection>
}

const store: Place = {
  name: 'the store',
  async create(vectors) {
    const made = await createStore({ vectors })
    return {
      upsert: points => made.upsert(points),
      query: (query, options) => made.query(query, options),
      ready: async () => undefined,
      dispose: () => made.close(),
    }
  },
}

async function serverOf(engine: Engine): Promise<Place> {
  const client = createClient(engine)
  const name = `maxsimd-retrieval-${process.pid}`
  const { version } = (await (await fetch(engine.url)).json()) as { version: string }
  return {
    name: `Qdrant ${version}`,
    async create(vectors) {
      const made = await createCollection(client, name, { vectors }, { if_exists: 'recreate' })
      return {
        upsert: points => made.upsert(points),
        query: (query, options) => made.query(query, options),
        async ready() {
          // a server begins to build its graphs a moment after the last point
          for (let calm = 0; calm < 3; ) {
            await new Promise(resolve => setTimeout(resolve, 1000))
            calm = (await made.info()).status === 'green' ? calm + 1 : 0
          }
        },
        dispose: () => client.deleteCollection(name),
      }
    },
  }
}

export async function measureCollections(
  data: Dataset,
  engine: Engine | undefined,
  onPreset: (preset: string) => void,
): Promise<PresetResult[]> {
  const { dim: size, protect } = data
  const presets: Readonly<Record<string, Stages>> = {
    meanFirst: meanFirst({ size }),
    pooledFirst: pooledFirst({ size, protect }),
    muveraFirst: muveraFirst({ size, ...data.muvera[0] }),
  }
  const results: PresetResult[] = []
  for (const place of [store, ...(engine ? [await serverOf(engine)] : [])]) {
    for (const [preset, stages] of Object.entries(presets)) {
      onPreset(`${preset} in ${place.name}`)
      const made = await measurePreset(preset, stages, place, data)
      // exact search is the same in each of them
      results.push(...(results.some(result => result.place === place.name) ? made.slice(1) : made))
    }
  }
  return results
}

/** Exact search in a collection, and the preset. */
async function measurePreset(
  preset: string,
  stages: Stages,
  { name: place, create }: Place,
  { documents, queries }: Dataset,
): Promise<PresetResult[]> {
  const collection = await create(stages.vectors)
  try {
    await collection.upsert(documents.map((rows, id) => ({ id, vector: stages.document(rows) })))
    await collection.ready()
    const times = { exact: [] as number[], preset: [] as number[] }
    const timed = async (kind: keyof typeof times, rows: MultiVector, options: () => QueryOptions) => {
      const started = performance.now()
      const hits = await collection.query(rows, options())
      times[kind].push(performance.now() - started)
      return hits.map(({ id, score }) => ({ index: Number(id), score }))
    }
    const [exact, found]: [Ranked[][], Ranked[][]] = [[], []]
    for (const { rows } of queries) {
      exact.push(await timed('exact', rows, () => ({ using: 'full', limit: PLACES })))
      found.push(await timed('preset', rows, () => stages.query(rows, { limit: PLACES })))
    }
    return [
      { preset: 'exact', place, milliseconds: summarize(times.exact).median, recall: 1, ndcg: 1 },
      {
        preset,
        place,
        milliseconds: summarize(times.preset).median,
        ...judge(exact, found),
      },
    ]
  } finally {
    await collection.dispose()
  }
}
