// Where the lesson keeps its collections: on a Qdrant server, or in stores beside the program. Both have the same calls;
// what differs is how they are made, what they cost, and how they are removed.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { QdrantClient } from '@qdrant/js-client-rest'
import { formatDuration } from '../src/base/format-duration.js'
import type {
  CallCost,
  Hit,
  Point,
  ReadableCollection,
  ReadableQueryOptions,
  TextInput,
} from '../src/collection/collection.js'
import type { TokenEncoder } from '../src/encode/index.js'
import { createCollection, type UpsertReport, type VectorConfig } from '../src/qdrant/index.js'
import { createStore, type Store } from '../src/store/index.js'

/** A collection of either kind. */
export interface LessonCollection {
  readonly name: string
  /** For `verify`, which takes any collection. */
  readonly readable: ReadableCollection
  upsert(points: readonly Point[], options: { readonly signal: AbortSignal }): Promise<UpsertReport>
  query(query: TextInput, options: ReadableQueryOptions): Promise<Hit[]>
  /** What was filled in, in words. */
  readonly filledIn: string
  /** What the points that are there cost, and what more of them would, in words. */
  cost(): Promise<readonly string[]>
}

/** A place for collections. */
export interface LessonPlace {
  /** As in: "colbert-search" on …, the … scores. */
  readonly name: string
  readonly scorer: string
  /** What a load and a query cost, in words. */
  loaded(report: UpsertReport): string
  asked(cost: CallCost): string
  create(name: string, vector: VectorConfig): Promise<LessonCollection>
  /** Removes everything that was made; tells of each. */
  cleanUp(removed: (name: string) => void): Promise<void>
}

const bytes = (count: number) =>
  count < 1e6 ? `${Math.round(count).toLocaleString('en')} bytes` : `${Math.round(count / 1e6)} MB`
/** The lesson's own example of what late interaction costs. */
const large = { points: 1000, rows: 500 }
const largeInWords = '1,000 documents of 500 tokens want'

/** Collections on a server. */
export function onServer(client: QdrantClient, version: string, encoder: TokenEncoder): LessonPlace {
  const made: string[] = []
  return {
    name: `Qdrant ${version}`,
    scorer: 'server',
    loaded: report => `${bytes(report.bytes)} of JSON sent`,
    asked({ seconds, serverSeconds, bytesSent, bytesReceived }) {
      const there = serverSeconds === undefined ? '' : `, ${formatDuration(serverSeconds)} of it the server's`
      return `${bytes(bytesSent)} there, ${bytes(bytesReceived)} back: ${formatDuration(seconds)}${there}`
    },
    async create(name, vector) {
      const collection = await createCollection(client, name, { vectors: { colbert: vector } }, { encoder })
      made.push(name)
      const { multivector_config, hnsw_config } = collection.config.vectors.colbert!
      let rows = 0
      return {
        name,
        readable: collection,
        query: (query, options) => collection.query(query, options),
        filledIn: `comparator ${multivector_config?.comparator}, m ${hnsw_config?.m}, as the server tells it`,
        async upsert(points, options) {
          const report = await collection.upsert(points, options)
          rows = report.rows / report.points
          return report
        },
        async cost() {
          const stored = collection.estimate({ points: await collection.count(), rows })
          const { cached, disk } = collection.estimate(large)
          return [
            `${bytes(stored.vectors.colbert!.originals)} of vectors stored`,
            `${largeInWords} ${bytes(cached)} of memory and ${bytes(disk)} of disk`,
          ]
        },
      }
    },
    async cleanUp(removed) {
      for (const name of made) {
        await client.deleteCollection(name)
        removed(name)
      }
    },
  }
}

/** Stores in this process: in memory, or in a temporary folder where the vectors are to lie on the disk. */
export function inStores(encoder: TokenEncoder): LessonPlace {
  const made: { name: string; store: Store }[] = []
  const folders: string[] = []
  return {
    name: 'the embedded store',
    scorer: 'store',
    loaded: report => `${bytes(report.bytes)} written`,
    asked: ({ seconds, bytesReceived }) =>
      `${bytes(bytesReceived)} read from the disk: ${formatDuration(seconds)}`,
    async create(name, { size, distance, on_disk = false }) {
      const vectors = { colbert: { size, distance, on_disk: on_disk === true } }
      let path: string | undefined
      if (on_disk) {
        const folder = mkdtempSync(join(tmpdir(), 'maxsimd-lesson-'))
        folders.push(folder)
        path = join(folder, name)
      }
      const store = await createStore({ vectors, path, encoder })
      made.push({ name, store })
      return {
        name,
        readable: store,
        query: (query, options) => store.query(query, options),
        upsert: (points, options) => store.upsert(points, options),
        filledIn: `comparator ${store.config.vectors.colbert!.multivector_config?.comparator}; no graph, every row of every document is scored`,
        async cost() {
          const info = await store.info()
          const { resident, bytes: all } = info.vectors.colbert!
          const wanted = large.points * large.rows * size * 4
          return [
            `${bytes(all)} of vectors, ${bytes(resident)} of them in memory, ${bytes(info.bytes)} of files`,
            `${largeInWords} ${bytes(on_disk ? 0 : wanted)} of memory and ${bytes(on_disk ? wanted : 0)} of disk`,
          ]
        },
      }
    },
    async cleanUp(removed) {
      for (const { name, store } of made) {
        await store.close()
        removed(name)
      }
      for (const folder of folders) rmSync(folder, { recursive: true, force: true })
    },
  }
}
