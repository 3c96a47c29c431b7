// The common cases of collections, on a store in memory and on a store in a folder whose vectors every query reads. The slow
// suite runs them on a store in a folder with vectors in memory.

import { describe } from 'vitest'
import type { Encoder, SparseEncoder } from '../../src/collection/embed-texts.js'
import { createStore } from '../../src/store/index.js'
import { type Config, collectionCases } from '../collection/collection.cases.js'
import { matchCases } from '../collection/matches.cases.js'
import { temporaryStores } from './folders.js'

const { closing, freshPath } = temporaryStores()

describe('a store in memory', () => {
  const make = async (config: Config, encoder?: Encoder, sparseEncoder?: SparseEncoder) =>
    closing(await createStore({ ...config, encoder, sparseEncoder }))
  collectionCases(make)
  matchCases(make)
})

describe('a store in a folder, without memory for vectors', () => {
  collectionCases(async (config, encoder, sparseEncoder) =>
    closing(await createStore({ ...config, encoder, sparseEncoder, path: freshPath(), memory: 0 })),
  )
})
