// The backends whose collections are measured: the embedded store and a Qdrant server.

import { createClient, type Engine } from '../../demo/engine.js'
import type { Hit, Point } from '../../src/collection/collection.js'
import type { QueryOptions } from '../../src/collection/search-options.js'
import type { MultiVector } from '../../src/index.js'
import { isSince, parseVersion } from '../../src/qdrant/config/version.js'
import { createCollection, type ServerDatatype, type VectorConfig } from '../../src/qdrant/index.js'
import type { Stages } from '../../src/stages/index.js'
import { createStore } from '../../src/store/index.js'

/** A collection of either backend. */
export interface Collection {
  upsert(points: Iterable<Point>): Promise<unknown>
  query(query: MultiVector, options: QueryOptions): Promise<Hit[]>
  /** Waits until all points are indexed. */
  ready(): Promise<void>
  dispose(): Promise<unknown>
}

/** Creates collections. */
export interface Backend<Vectors = Stages['vectors']> {
  readonly name: string
  create(vectors: Vectors): Promise<Collection>
}

/** A Qdrant server. */
export interface ServerBackend extends Backend<Stages['vectors'] | Readonly<Record<string, VectorConfig>>> {
  /** The datatypes that its version supports. */
  readonly datatypes: readonly ServerDatatype[]
}

/** The embedded store, in memory. */
export const storeBackend: Backend = {
  name: 'the store',
  async create(vectors) {
    const collection = await createStore({ vectors })
    return {
      upsert: points => collection.upsert(points),
      query: (query, options) => collection.query(query, options),
      ready: async () => undefined,
      dispose: () => collection.close(),
    }
  },
}

/** In KB. It is so small that a few thousand documents get graphs and quantized copies, as in a large collection. */
const INDEXING_THRESHOLD = 100

/** Creates the backend of a server that runs. */
export async function createServerBackend(engine: Engine): Promise<ServerBackend> {
  const client = createClient(engine)
  const name = `maxsimd-retrieval-${process.pid}`
  const { version } = (await (await fetch(engine.url)).json()) as { version: string }
  return {
    name: `Qdrant ${version}`,
    datatypes: [
      'float32',
      'float16',
      ...(isSince(parseVersion(version), '1.19.0') ? (['turbo4'] as const) : []),
    ],
    async create(vectors) {
      const config = { vectors, optimizers_config: { indexing_threshold: INDEXING_THRESHOLD } }
      const collection = await createCollection(client, name, config, { ifExists: 'recreate' })
      return {
        upsert: points => collection.upsert(points),
        query: (query, options) => collection.query(query, options),
        async ready() {
          // the server starts to build graphs some time after the last point, so it must be idle three times in a row
          for (let idleChecks = 0; idleChecks < 3; ) {
            await new Promise(resolve => setTimeout(resolve, 1000))
            idleChecks = (await collection.info()).status === 'green' ? idleChecks + 1 : 0
          }
        },
        dispose: () => client.deleteCollection(name),
      }
    },
  }
}
