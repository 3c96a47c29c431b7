// Where collections are measured: the embedded store, and a Qdrant server.

import { createClient, type Engine } from '../../demo/engine.js'
import type { Hit, Point } from '../../src/collection/collection.js'
import type { QueryOptions } from '../../src/collection/search-options.js'
import type { MultiVector } from '../../src/index.js'
import { isSince, parseVersion } from '../../src/qdrant/config/version.js'
import { createCollection, type ServerDatatype, type VectorConfig } from '../../src/qdrant/index.js'
import type { Stages } from '../../src/stages/index.js'
import { createStore } from '../../src/store/index.js'

/** What a store and a server's collection have in common here. */
export interface Collection {
  upsert(points: Iterable<Point>): Promise<unknown>
  query(query: MultiVector, options: QueryOptions): Promise<Hit[]>
  /** Waits until what is in has its index. */
  ready(): Promise<void>
  dispose(): Promise<unknown>
}

export interface Place<Vectors = Stages['vectors']> {
  readonly name: string
  create(vectors: Vectors): Promise<Collection>
}

export interface Server extends Place<Stages['vectors'] | Readonly<Record<string, VectorConfig>>> {
  /** Those of its version. */
  readonly datatypes: readonly ServerDatatype[]
}

export const store: Place = {
  name: 'the store',
  async create(vectors) {
    const made = await createStore({ vectors })
    return {
      upsert: points => made.upsert(points),
      query: (query, options) => made.query(query, options),
      ready: async () => undefined,
      dispose: () => made.close(),
    }
  },
}

/** In KB: so little that a few thousand documents get what a large collection has, graphs and quantized copies. */
const INDEXING_THRESHOLD = 100

export async function serverOf(engine: Engine): Promise<Server> {
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
      const made = await createCollection(client, name, config, { ifExists: 'recreate' })
      return {
        upsert: points => made.upsert(points),
        query: (query, options) => made.query(query, options),
        async ready() {
          // a server begins to build its graphs a moment after the last point
          for (let calm = 0; calm < 3; ) {
            await new Promise(resolve => setTimeout(resolve, 1000))
            calm = (await made.info()).status === 'green' ? calm + 1 : 0
          }
        },
        dispose: () => client.deleteCollection(name),
      }
    },
  }
}
