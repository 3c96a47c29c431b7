// The store is a collection like any other: in memory, in a folder with its vectors in memory, and in a folder from
// which every query reads them.

import { describe } from 'vitest'
import { createStore } from '../../src/store/index.js'
import { collectionCases } from '../collection/collection.cases.js'
import { closing, freshPath } from './folders.js'

describe('in memory', () => {
  collectionCases(async (config, encoder) => closing(await createStore({ ...config, encoder })))
})

describe('in a folder', () => {
  collectionCases(async (config, encoder) =>
    closing(await createStore({ ...config, encoder, path: freshPath() })),
  )
})

describe('in a folder, read by every query', () => {
  collectionCases(async (config, encoder) =>
    closing(await createStore({ ...config, encoder, path: freshPath(), memory: 0 })),
  )
})
