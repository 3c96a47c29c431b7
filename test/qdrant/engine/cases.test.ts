// The tests that every collection passes, on this engine.

import { collectionCases } from '../../collection/collection.cases.js'
import { freshCollection, isServer } from './support.js'

// the front of the engine in process has no query by id
collectionCases((config, encoder) => freshCollection(config, { encoder }), isServer)
