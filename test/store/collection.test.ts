// The common cases of collections, on a store in memory, a store in a folder with vectors in memory, and a store in a folder
// whose vectors every query reads.

import { describe } from 'vitest'
import { createStore } from '../../src/store/index.js'
import { collectionCases } from '../collection/collection.cases.js'
import { closing, freshPath } from './folders.js'

describe('a store in memory', () => {
  collectionCases(async (config, encoder) => closing(await createStore({ ...config, encoder })))
})

describe('a store in a folder', () => {
  collectionCases(async (config, encoder) =>
    closing(await createStore({ ...config, encoder, path: freshPath() })),
  )
})

describe('a store in a folder, without memory for vectors', () => {
  collectionCases(async (config, encoder) =>
    closing(await createStore({ ...config, encoder, path: freshPath(), memory: 0 })),
  )
})
