// Shared by the tests of the suite: a client of the engine, collections that are deleted at the end, seeded vectors.

import { QdrantClient } from '@qdrant/js-client-rest'
import { afterAll, inject } from 'vitest'
import { isSince, parseVersion } from '../../../src/qdrant/config/version.js'
import {
  type CollectionConfig,
  type CreateOptions,
  createCollection,
  type Point,
  type QdrantCollection,
} from '../../../src/qdrant/index.js'

export const url = inject('url')
export const kind = inject('kind')
export const version = inject('version')

/** Whether the engine is a server, which validates requests, and not the engine in process. */
export const isServer = kind !== 'edge'
export const since = (release: string) => isSince(parseVersion(version), release)

const apiKey = process.env.QDRANT_API_KEY

export const client = new QdrantClient({ url, checkCompatibility: false, ...(apiKey && { apiKey }) })

const made: string[] = []
let count = 0

/** A name that no other test uses. */
export function freshName(): string {
  const name = `maxsimd-${process.pid}-${Date.now().toString(36)}-${count++}`
  made.push(name)
  return name
}

/** On a cluster: three shards with two replicas each. */
export const spread = kind === 'cluster' ? { shard_number: 3, replication_factor: 2 } : {}

export function freshCollection(
  config: CollectionConfig,
  options: CreateOptions = {},
): Promise<QdrantCollection> {
  return createCollection(client, freshName(), { ...spread, ...config }, options)
}

afterAll(async () => {
  for (const name of made.splice(0)) await client.deleteCollection(name).catch(() => undefined)
})

/** Numbers from 0 to 1 that are the same in every run: mulberry32. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

export interface Packed {
  readonly data: Float32Array
  readonly dim: number
}

/** Rows of length 1; or with `scale`, rows of numbers from 0 to `scale`, for uint8. */
export function randomRows(random: () => number, rows: number, dim: number, scale?: number): Packed {
  const data = new Float32Array(rows * dim)
  for (let first = 0; first < data.length; first += dim) {
    let square = 0
    for (let k = first; k < first + dim; k++) {
      data[k] = scale === undefined ? random() + random() + random() - 1.5 : Math.fround(random() * scale)
      square += data[k]! ** 2
    }
    if (scale === undefined) for (let k = first; k < first + dim; k++) data[k] = data[k]! / Math.sqrt(square)
  }
  return { data, dim }
}

/** Points with ids from 1 and a multi-vector `colbert` of `minRows` to `maxRows` rows. */
export function randomPoints(
  random: () => number,
  points: number,
  dim: number,
  {
    minRows = 2,
    maxRows = 12,
    scale,
  }: { minRows?: number; maxRows?: number; scale?: number | undefined } = {},
): (Point & { readonly vector: { readonly colbert: Packed } })[] {
  return Array.from({ length: points }, (_, i) => {
    const rows = minRows + Math.floor(random() * (maxRows - minRows + 1))
    return {
      id: i + 1,
      vector: { colbert: randomRows(random, rows, dim, scale) },
      payload: { parity: i % 2 },
    }
  })
}
