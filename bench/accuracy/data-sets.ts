// The data sets on which dtypes are compared.
//
//   dictionary  the definitions of WordNet as rows of word vectors; 100 of them are queries instead of documents
//   bytes       every tenth of them, scaled and shifted to 0 ... 255, the range of u8
//   random      Gaussian unit rows: all documents are nearly alike, which is the hardest case for a ranking

import type { Dtype, FlatMultiVector } from '../../src/index.js'
import { between, random } from '../../test/support/random.js'
import { loadDictionary } from '../shared/dictionary.js'
import { unitRows } from '../shared/unit-rows.js'

/** Documents, queries, and the dtypes that suit their values. */
export interface DataSet {
  readonly name: string
  readonly documents: readonly FlatMultiVector[]
  readonly queries: readonly FlatMultiVector[]
  readonly dtypes: readonly Dtype[]
}

/** Number of queries of each data set. */
export const QUERIES = 100

/** The dtypes for values of either sign. */
const SIGNED_DTYPES: readonly Dtype[] = ['f32', 'f16', 'i16', 'i8', 'binary']

/** `bytes` has one of this many definitions. */
const BYTES_STEP = 10

/** Loads the dictionary. */
export function loadDictionarySet(): DataSet {
  const all = loadDictionary().documents
  const step = Math.floor(all.length / QUERIES)
  const isQuery = (index: number) => index % step === 0 && index / step < QUERIES
  return {
    name: 'dictionary',
    documents: all.filter((_, index) => !isQuery(index)),
    queries: all.filter((_, index) => isQuery(index)),
    dtypes: SIGNED_DTYPES,
  }
}

/** Loads the dictionary as bytes. All rows have the same scale and offset, so that the extremes are 0 and 255. */
export function loadBytesSet(): DataSet {
  const { documents, queries } = loadDictionarySet()
  const some = documents.filter((_, index) => index % BYTES_STEP === 0)
  const largest = Math.max(...some.map(({ data }) => Math.max(...Array.from(data, Math.abs))))
  const toBytes = ({ data, dim }: FlatMultiVector) => ({
    data: data.map(value => 127.5 * (1 + value / largest)),
    dim,
  })
  return {
    name: 'bytes',
    documents: some.map(toBytes),
    queries: queries.map(toBytes),
    dtypes: ['f32', 'i8', 'u8'],
  }
}

/** Creates the random rows. */
export function createRandomSet(): DataSet {
  const next = random(20_26)
  return {
    name: 'random',
    documents: Array.from({ length: 500 }, () => unitRows(next, between(next, 64, 192), 128)),
    queries: Array.from({ length: QUERIES }, () => unitRows(next, 32, 128)),
    dtypes: SIGNED_DTYPES,
  }
}
