// The techniques: other dtypes, fewer rows, and first stages whose candidates are ranked by all rows. A two-stage technique
// consists of two corpora, with the same encodings as the vectors of a collection with a preset of src/stages.

import type { Corpus, Dtype, FlatMultiVector, ScoredDocument, Scorer } from '../../src/index.js'
import { fitLemur, type Lemur } from '../../src/stages/index.js'
import { createMuvera } from '../../src/stages/muvera/index.js'
import { meanRow, type PoolMethod, poolRows } from '../../src/stages/pooling/index.js'
import { KEPT_PER_CANDIDATE, LEADING_NUMBERS } from '../../src/stages/stored/staged-options.js'
import { MAX_SAMPLE, MIN_SHARE, scoreReachedBy } from '../../src/store/search/leading-slots.js'
import type { Dataset } from './dataset.js'

/** The groups of techniques. Each has a colour in the charts. */
export const FAMILIES = ['stored', 'pooled', 'two stages', 'MUVERA first', 'LEMUR first'] as const
export type Family = (typeof FAMILIES)[number]

/** A technique with the documents of a data set. */
export interface Searcher {
  /** Bytes that every query reads. */
  readonly searched: number
  /** Bytes of the rows that candidates are rescored from, or 0. */
  readonly readAgain: number
  /** Whether its scores equal those of exact search. */
  readonly isExact: boolean
  rank(query: FlatMultiVector, limit: number): ScoredDocument[]
  dispose(): void
}

/** A technique. */
export interface Technique {
  readonly name: string
  readonly family: Family
  /** Adds the documents. `exact` is a corpus that has them in f32. */
  fill(scorer: Scorer, exact: Corpus): Searcher
}

type Encode = (rows: FlatMultiVector) => FlatMultiVector

const row = (data: Float32Array): FlatMultiVector => ({ data, dim: data.length })

/** Creates a corpus of all documents, encoded by `encode`. */
function createFilledCorpus(
  scorer: Scorer,
  { documents }: Dataset,
  dtype: Dtype,
  encode: Encode = rows => rows,
): Corpus {
  const corpus = scorer.corpus({ dim: encode(documents[0]!).dim, dtype })
  for (const document of documents) corpus.add(encode(document))
  return corpus
}

/** Stores rows as a dtype. With `oversampling`, the best documents are rescored in f32. */
function storedAs(data: Dataset, dtype: Dtype, oversampling?: number): Technique {
  return {
    name: oversampling ? `${dtype}, oversampling ${oversampling}` : dtype,
    family: 'stored',
    fill(scorer, exact) {
      const corpus = dtype === 'f32' ? exact : createFilledCorpus(scorer, data, dtype)
      const again = oversampling && { oversampling, originals: (index: number) => data.documents[index]! }
      return {
        searched: corpus.byteLength,
        readAgain: oversampling ? exact.byteLength : 0,
        isExact: dtype === 'f32' || oversampling !== undefined,
        rank: (query, limit) => corpus.rank(query, { limit, ...again }),
        dispose: () => corpus !== exact && corpus.dispose(),
      }
    },
  }
}

/** Pools rows, and stores them in f32. */
function pooledBy(data: Dataset, method: PoolMethod, factor: number): Technique {
  const { protect } = data
  return {
    name: `${method}, factor ${factor}`,
    family: 'pooled',
    fill(scorer) {
      const corpus = createFilledCorpus(scorer, data, 'f32', rows =>
        poolRows(rows, { method, factor, protect }),
      )
      return {
        searched: corpus.byteLength,
        readAgain: 0,
        isExact: false,
        rank: (query, limit) => corpus.rank(query, { limit }),
        dispose: () => corpus.dispose(),
      }
    },
  }
}

/** A first stage with all documents. */
type FirstStage = Pick<Corpus, 'byteLength' | 'dispose'> & {
  rank(query: FlatMultiVector, options: { readonly limit: number }): ScoredDocument[]
}

/**
 * Finds candidates in the corpus of a first stage and ranks them by all rows. There is a technique for each number of
 * candidates; they share the corpus.
 */
function twoStages(
  name: string,
  family: Family,
  candidates: readonly number[],
  createFirst: (scorer: Scorer) => FirstStage,
  encodeQuery: Encode = rows => rows,
): Technique[] {
  let shared: FirstStage | undefined
  return candidates.map((candidateCount, i) => ({
    name: `${name}, ${candidateCount.toLocaleString('en')} candidates`,
    family,
    fill(scorer, exact) {
      const corpus = shared ?? createFirst(scorer)
      shared = corpus
      return {
        searched: corpus.byteLength,
        readAgain: exact.byteLength,
        isExact: true,
        rank(query, limit) {
          const found = corpus.rank(encodeQuery(query), { limit: candidateCount })
          return exact.rank(query, { limit, subset: found.map(({ index }) => index) })
        },
        dispose: () => i === candidates.length - 1 && corpus.dispose(),
      }
    },
  }))
}

/** Documents that a LEMUR map is fitted to. */
const FIT_DOCUMENTS = 10_000

/** The sizes of LEMUR maps that a data set has enough rows for, of those that are measured. */
export function lemurSizesFor({ documents, dim }: Dataset): number[] {
  const rows = documents.reduce((sum, { data }) => sum + data.length / dim, 0)
  const sizes = [512, 1024].filter(size => 4 * size <= rows)
  return sizes.length > 0 ? sizes : [128]
}

