// What is measured beside the data sets: the costs of LEMUR, its drift, and a store that grows.

import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { FlatMultiVector } from '../../src/index.js'
import { type LemurCosts, measureCosts } from './costs.js'
import type { Dataset } from './dataset.js'
import { type DriftResult, type DriftTopics, measureDrift } from './drift.js'
import { GROWTH_SIZES, type GrowthResult, growthSizes, measureGrowth } from './growth.js'

/** The extras. */
export const EXTRAS = ['costs', 'drift', 'growth'] as const
export type Extra = (typeof EXTRAS)[number]

/** Their results. The field names are those of bench/results/retrieval.json. */
export interface ExtraResults {
  readonly costs?: readonly LemurCosts[]
  readonly drift?: readonly DriftResult[]
  readonly growth?: readonly GrowthResult[]
}

const DRIFT_SIZES = [512, 1024]
/** Documents of a topic, and queries of one. */
const TOPIC_DOCUMENTS = 5_000
const TOPIC_QUERIES = 200
/** Rows of a piece of a long document. */
const PIECE_ROWS = 12

/** Whether all results of an extra are there. */
export function hasExtra(results: ExtraResults, extra: Extra): boolean {
  if (extra === 'growth') return results.growth?.length === GROWTH_SIZES.length
  return results[extra] !== undefined
}

interface ExtraContext {
  load(name: string): Promise<Dataset | undefined>
  /** Cranfield as static word vectors. */
  loadJudgedWords(): Promise<Pick<Dataset, 'documents' | 'queries'> | undefined>
  readonly log: (line: string) => void
  /** Whether earlier results of growth stay. */
  readonly missing: boolean
  /** Documents at most, if that is not all. Then growth has a folder of its own, which is removed. */
  readonly limit: number | undefined
  onResult(change: ExtraResults): void
}

/** Measures an extra. */
export async function measureExtra(
  results: ExtraResults,
  extra: Extra,
  { load, loadJudgedWords, log, missing, limit, onResult }: ExtraContext,
): Promise<void> {
  if (extra === 'costs') {
    const data = await load('definitions')
    if (data) onResult({ costs: await measureCosts(data, log) })
    return
  }
  if (extra === 'growth') {
    const data = (await load('dictionary'))!
    let growth = missing ? (results.growth ?? []) : []
    const folder = growthFolder(limit)
    await measureGrowth(data, folder, growth, {
      sizes: growthSizes(limit ?? Infinity),
      onStep: step => log(`growth: ${step}`),
      onResult(result) {
        growth = [...growth, result].sort((a, b) => a.documents - b.documents)
        onResult({ growth })
      },
    })
    if (limit !== undefined) rmSync(folder, { recursive: true, force: true })
    return
  }
  const drift: DriftResult[] = []
  for (const topics of await topicsOf({ load, loadJudgedWords }))
    drift.push(...(await measureDrift(topics, DRIFT_SIZES, log)))
  onResult({ drift })
}

// relative to build/, where the bundled program is
const growthFolder = (limit: number | undefined) =>
  fileURLToPath(new URL(`../build/retrieval/growth${limit === undefined ? '' : '-limited'}`, import.meta.url))

/** Pairs of topics. */
async function topicsOf({
  load,
  loadJudgedWords,
}: Pick<ExtraContext, 'load' | 'loadJudgedWords'>): Promise<DriftTopics[]> {
  const dictionary = (await load('dictionary'))!
  const definitions = await load('definitions')
  const cranfield = await load('cranfield')
  const isNoun = (index: number) => dictionary.topics![index] === 'noun'
  const wordTopics: DriftTopics = {
    name: 'static rows: nouns, then verbs and adjectives',
    first: spread(
      dictionary.documents.filter((_, index) => isNoun(index)),
      TOPIC_DOCUMENTS,
    ),
    added: spread(
      dictionary.documents.filter((_, index) => !isNoun(index)),
      TOPIC_DOCUMENTS,
    ),
    firstQueries: queriesOf(dictionary, ({ targets }) => isNoun(targets[0]!)),
    addedQueries: queriesOf(dictionary, ({ targets }) => !isNoun(targets[0]!)),
  }
  const judged = await loadJudgedWords()
  const words = [wordTopics]
  if (judged) {
    const pieces = spread(judged.documents.flatMap(piecesOf), TOPIC_DOCUMENTS)
    const judgedQueries = queriesOf(judged, () => true)
    const some = spread(dictionary.documents, TOPIC_DOCUMENTS)
    const someQueries = queriesOf(dictionary, () => true)
    words.push(
      {
        name: 'static rows: definitions, then aerodynamics (Cranfield)',
        ...{ first: some, added: pieces, firstQueries: someQueries, addedQueries: judgedQueries },
      },
      {
        name: 'static rows: aerodynamics, then definitions',
        ...{ first: pieces, added: some, firstQueries: judgedQueries, addedQueries: someQueries },
      },
    )
  }
  if (!definitions) return words
  const halves: DriftTopics = {
    name: 'contextual rows: half of the definitions, then the others',
    first: definitions.documents.filter((_, index) => index % 2 === 0),
    added: definitions.documents.filter((_, index) => index % 2 === 1),
    firstQueries: queriesOf(definitions, ({ targets }) => targets[0]! % 2 === 0),
    addedQueries: queriesOf(definitions, ({ targets }) => targets[0]! % 2 === 1),
  }
  if (!cranfield) return [...words, halves]
  return [
    ...words,
    halves,
    {
      name: 'contextual rows: definitions, then aerodynamics (Cranfield)',
      first: spread(definitions.documents, TOPIC_DOCUMENTS),
      added: spread(cranfield.documents.flatMap(piecesOf), TOPIC_DOCUMENTS),
      firstQueries: queriesOf(definitions, () => true),
      addedQueries: queriesOf(cranfield, () => true),
    },
  ]
}

/** At most `count` items at equal steps. */
function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items]
  return Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)]!)
}

const queriesOf = (
  { queries }: Pick<Dataset, 'queries'>,
  isChosen: (query: Dataset['queries'][number]) => boolean,
) => spread(queries.filter(isChosen), TOPIC_QUERIES).map(({ rows }) => rows)

/** A document in pieces. */
function piecesOf({ data, dim }: FlatMultiVector): FlatMultiVector[] {
  const length = PIECE_ROWS * dim
  const flat = Float32Array.from(data)
  return Array.from({ length: Math.floor(flat.length / length) }, (_, i) => ({
    data: flat.subarray(i * length, (i + 1) * length),
    dim,
  }))
}
