// The presets of two-stage retrieval as they are used: one query to the embedded store, and one to a Qdrant server where
// there is one. Each is held against the same collection's own exact search. On a server the time has the way there and
// back in it, and single vectors have its graph.

import type { QueryOptions } from '../../src/collection/search-options.js'
import type { MultiVector, ScoredDocument } from '../../src/index.js'
import { meanFirst, muveraFirst, pooledFirst, type Stages } from '../../src/stages/index.js'
import { summarize } from '../shared/timing.js'
import type { Dataset } from './dataset.js'
import { type Place, type Server, store } from './place.js'
import { judge, PLACES } from './quality.js'

export interface PresetResult {
  readonly preset: string
  readonly place: string
  readonly milliseconds: number
  readonly recall: number
  readonly ndcg: number
}

export async function measurePresets(
  data: Dataset,
  server: Server | undefined,
  onPreset: (preset: string) => void,
): Promise<PresetResult[]> {
  const { dim: size, protect } = data
  const presets: Readonly<Record<string, Stages>> = {
    meanFirst: meanFirst({ size }),
    pooledFirst: pooledFirst({ size, protect }),
    muveraFirst: muveraFirst({ size, ...data.muvera[0] }),
  }
  const results: PresetResult[] = []
  for (const place of [store, ...(server ? [server] : [])]) {
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
    const [exact, found]: [ScoredDocument[][], ScoredDocument[][]] = [[], []]
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
