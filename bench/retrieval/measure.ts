// Measures the techniques on a data set: their quality compared with exact search, their bytes and their times. Exact
// search is timed in between, because the speed of a shared machine varies: the ratio is what counts.

import { type Corpus, createScorer, type FlatMultiVector, type ScoredDocument } from '../../src/index.js'
import type { Lemur } from '../../src/stages/index.js'
import { oracle } from '../../test/support/oracle.js'
import { checkScore } from '../shared/check-scores.js'
import { processor } from '../shared/machine.js'
import { summarize } from '../shared/timing.js'
import type { Dataset } from './dataset.js'
import type { PresetResult } from './presets.js'
import { LIMIT, measureQuality } from './quality.js'
import type { QuantizedResult } from './quantized-result.js'
import { type Family, fitToDataset, lemurSizesFor, type Technique, techniquesFor } from './techniques.js'

/** The result of one technique. The field names are those of bench/results/retrieval.json. */
export interface TechniqueResult {
  /** The processor it was measured on. */
  readonly processor: string
  readonly technique: string
  readonly family: Family
  /** Bytes per document that every query reads. */
  readonly searched: number
  /** Bytes per document that are read to rescore the candidates. */
  readonly readAgain: number
  /** Median per query. */
  readonly milliseconds: number
  /** Median per query of exact search, measured at the same time. */
  readonly exactMilliseconds: number
  readonly recall: number
  readonly ndcg: number
  /** Share of the queries with a document that answers them among the ten results. */
  readonly success: number
}

/** The results of one data set. */
export interface DatasetResult {
  readonly name: string
  readonly title: string
  readonly documents: number
  readonly rows: number
  readonly dim: number
  readonly queries: number
  readonly queryRows: number
  readonly kernel: string
  readonly techniques: readonly TechniqueResult[]
  /** The presets in collections, if they were measured. */
  readonly presets?: readonly PresetResult[]
  /** A server's datatypes and quantizations, if there was a server. */
  readonly quantized?: readonly QuantizedResult[]
}

/** Exact search is timed for one of this many queries. */
const EXACT_STEP = 20

/** A data set in exact search, with its results. */
export interface PreparedDataset extends Disposable {
  readonly data: Dataset
  /** The data set without results. */
  readonly description: DatasetResult
  measure(family: Family, onTechnique: (technique: string) => void): Promise<TechniqueResult[]>
}

/** Searches all queries exactly. */
export async function prepareDataset(data: Dataset): Promise<PreparedDataset> {
  const scorer = await createScorer()
  const exact = scorer.corpus({ dim: data.dim })
  for (const document of data.documents) exact.add(document)
  checkExact(exact, data)
  const best = data.queries.map(({ rows }) => exact.rank(rows, { limit: LIMIT }))
  return {
    data,
    description: {
      name: data.name,
      title: data.title,
      documents: exact.length,
      rows: exact.rows,
      dim: data.dim,
      queries: data.queries.length,
      queryRows: mean(data.queries.map(({ rows }) => rows.data.length / rows.dim)),
      kernel: scorer.kernel,
      techniques: [],
    },
    async measure(family, onTechnique) {
      const lemurs: Lemur[] = []
      if (family === 'LEMUR first') {
        for (const size of lemurSizesFor(data)) lemurs.push(await fitToDataset(data, size))
      }
      const chosen = techniquesFor(data, lemurs).filter(technique => technique.family === family)
      return chosen.map(technique => {
        onTechnique(technique.name)
        const searcher = technique.fill(scorer, exact)
        try {
          return measureTechnique(technique, searcher, data, exact, best)
        } finally {
          searcher.dispose()
        }
      })
    },
    [Symbol.dispose]: () => scorer.dispose(),
  }
}

/** Measures the techniques of `families`. `onTechnique` is called before each. */
export async function measureDataset(
  data: Dataset,
  families: readonly Family[],
  onTechnique: (technique: string) => void,
): Promise<DatasetResult> {
  using prepared = await prepareDataset(data)
  const techniques: TechniqueResult[] = []
  for (const family of families) techniques.push(...(await prepared.measure(family, onTechnique)))
  return { ...prepared.description, techniques }
}

function measureTechnique(
  { name, family }: Technique,
  searcher: ReturnType<Technique['fill']>,
  { queries, documents }: Dataset,
  exact: Corpus,
  best: readonly ScoredDocument[][],
): TechniqueResult {
  const times: number[] = []
  const exactTimes: number[] = []
  const answers = queries.map(({ rows, targets }, i) => {
    // the engine optimizes code that has run a few times
    if (i === 0) for (let warm = 0; warm < 5; warm++) searcher.rank(rows, LIMIT)
    if (i % EXACT_STEP === 0) exactTimes.push(timed(() => exact.rank(rows, { limit: LIMIT })).milliseconds)
    const { milliseconds, result } = timed(() => searcher.rank(rows, LIMIT))
    times.push(milliseconds)
    const found = exactScores(exact, rows, result)
    if (searcher.isExact) checkScores(name, found, result)
    return { found, success: Number(result.some(({ index }) => targets.includes(index))) }
  })
  return {
    processor: processor(),
    technique: name,
    family,
    searched: searcher.searched / documents.length,
    readAgain: searcher.readAgain / documents.length,
    milliseconds: summarize(times).median,
    exactMilliseconds: summarize(exactTimes).median,
    ...measureQuality(
      best,
      answers.map(({ found }) => found),
    ),
    success: mean(answers.map(({ success }) => success)),
  }
}

/** Replaces the scores of a ranking by those of exact search. Keeps its order. */
export function exactScores(
  exact: Corpus,
  query: FlatMultiVector,
  found: readonly ScoredDocument[],
): ScoredDocument[] {
  const subset = found.map(({ index }) => index)
  const scores = new Map(
    exact.rank(query, { limit: subset.length, subset }).map(({ index, score }) => [index, score]),
  )
  return subset.map(index => ({ index, score: scores.get(index)! }))
}

function checkScores(
  name: string,
  expected: readonly ScoredDocument[],
  found: readonly ScoredDocument[],
): void {
  found.forEach(({ index, score }, position) => {
    if (score === expected[position]!.score) return
    throw new Error(
      `${name}: document ${index} has score ${score}, expected ${expected[position]!.score} of f32`,
    )
  })
}

/** Checks exact search with scores in f64, before it is the reference. */
function checkExact(exact: Corpus, { queries, documents }: Dataset): void {
  for (const { rows, targets } of queries.slice(0, 20)) {
    const scores = exact.scores(rows)
    for (const index of [0, ...targets, documents.length - 1]) {
      checkScore('exact search', index, scores[index]!, oracle('dot', rows, documents[index]!))
    }
  }
}

function timed<T>(run: () => T): { readonly milliseconds: number; readonly result: T } {
  const started = performance.now()
  const result = run()
  return { milliseconds: performance.now() - started, result }
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