/** Fits a LEMUR map to documents at equal steps. */
export function fitToDataset({ documents }: Dataset, size: number): Promise<Lemur> {
  const count = Math.min(FIT_DOCUMENTS, documents.length)
  const sample = Array.from(
    { length: count },
    (_, i) => documents[Math.floor((i * documents.length) / count)]!,
  )
  return fitLemur(sample, { size })
}

/**
 * LEMUR's vectors in int8 as a store ranks them: the first numbers leave some documents, and all numbers rank these. The first
 * numbers are stored twice, and together, as a store copies them in memory.
 */
function createLemurStage(scorer: Scorer, { documents }: Dataset, lemur: Lemur): FirstStage {
  const numbers = Math.min(LEADING_NUMBERS, lemur.size)
  const first = new Float32Array(numbers * documents.length)
  const all = scorer.corpus({ dim: lemur.size, dtype: 'i8' })
  documents.forEach((document, i) => {
    const vector = lemur.document(document)
    first.set(vector.subarray(0, numbers), i * numbers)
    all.add(row(vector))
  })
  const leading = scorer.corpus({ dim: numbers, dtype: 'i8' })
  for (let i = 0; i < first.length; i += numbers) leading.add(row(first.subarray(i, i + numbers)))
  const step = Math.ceil(all.length / MAX_SAMPLE)
  return {
    byteLength: all.byteLength + leading.byteLength,
    rank(query, { limit }) {
      const kept = KEPT_PER_CANDIDATE * limit
      if (MIN_SHARE * kept > all.length) return all.rank(query, { limit })
      const scores = leading.scores(row((query.data as Float32Array).subarray(0, numbers)))
      const sample: number[] = []
      for (let i = 0; i < scores.length; i += step) sample.push(scores[i]!)
      const least = scoreReachedBy(sample, kept / all.length)
      const subset: number[] = []
      for (let i = 0; i < scores.length; i++) if (scores[i]! >= least) subset.push(i)
      return all.rank(query, { limit, subset })
    },
    dispose() {
      leading.dispose()
      all.dispose()
    },
  }
}

/** LEMUR's vectors in int8 as the first stage, with maps that were fitted before. */
function lemurFirst(data: Dataset, lemur: Lemur, candidates: readonly number[]): Technique[] {
  const first = (scorer: Scorer) => createLemurStage(scorer, data, lemur)
  const name = `LEMUR of ${lemur.size.toLocaleString('en')} in i8`
  return twoStages(name, 'LEMUR first', candidates, first, rows => row(lemur.query(rows)))
}

/** The mean of all rows of a data set. */
function meanOfRows({ documents, dim }: Dataset): Float64Array {
  const sums = new Float64Array(dim)
  let rows = 0
  for (const { data } of documents) {
    for (let i = 0; i < data.length; i++) sums[i % dim]! += data[i]!
    rows += data.length / dim
  }
  return sums.map(sum => sum / rows)
}

/** All techniques for a data set. `lemurs`: fitted to it. */
export function techniquesFor(data: Dataset, lemurs: readonly Lemur[]): Technique[] {
  const { dim, protect } = data
  // a first stage that selects all documents is omitted
  const fewerThanAll = (...counts: number[]) => counts.filter(count => count < data.documents.length)
  const mean: Encode = rows => row(meanRow(rows))
  const ward: Encode = rows => poolRows(rows, { factor: 3, protect })
  const centre = meanOfRows(data)
  const centred = { ...data.muvera.at(-1)!, centre }
  const muvera = [...data.muvera, centred].flatMap(parameters => {
    const encoder = createMuvera({ dim, ...parameters })
    const suffix = parameters === centred ? ', centred' : ''
    const name = `MUVERA of ${encoder.size.toLocaleString('en')} in i8${suffix}`
    const first = (scorer: Scorer) =>
      createFilledCorpus(scorer, data, 'i8', rows => row(encoder.document(rows)))
    return twoStages(name, 'MUVERA first', fewerThanAll(200, 1000), first, rows => row(encoder.query(rows)))
  })
  return [
    ...(['f32', 'f16', 'i16', 'i8', 'binary'] as const).map(dtype => storedAs(data, dtype)),
    ...[4, 20].map(oversampling => storedAs(data, 'binary', oversampling)),
    ...(['ward', 'kmeans', 'sequential'] as const).flatMap(method =>
      [2, 3, 4].map(factor => pooledBy(data, method, factor)),
    ),
    ...twoStages(
      'mean first',
      'two stages',
      fewerThanAll(100, 200, 1000),
      scorer => createFilledCorpus(scorer, data, 'f32', mean),
      mean,
    ),
    ...(
      [
        ['f32', 'ward, factor 3 first'],
        ['i8', 'ward, factor 3 in i8 first'],
      ] as const
    ).flatMap(([dtype, name]) =>
      twoStages(name, 'two stages', fewerThanAll(100, 1000), scorer =>
        createFilledCorpus(scorer, data, dtype, ward),
      ),
    ),
    ...muvera,
    ...lemurs.flatMap(lemur => lemurFirst(data, lemur, fewerThanAll(200, 500, 1000))),
  ]
}
