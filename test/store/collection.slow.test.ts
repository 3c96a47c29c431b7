// The common cases of collections, on a store in a folder with vectors in memory.

import { describe } from 'vitest'
import { createStore } from '../../src/store/index.js'
import { collectionCases } from '../collection/collection.cases.js'
import { temporaryStores } from './folders.js'

const { closing, freshPath } = temporaryStores()

describe('a store in a folder', () => {
  collectionCases(async (config, encoder, sparseEncoder) =>
    closing(await createStore({ ...config, encoder, sparseEncoder, path: freshPath() })),
  )
})
