// The techniques, each as something that is filled with documents and then asked: how rows are stored, fewer rows, and
// first stages whose candidates are ranked by all rows. A two-stage technique is two corpora: the same presets make a
// collection's vectors (src/stages), whose encodings these are.

import type { Corpus, Dtype, FlatMultiVector, ScoredDocument, Scorer } from '../../src/index.js'
import { createMuvera } from '../../src/stages/muvera/index.js'
import { meanRow, type PoolMethod, poolRows } from '../../src/stages/pooling/index.js'
import type { Dataset } from './dataset.js'

/** What the curves have a colour for. */
export const FAMILIES = ['stored', 'pooled', 'two stages', 'MUVERA first'] as const
export type Family = (typeof FAMILIES)[number]

/** A technique, filled. */
export interface Searcher {
  /** Bytes that every query goes through. */
  readonly searched: number
  /** Bytes that are read again, of the candidates only; 0 where nothing is. */
  readonly readAgain: number
  /** Whether scores are those of exact search. */
  readonly isExact: boolean
  rank(query: FlatMultiVector, limit: number): ScoredDocument[]
  dispose(): void
}

export interface Technique {
  readonly name: string
  readonly family: Family
  fill(scorer: Scorer, exact: Corpus): Searcher
}

type Encode = (rows: FlatMultiVector) => FlatMultiVector

const row = (data: Float32Array): FlatMultiVector => ({ data, dim: data.length })

/** All documents, as `encode` makes them. */
function filled(scorer: Scorer, { documents }: Dataset, dtype: Dtype, encode: Encode = rows => rows): Corpus {
  const corpus = scorer.corpus({ dim: encode(documents[0]!).dim, dtype })
  for (const document of documents) corpus.add(encode(document))
  return corpus
}

/** Rows as a dtype; with `oversampling` the best few are scored again with f32. */
function stored(data: Dataset, dtype: Dtype, oversampling?: number): Technique {
  return {
    name: oversampling ? `${dtype}, oversampling ${oversampling}` : dtype,
    family: 'stored',
    fill(scorer, exact) {
      const corpus = dtype === 'f32' ? exact : filled(scorer, data, dtype)
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

/** Fewer rows, in f32. */
function pooled(data: Dataset, method: PoolMethod, factor: number): Technique {
  const { protect } = data
  return {
    name: `${method}, factor ${factor}`,
    family: 'pooled',
    fill(scorer) {
      const corpus = filled(scorer, data, 'f32', rows => poolRows(rows, { method, factor, protect }))
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

/** Candidates by one corpus, ranked by all rows; filled once for all numbers of candidates. */
function twoStages(
  name: string,
  family: Family,
  candidates: readonly number[],
  first: (scorer: Scorer) => Corpus,
  encodeQuery: Encode = rows => rows,
): Technique[] {
  let filledOnce: Corpus | undefined
  return candidates.map((most, i) => ({
    name: `${name}, ${most.toLocaleString('en')} candidates`,
    family,
    fill(scorer, exact) {
      const corpus = filledOnce ?? first(scorer)
      filledOnce = corpus
      return {
        searched: corpus.byteLength,
        readAgain: exact.byteLength,
        isExact: true,
        rank(query, limit) {
          const found = corpus.rank(encodeQuery(query), { limit: Math.min(most, corpus.length) })
          return exact.rank(query, { limit, subset: found.map(({ index }) => index) })
        },
        dispose: () => i === candidates.length - 1 && corpus.dispose(),
      }
    },
  }))
}

export function techniquesFor(data: Dataset): Technique[] {
  const { dim, protect } = data
  // as many candidates as there are documents are no first stage
  const few = (...candidates: number[]) => candidates.filter(most => most < data.documents.length)
  const mean: Encode = rows => row(meanRow(rows))
  const ward: Encode = rows => poolRows(rows, { factor: 3, protect })
  const muvera = data.muvera.flatMap(parameters => {
    const encoder = createMuvera({ dim, ...parameters })
    const name = `MUVERA of ${encoder.size.toLocaleString('en')} in i8`
    const first = (scorer: Scorer) => filled(scorer, data, 'i8', rows => row(encoder.document(rows)))
    return twoStages(name, 'MUVERA first', few(200, 1000), first, rows => row(encoder.query(rows)))
  })
  return [
    ...(['f32', 'f16', 'i16', 'i8', 'binary'] as const).map(dtype => stored(data, dtype)),
    ...[4, 20].map(oversampling => stored(data, 'binary', oversampling)),
    ...(['ward', 'kmeans', 'sequential'] as const).flatMap(method =>
      [2, 3, 4].map(factor => pooled(data, method, factor)),
    ),
    ...twoStages(
      'mean first',
      'two stages',
      few(100, 200, 1000),
      scorer => filled(scorer, data, 'f32', mean),
      mean,
    ),
    ...(
      [
        ['f32', 'ward, factor 3 first'],
        ['i8', 'ward, factor 3 in i8 first'],
      ] as const
    ).flatMap(([dtype, name]) =>
      twoStages(name, 'two stages', few(100, 1000), scorer => filled(scorer, data, dtype, ward)),
    ),
    ...muvera,
  ]
}
