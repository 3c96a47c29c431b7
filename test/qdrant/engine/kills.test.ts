// Kills loaders and servers during upserts: no point is lost or duplicated, and contents are equal. MAXSIMD_KILLS=long runs
// as many kills as a release needs; the default is a few.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createScorer } from '../../../src/index.js'
import { createCollection, type QdrantCollection, UpsertError, verify } from '../../../src/qdrant/index.js'
import { type Cluster, type Engine, startBinary, startCluster } from './engine.js'
import { createRandom, kind, type Packed, randomPoints, randomRows } from './support.js'

const isLong = process.env.MAXSIMD_KILLS === 'long'
const LOADS = isLong ? 5 : 1
const KILLS_OF_LOADER = isLong ? 10 : 3
const KILLS_OF_SERVER = isLong ? 20 : 3
const vectors = { colbert: { size: 16, distance: 'Dot' } } as const
const pause = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds))

describe.runIf(kind === 'binary').each(['rest', 'grpc'])('an upsert over %s is complete after', way => {
  let engine: Engine

  const grpcOption = () => (way === 'grpc' ? { port: engine.grpcPort } : 'off')

  beforeAll(async () => {
    engine = await startBinary(inject('at'))
  })

  afterAll(() => engine.stop())

  /** Runs the loader and kills it `killAfter` ms after its first batch. Returns whether it was killed before it ended. */
  async function load(name: string, points: number, killAfter: number): Promise<boolean> {
    const child = spawn(
      process.execPath,
      [
        join(import.meta.dirname, 'loader.mjs'),
        engine.url,
        name,
        String(points),
        ...(way === 'grpc' ? [String(engine.grpcPort)] : []),
      ],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    const ended = new Promise<boolean>(resolve =>
      child.once('exit', (_, signal) => resolve(signal === 'SIGKILL')),
    )
    const lines = createInterface({ input: child.stdout })
    lines.once('line', () => {
      if (Number.isFinite(killAfter)) setTimeout(() => child.kill('SIGKILL'), killAfter)
    })
    return ended
  }

  it(`${LOADS * KILLS_OF_LOADER} kills of the loader, each followed by a resumed upsert`, async () => {
    const random = createRandom(11)
    const points = 2000
    for (let run = 0; run < LOADS; run++) {
      const name = `loader-${run}`
      const collection = await createCollection({ url: engine.url }, name, { vectors })
      let kills = 0
      for (let tries = 0; kills < KILLS_OF_LOADER && tries < 3 * KILLS_OF_LOADER; tries++) {
        if (await load(name, points, 2 + random() * 25)) kills++
      }
      expect(kills).toBe(KILLS_OF_LOADER)
      const before = await collection.count()
      expect(before).toBeLessThan(points)
      expect(await load(name, points, Number.POSITIVE_INFINITY)).toBe(false)
      expect(await collection.count()).toBe(points)
      const seen = new Set<unknown>()
      for await (const { id, vector, payload } of collection.scroll({
        with_vector: true,
        batchPoints: 200,
      })) {
        seen.add(id)
        const rows = [id as number, (id as number) + 0.5]
        const data = rows.flatMap(number =>
          Array.from({ length: 16 }, (_, k) => Math.fround(Math.sin(number * (k + 1)))),
        )
        expect(vector?.colbert).toEqual({ data: Float32Array.from(data), dim: 16 })
        expect(payload).toEqual({ id })
      }
      expect(seen.size).toBe(points)
    }
  }, 600_000)

  it(`${KILLS_OF_SERVER} kills of the server during an upsert`, async () => {
    const random = createRandom(12)
    const collection = await createCollection(
      { url: engine.url },
      'server',
      { vectors },
      { retries: 12, grpc: grpcOption() },
    )
    const points = randomPoints(random, isLong ? 6000 : 2000, 16)
    let kills = 0
    let retries = 0
    let isLoaded = false
    const killer = (async () => {
      while (kills < KILLS_OF_SERVER && !isLoaded) {
        await pause(30 + random() * 200)
        if (isLoaded) break
        await engine.kill()
        kills++
        await engine.restart()
      }
    })()
    async function* throttled() {
      for (const [index, point] of points.entries()) {
        // the upsert must last until all kills are done
        if (index % 20 === 0) await pause(kills < KILLS_OF_SERVER ? 40 : 0)
        yield point
      }
    }
    for (let tries = 0; ; tries++) {
      try {
        const report = await collection.upsert(throttled(), { batchPoints: 20, resume: 'skip' })
        retries += report.retries
        expect(report.transport).toBe(way)
        break
      } catch (error) {
        if (!(error instanceof UpsertError) || tries > KILLS_OF_SERVER) throw error
        retries += error.report.retries
      }
    }
    isLoaded = true
    await killer
    expect(kills).toBeGreaterThanOrEqual(Math.min(KILLS_OF_SERVER, 3))
    console.log(`server killed ${kills} times, ${retries} requests sent again`)
    await expectEqual(collection, points)
  }, 600_000)
})

describe.runIf(kind === 'cluster')('a cluster with a killed node', () => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await startCluster(inject('at'))
  })

  afterAll(() => cluster.stop())

  it('loses no point of an upsert, answers queries, and heals', async () => {
    const random = createRandom(13)
    const spread = { shard_number: 3, replication_factor: 2 }
    const collection = await createCollection(
      { url: cluster.url },
      'nodes',
      { vectors, ...spread },
      { retries: 10 },
    )
    const points = randomPoints(random, 1500, 16)
    async function* killing() {
      for (const [index, point] of points.entries()) {
        if (index === 500) await cluster.killNode(2)
        yield point
      }
    }
    await collection.upsert(killing(), { batchPoints: 50 })
    expect(await collection.count()).toBe(1500)
    const query = randomRows(random, 4, 16)
    expect(await collection.query(query, { limit: 5 })).toHaveLength(5)
    const scorer = await createScorer()
    const source = new Map(points.map(({ id, vector }) => [id, vector.colbert]))
    const alone = await verify(collection, [query], { source, scorer })
    expect(alone).toMatchObject({ ok: true, scanned: 1500 })
    expect(alone.notes[0]).toMatch(/^2 of 6 shard replicas are not active: hits come from the others$/)
    await cluster.restartNode(2)
    for (let waited = 0; waited < 60_000; waited += 200) {
      const { active, replicas } = await collection.info()
      if (active === replicas) break
      await pause(200)
    }
    const healed = await verify(collection, [query], { source, scorer })
    expect(healed).toMatchObject({ ok: true, placement: { shards: 3, replicas: 6, active: 6 } })
    scorer.dispose()
  }, 200_000)
})

async function expectEqual(
  collection: QdrantCollection,
  points: readonly { id: unknown; vector: { colbert: Packed } }[],
): Promise<void> {
  expect(await collection.count()).toBe(points.length)
  const found = new Map<unknown, Packed>()
  for await (const { id, vector } of collection.scroll({ with_vector: true, batchPoints: 200 })) {
    found.set(id, vector?.colbert as Packed)
  }
  expect(found.size).toBe(points.length)
  for (const { id, vector } of points) expect(found.get(id)).toEqual(vector.colbert)
}
