// Measures the presets of two-stage retrieval as users call them: as one query to the embedded store, and to a Qdrant
// server if there is one. Each is compared with exact search in the same collection. On a server, times include the round
// trip, and single vectors are searched by its graph.

import type { QueryOptions } from '../../src/collection/search-options.js'
import type { MultiVector, ScoredDocument } from '../../src/index.js'
import { lemurFirst, meanFirst, muveraFirst, pooledFirst, type Stages } from '../../src/stages/index.js'
import { processor } from '../shared/machine.js'
import { summarize } from '../shared/timing.js'
import { type Backend, type ServerBackend, storeBackend } from './backends.js'
import type { Dataset } from './dataset.js'
import { LIMIT, measureQuality } from './quality.js'
import { fitToDataset, lemurSizesFor } from './techniques.js'

/** The result of one preset. The field names are those of bench/results/retrieval.json. */
export interface PresetResult {
  /** The processor it was measured on. Absent in results of earlier versions. */
  readonly processor?: string
  readonly preset: string
  /** The name of the backend. */
  readonly place: string
  /** Median per query. */
  readonly milliseconds: number
  readonly recall: number
  readonly ndcg: number
}

/** Measures all presets in the store, and on the server if there is one. */
export async function measurePresets(
  data: Dataset,
  server: ServerBackend | undefined,
  onPreset: (preset: string) => void,
): Promise<PresetResult[]> {
  const { dim: size, protect } = data
  const presets: Readonly<Record<string, Stages>> = {
    meanFirst: meanFirst({ size }),
    pooledFirst: pooledFirst({ size, protect }),
    muveraFirst: muveraFirst({ size, ...data.muvera[0] }),
    lemurFirst: lemurFirst({ lemur: await fitToDataset(data, lemurSizesFor(data).at(-1)!) }),
  }
  const results: PresetResult[] = []
  for (const backend of [storeBackend, ...(server ? [server] : [])]) {
    for (const [preset, stages] of Object.entries(presets)) {
      onPreset(`${preset} in ${backend.name}`)
      const [exact, found] = await measurePreset(preset, stages, backend, data)
      // exact search is reported once for each backend
      if (!results.some(({ place }) => place === backend.name)) results.push(exact)
      results.push(found)
    }
  }
  return results
}

/** Measures exact search in a collection, and the preset. */
async function measurePreset(
  preset: string,
  stages: Stages,
  { name: place, create }: Backend,
  { documents, queries }: Dataset,
): Promise<[exact: PresetResult, preset: PresetResult]> {
  const collection = await create(stages.vectors)
  try {
    await collection.upsert(documents.map((rows, id) => ({ id, vector: stages.document(rows) })))
    await collection.ready()
    const times = { exact: [] as number[], preset: [] as number[] }
    const timed = async (query: keyof typeof times, rows: MultiVector, options: () => QueryOptions) => {
      const started = performance.now()
      const hits = await collection.query(rows, options())
      times[query].push(performance.now() - started)
      return hits.map(({ id, score }) => ({ index: Number(id), score }))
    }
    const [exact, found]: [ScoredDocument[][], ScoredDocument[][]] = [[], []]
    for (const { rows } of queries) {
      exact.push(await timed('exact', rows, () => ({ using: 'full', limit: LIMIT })))
      found.push(await timed('preset', rows, () => stages.query(rows, { limit: LIMIT })))
    }
    const common = { processor: processor(), place }
    return [
      { ...common, preset: 'exact', milliseconds: summarize(times.exact).median, recall: 1, ndcg: 1 },
      {
        ...common,
        preset,
        milliseconds: summarize(times.preset).median,
        ...measureQuality(exact, found),
      },
    ]
  } finally {
    await collection.dispose()
  }
}
