// Where the lesson stores its collections: on a Qdrant server, or in embedded stores. Both have the same methods; the
// backends differ in how collections are created, what they cost, and how they are removed.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { QdrantClient } from '@qdrant/js-client-rest'
import { formatDuration } from '../src/base/format-duration.js'
import { formatWhole } from '../src/cli/output/format-figures.js'
import type {
  CallCost,
  Hit,
  Point,
  ReadableCollection,
  ReadableQueryOptions,
  TextInput,
} from '../src/collection/collection.js'
import type { TokenEncoder } from '../src/encode/index.js'
import { createCollection, QdrantError, type UpsertReport } from '../src/qdrant/index.js'
import { createStore, type Store } from '../src/store/index.js'

/** A collection of a backend. */
export interface LessonCollection {
  readonly name: string
  /** The collection for `verify`. */
  readonly readable: ReadableCollection
  upsert(points: readonly Point[], options: { readonly signal: AbortSignal }): Promise<UpsertReport>
  query(query: TextInput, options: ReadableQueryOptions): Promise<Hit[]>
  /** The settings that were not requested, in words. */
  readonly defaults: string
  /** The cost of the stored points and of a larger example, in words. */
  cost(): Promise<readonly string[]>
}

/** The lesson's configuration of a vector. A server and a store accept it alike. */
export interface LessonVector {
  readonly size: number
  readonly distance: 'Dot'
  readonly hnsw_config: { readonly m: 0 }
  readonly on_disk?: boolean
}

export interface LessonBackend {
  /** For example `Qdrant 1.19.0`. */
  readonly name: string
  /** For example `server`. */
  readonly shortName: string
  /** The cost of an upsert, in words. */
  upsertCost(report: UpsertReport): string
  /** The cost of a query, in words. */
  queryCost(cost: CallCost): string
  create(name: string, vector: LessonVector): Promise<LessonCollection>
  /** Removes all collections; calls `onRemoved` for each. */
  cleanUp(onRemoved: (name: string) => void): Promise<void>
}

const formatSize = (bytes: number) =>
  bytes < 1e6 ? `${formatWhole(bytes)} bytes` : `${Math.round(bytes / 1e6)} MB`

/** The lesson's example of the cost of late interaction. */
const LARGE = { points: 1000, rows: 500 }

const largeCost = (memory: number, disk: number) =>
  `1,000 documents of 500 tokens would need ${formatSize(memory)} of memory and ${formatSize(disk)} of disk`

/** Collections on a server. */
export function createServerBackend(
  client: QdrantClient,
  version: string,
  encoder: TokenEncoder,
  ifExists: 'fail' | 'recreate',
): LessonBackend {
  const created: string[] = []
  return {
    name: `Qdrant ${version}`,
    shortName: 'server',
    upsertCost: ({ bytes, seconds }) => `${formatSize(bytes)} of JSON, in ${formatDuration(seconds)}`,
    queryCost({ seconds, serverSeconds, bytesSent, bytesReceived }) {
      const share =
        serverSeconds === undefined ? '' : `, ${formatDuration(serverSeconds)} of it in the server`
      return `sent ${formatSize(bytesSent)}, received ${formatSize(bytesReceived)}, in ${formatDuration(seconds)}${share}`
    },
    async create(name, vector) {
      const collection = await createCollection(
        client,
        name,
        { vectors: { colbert: vector } },
        { encoder, ifExists },
      ).catch(error => {
        if (!(error instanceof QdrantError) || error.status !== 409) throw error
        throw new Error(
          `the server has a collection "${name}"; choose another one with --name, or replace it and its points with --replace`,
          { cause: error },
        )
      })
      created.push(name)
      const { multivector_config, hnsw_config } = collection.config.vectors.colbert!
      let meanRows = 0
      return {
        name,
        readable: collection,
        query: (query, options) => collection.query(query, options),
        defaults: `comparator ${multivector_config?.comparator}, m ${hnsw_config?.m}, as the server reports them`,
        async upsert(points, options) {
          const report = await collection.upsert(points, options)
          meanRows = report.rows / report.points
          return report
        },
        async cost() {
          const stored = collection.estimate({ points: await collection.count(), rows: meanRows })
          const { cached, disk } = collection.estimate(LARGE)
          return [
            `${formatSize(stored.vectors.colbert!.originals)} of vectors stored`,
            largeCost(cached, disk),
          ]
        },
      }
    },
    async cleanUp(onRemoved) {
      for (const name of created) {
        await client.deleteCollection(name)
        onRemoved(name)
      }
    },
  }
}

/** Stores in this process: in memory, or in temporary folders with `on_disk`. */
export function createStoreBackend(encoder: TokenEncoder): LessonBackend {
  const created: { name: string; store: Store }[] = []
  const folders: string[] = []
  return {
    name: 'the embedded store',
    shortName: 'store',
    upsertCost: ({ bytes, seconds }) => `${formatSize(bytes)}, in ${formatDuration(seconds)}`,
    queryCost: ({ seconds, bytesReceived }) =>
      `read ${formatSize(bytesReceived)} from disk, in ${formatDuration(seconds)}`,
    async create(name, vector) {
      const { size, on_disk = false } = vector
      const vectors = { colbert: vector }
      let path: string | undefined
      if (on_disk) {
        const folder = mkdtempSync(join(tmpdir(), 'maxsimd-lesson-'))
        folders.push(folder)
        path = join(folder, name)
      }
      const store = await createStore({ vectors, path, encoder })
      created.push({ name, store })
      return {
        name,
        readable: store,
        query: (query, options) => store.query(query, options),
        upsert: (points, options) => store.upsert(points, options),
        defaults: `comparator ${store.config.vectors.colbert!.multivector_config?.comparator}; no graph, every row of every document is scored`,
        cost: () => storeCost(store, size, on_disk),
      }
    },
    async cleanUp(onRemoved) {
      for (const { name, store } of created) {
        await store.close()
        onRemoved(name)
      }
      for (const folder of folders) rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function storeCost(store: Store, dim: number, onDisk: boolean): Promise<readonly string[]> {
  const info = await store.info()
  const { resident, bytes } = info.vectors.colbert!
  const large = LARGE.points * LARGE.rows * dim * 4
  return [
    `${formatSize(bytes)} of vectors, ${formatSize(resident)} of them in memory, ${formatSize(info.bytes)} of files`,
    onDisk ? largeCost(0, large) : largeCost(large, 0),
  ]
}
