// The cases of all collections on the adapter, with a server whose collections are stores. On an engine they run in
// test/qdrant/engine.

import { afterAll, beforeAll } from 'vitest'
import type { Encoder, SparseEncoder } from '../../src/collection/embed-texts.js'
import { createCollection } from '../../src/qdrant/index.js'
import { type Config, collectionCases } from '../collection/collection.cases.js'
import { matchCases } from '../collection/matches.cases.js'
import { type FakeQdrant, startFakeQdrant } from '../support/store-server.js'

let server: FakeQdrant
let collections = 0

beforeAll(async () => {
  server = await startFakeQdrant()
})
afterAll(() => server.close())

const make = (config: Config, encoder?: Encoder, sparseEncoder?: SparseEncoder) =>
  createCollection({ url: server.url }, `c${collections++}`, config, { encoder, sparseEncoder })

collectionCases(make)
matchCases(make)
