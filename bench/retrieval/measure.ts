// One technique after another on a data set: what it finds beside exact search, what it holds, how long it takes. Exact
// search is timed in between, because a shared machine is slower now than then: what counts is the ratio.

import { type Corpus, createScorer, type FlatMultiVector, type ScoredDocument } from '../../src/index.js'
import { oracle } from '../../test/support/oracle.js'
import { checkScore } from '../shared/check-scores.js'
import { summarize } from '../shared/timing.js'
import type { Dataset } from './dataset.js'
import type { PresetResult } from './presets.js'
import { judge, PLACES } from './quality.js'
import type { QuantizedResult } from './quantized-result.js'
import { type Family, type Technique, techniquesFor } from './techniques.js'

export interface TechniqueResult {
  readonly technique: string
  readonly family: Family
  /** Bytes a document that every query goes through, and that are read again of candidates. */
  readonly searched: number
  readonly readAgain: number
  /** Median milliseconds a query, and of exact search in the same minutes. */
  readonly milliseconds: number
  readonly exactMilliseconds: number
  readonly recall: number
  readonly ndcg: number
  /** The share of queries whose own document is among the ten. */
  readonly success: number
}

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
  /** The presets in collections; left out where they were not measured. */
  readonly presets?: readonly PresetResult[]
  /** A server's datatypes and quantizations; left out where there was none. */
  readonly quantized?: readonly QuantizedResult[]
}

/** How many queries pass for one of exact search. */
const STEP = 20

/** Measures the techniques of some families. */
export async function measureDataset(
  data: Dataset,
  families: readonly Family[],
  onTechnique: (technique: string) => void,
): Promise<DatasetResult> {
  using scorer = await createScorer()
  const exact = scorer.corpus({ dim: data.dim })
  for (const document of data.documents) exact.add(document)
  checkExact(exact, data)
  const best = data.queries.map(({ rows }) => exact.rank(rows, { limit: PLACES }))
  const asked = techniquesFor(data).filter(({ family }) => families.includes(family))
  const techniques = asked.map(technique => {
    onTechnique(technique.name)
    const searcher = technique.fill(scorer, exact)
    try {
      return measureTechnique(technique, searcher, data, exact, best)
    } finally {
      searcher.dispose()
    }
  })
  return {
    name: data.name,
    title: data.title,
    documents: exact.length,
    rows: exact.rows,
    dim: data.dim,
    queries: data.queries.length,
    queryRows: mean(data.queries.map(({ rows }) => rows.data.length / rows.dim)),
    kernel: scorer.kernel,
    techniques,
  }
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
  const answers = queries.map(({ rows, target }, i) => {
    // code that is not optimized yet is not what is measured
    if (i === 0) for (let warm = 0; warm < 5; warm++) searcher.rank(rows, PLACES)
    if (i % STEP === 0) exactTimes.push(timed(() => exact.rank(rows, { limit: PLACES })).milliseconds)
    const { milliseconds, result } = timed(() => searcher.rank(rows, PLACES))
    times.push(milliseconds)
    const found = exactScores(exact, rows, result)
    if (searcher.isExact) checkScores(name, found, result)
    return { found, success: Number(result.some(({ index }) => index === target)) }
  })
  return {
    technique: name,
    family,
    searched: searcher.searched / documents.length,
    readAgain: searcher.readAgain / documents.length,
    milliseconds: summarize(times).median,
    exactMilliseconds: summarize(exactTimes).median,
    ...judge(
      best,
      answers.map(({ found }) => found),
    ),
    success: mean(answers.map(({ success }) => success)),
  }
}

/** What was found, in its order, with the scores of exact search. */
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
  found.forEach(({ index, score }, place) => {
    if (score === expected[place]!.score) return
    throw new Error(`${name}: document ${index} has score ${score}, and ${expected[place]!.score} in f32`)
  })
}

/** Exact search against f64, before anything is compared with it. */
function checkExact(exact: Corpus, { queries, documents }: Dataset): void {
  for (const { rows, target } of queries.slice(0, 20)) {
    const scores = exact.scores(rows)
    for (const index of [0, target, documents.length - 1]) {
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
