// The tests that every collection passes, on this engine.

import type { Encoder, SparseEncoder } from '../../../src/collection/embed-texts.js'
import { type Config, collectionCases } from '../../collection/collection.cases.js'
import { matchCases } from '../../collection/matches.cases.js'
import { freshCollection, isServer, since } from './support.js'

const make = (config: Config, encoder?: Encoder, sparseEncoder?: SparseEncoder) =>
  freshCollection(config, { encoder, sparseEncoder })

// the front of the engine in process has no query by id
collectionCases(make, isServer, since('1.19.0'))
matchCases(make, isServer)
