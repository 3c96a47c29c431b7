// Upserts over gRPC on a real engine: what is stored, and what is refused, is what REST stores and refuses.

import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { exitOf, freePort } from '../../../demo/qdrant-process.js'
import {
  type CollectionConfig,
  type CreateOptions,
  type Payload,
  type Point,
  type QdrantCollection,
  verify,
} from '../../../src/qdrant/index.js'
import { client, createRandom, freshCollection, kind, randomPoints, randomRows } from './support.js'

const port = inject('grpcPort')

/** Two collections, loaded over REST and over gRPC. */
async function pair(config: CollectionConfig, options: CreateOptions = {}): Promise<QdrantCollection[]> {
  return [
    await freshCollection(config, { ...options, grpc: 'off' }),
    await freshCollection(config, { ...options, grpc: { port } }),
  ]
}

/** The points of a collection by id, with vectors and payloads. Payload keys have no order over gRPC. */
async function contents(collection: QdrantCollection): Promise<Map<unknown, unknown>> {
  const found = new Map<unknown, unknown>()
  for await (const { id, vector, payload } of collection.scroll({ with_vector: true, with_payload: true })) {
    found.set(id, { vector, payload })
  }
  return found
}

async function upsertBoth(collections: readonly QdrantCollection[], points: readonly Point[]): Promise<void> {
  const [rest, grpc] = [await collections[0]!.upsert(points), await collections[1]!.upsert(points)]
  expect(rest.transport).toBe('rest')
  expect(grpc).toMatchObject({ points: rest.points, rows: rest.rows, transport: 'grpc' })
}

describe.runIf(port > 0)('an upsert over gRPC', () => {
  const combinations = (['Dot', 'Cosine', 'Euclid', 'Manhattan'] as const).flatMap(distance =>
    (['float32', 'float16', 'uint8'] as const).map(datatype => [distance, datatype] as const),
  )

  it.each(combinations)('stores what REST stores, bit for bit: %s, %s', async (distance, datatype) => {
    const collections = await pair({ vectors: { colbert: { size: 24, distance, datatype } } })
    const random = createRandom(31)
    // 300 is more than uint8 holds
    const points = randomPoints(random, 60, 24, { scale: datatype === 'uint8' ? 300 : undefined })
    await upsertBoth(collections, points)
    expect(await contents(collections[1]!)).toEqual(await contents(collections[0]!))
    const query = randomRows(random, 5, 24, datatype === 'uint8' ? 255 : undefined)
    expect(await verify(collections[1]!, [query])).toMatchObject({ ok: true, scanned: 60 })
  })

  it('stores all kinds of ids, vectors and payloads as REST does', async () => {
    const collections = await pair({
      vectors: {
        colbert: { size: 4, distance: 'Dot' },
        dense: { size: 3, distance: 'Cosine', multivector_config: null },
      },
      sparse_vectors: { words: {}, texts: { modifier: 'idf' } },
    })
    const nested = (levels: number): Payload => {
      let value: unknown = [1, [], {}, 'x']
      for (let k = 0; k < levels; k++) value = { a: value }
      return value as Payload
    }
    const numbers = [
      0,
      -0,
      1.5,
      0.1,
      -1e-9,
      5e-324,
      1.7976931348623157e308,
      2 ** 53,
      1e21,
      0.30000000000000004,
    ]
    const integers = [2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n), -(2n ** 63n) - 1n, 2n ** 64n]
    await upsertBoth(collections, [
      { id: 18446744073709551615n, vector: {} },
      { id: 0, vector: { words: { indices: [], values: [] } }, payload: {} },
      {
        id: '5c56c793-69f3-4fbf-87e6-c4bf54c28c26',
        vector: {
          // REST's JSON of these rows could be taken for a sparse vector
          colbert: [
            [1, 2, 3, 4],
            [5, 6, 7, 8],
          ],
          dense: [1, 2, 3],
          words: { indices: [7, 1, 4294967295], values: [1, -2, 0.1] },
        },
        payload: {
          numbers,
          integers,
          text: 'ü😀\u0000',
          '': null,
          't.u': true,
          nan: Number.NaN,
          at: new Date(0),
        },
      },
      { id: 3, vector: { colbert: new Float32Array([0.1, 1e-40, -0, 3e38]) }, payload: nested(25) },
      { id: 4, vector: { texts: { text: 'the hidden meaning', model: 'qdrant/bm25' } } },
      {
        id: 5,
        vector: {
          texts: {
            text: 'der die das',
            model: 'qdrant/bm25',
            options: { language: 'german', k: 1.3 },
          } as never,
        },
      },
    ])
    expect(await contents(collections[1]!)).toEqual(await contents(collections[0]!))
    const [stored] = await collections[1]!.retrieve([18446744073709551615n])
    expect(stored?.id).toBe(18446744073709551615n)
  })

  it('stores an unnamed vector', async () => {
    const collections = await pair({ vectors: { '': { size: 2, distance: 'Dot' } } })
    await upsertBoth(collections, [
      { id: 1, vector: [[1, 2]] },
      {
        id: 2,
        vector: [
          [3, 4],
          [5, 6],
        ],
      },
    ])
    expect(await contents(collections[1]!)).toEqual(await contents(collections[0]!))
  })

  it('replaces a point with its vectors and payload', async () => {
    const collections = await pair({
      vectors: { a: { size: 1, distance: 'Dot' }, b: { size: 1, distance: 'Dot' } },
    })
    await upsertBoth(collections, [{ id: 1, vector: { a: [[1]], b: [[2]] }, payload: { x: 1 } }])
    await upsertBoth(collections, [{ id: 1, vector: { a: [[3]] } }])
    const both = [await contents(collections[0]!), await contents(collections[1]!)]
    expect(both[1]).toEqual(both[0])
    expect(both[1]!.get(1)).toEqual({ vector: { a: { data: Float32Array.of(3), dim: 1 } }, payload: {} })
  })

  it('updates vectors as REST does', async () => {
    const collections = await pair({
      vectors: { a: { size: 1, distance: 'Dot' }, b: { size: 1, distance: 'Dot' } },
    })
    await upsertBoth(
      collections,
      [1, 2].map(id => ({ id, vector: { a: [[id]] }, payload: { id } })),
    )
    const ways = ['rest', 'grpc']
    for (const [k, collection] of collections.entries()) {
      const changes = [1, 2].map(id => ({ id, vector: { b: [[id], [-id]] } }))
      expect(await collection.updateVectors(changes)).toMatchObject({ points: 2, transport: ways[k] })
    }
    const both = [await contents(collections[0]!), await contents(collections[1]!)]
    expect(both[1]).toEqual(both[0])
    expect(both[1]!.get(2)).toMatchObject({ payload: { id: 2 }, vector: { a: {}, b: {} } })
  })

  it('stores the last of several versions of a point, and resumes after a cancelled load', async () => {
    const collection = await freshCollection(
      { vectors: { colbert: { size: 16, distance: 'Dot' } } },
      { grpc: { port } },
    )
    const copies = Array.from({ length: 200 }, (_, i) => ({
      id: 100_000,
      vector: { colbert: [new Float32Array(16).fill(i)] },
    }))
    expect(await collection.upsert(copies, { batchPoints: 1 })).toMatchObject({ transport: 'grpc' })
    const points = randomPoints(createRandom(4), 200, 16)
    const controller = new AbortController()
    const load = collection.upsert(points, {
      batchPoints: 5,
      gzip: true,
      signal: controller.signal,
      onProgress: ({ batches }) => {
        if (batches === 4) controller.abort(new Error('enough'))
      },
    })
    await expect(load).rejects.toThrow('enough')
    const resumed = await collection.upsert(points, { resume: 'skip' })
    expect(resumed).toMatchObject({ transport: 'grpc' })
    expect(resumed.points + resumed.skipped).toBe(200)
    expect(resumed.skipped).toBeGreaterThanOrEqual(20)
    const stored = await contents(collection)
    const last = stored.get(100_000) as { vector: { colbert: { data: Float32Array } } }
    expect(last.vector.colbert.data).toEqual(new Float32Array(16).fill(199))
    for (const { id, vector } of points) expect(stored.get(id)).toMatchObject({ vector })
  })

  it('sends batches of 30 MB, several at a time', async () => {
    const collection = await freshCollection(
      { vectors: { colbert: { size: 4, distance: 'Dot' } } },
      { grpc: { port }, timeout: 120_000 },
    )
    const payload = { text: 'x'.repeat(15 << 20) }
    const points = [1, 2, 3, 4, 5, 6].map(id => ({ id, vector: {}, payload }))
    const report = await collection.upsert(points, { batchBytes: 1e9 })
    expect(report).toMatchObject({ points: 6, batches: 3, retries: 0, transport: 'grpc' })
  })

  it('is refused as REST is, with the same status and text', async () => {
    const config: CollectionConfig = {
      vectors: { colbert: { size: 4, distance: 'Dot' } },
      sparse_vectors: { words: {} },
    }
    const wrong: readonly Point[] = [
      { id: 1, vector: { colbert: { text: 'x', model: 'unknown' } } },
      { id: 1, vector: { colbert: { text: 'x', model: 'qdrant/bm25' } } },
      { id: 1, vector: { words: { text: 'x', model: 'qdrant/bm25', options: { k: 'x' } } as never } },
    ]
    const collections = await pair(config, { retries: 0 })
    const outcomes = async (point: Point) =>
      Promise.all(
        collections.map(collection =>
          collection.upsert([point]).then(
            () => 'stored',
            ({ name, status, message }) => [name, status, message.replace(/maxsimd-\S+?\//, 'c/')],
          ),
        ),
      )
    for (const point of wrong) {
      const [rest, grpc] = await outcomes(point)
      expect(rest).not.toBe('stored')
      expect((grpc as string[]).map(part => String(part).replace(' over gRPC', ''))).toEqual(
        (rest as string[]).map(String),
      )
      expect(String(grpc)).toContain(' over gRPC answered ')
    }
    for (const { name } of collections) {
      await client.deleteCollection(name)
      // a node of a cluster can answer before it has deleted the collection
      await expect.poll(() => client.collectionExists(name)).toEqual({ exists: false })
    }
    const [rest, grpc] = await outcomes({ id: 1, vector: {} })
    expect(rest).toEqual([
      'QdrantError',
      404,
      expect.stringMatching(/^PUT \S+ answered 404: Not found: Coll/),
    ])
    expect(grpc).toEqual([
      'QdrantError',
      404,
      expect.stringMatching(/^PUT \S+ over gRPC answered 404: Not found: Coll/),
    ])
  })

  it('uses REST if the port is one of REST', async () => {
    const rest = Number(new URL(inject('url')).port)
    const collection = await freshCollection(
      { vectors: { colbert: { size: 4, distance: 'Dot' } } },
      { grpc: { port: rest } },
    )
    const report = await collection.upsert([{ id: 1, vector: { colbert: [[1, 2, 3, 4]] } }])
    expect(report).toMatchObject({ points: 1, transport: 'rest' })
    expect(report.transportReason).toMatch(/over gRPC got no response/)
  })
})

describe.runIf(port > 0)('connections that are cut in the middle of a load', () => {
  const sockets = new Set<Socket>()
  /** Bytes that a connection carries before it is cut. */
  let limit = Number.POSITIVE_INFINITY
  const proxy = createServer(socket => {
    const server = connect(port, '127.0.0.1')
    let bytes = 0
    sockets.add(socket).add(server)
    for (const [from, to] of [
      [socket, server],
      [server, socket],
    ] as const) {
      from.on('error', () => to.destroy())
      from.on('close', () => to.destroy())
      from.on('data', chunk => {
        bytes += chunk.length
        if (bytes > limit) socket.resetAndDestroy()
        else to.write(chunk)
      })
    }
  })
  let proxyPort = 0

  beforeAll(async () => {
    await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
    proxyPort = (proxy.address() as { port: number }).port
  })

  afterAll(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise(resolve => proxy.close(resolve))
  })

  it('lose no point: batches are sent again on new connections', async () => {
    const collection = await freshCollection(
      { vectors: { colbert: { size: 16, distance: 'Dot' } } },
      { grpc: { port: proxyPort }, retries: 20 },
    )
    const points = randomPoints(createRandom(8), 1500, 16)
    limit = 150_000
    const report = await collection.upsert(points, { batchBytes: 30_000 })
    limit = Number.POSITIVE_INFINITY
    expect(report).toMatchObject({ points: 1500, transport: 'grpc' })
    expect(report.retries).toBeGreaterThan(2)
    const stored = await contents(collection)
    expect(stored.size).toBe(1500)
    for (const { id, vector } of points) expect(stored.get(id)).toMatchObject({ vector })
  })
})

it.runIf(kind === 'cluster' && port > 0)(
  'a shard key selects the shard on another node, over gRPC too',
  async () => {
    const config: CollectionConfig = {
      vectors: { colbert: { size: 2, distance: 'Dot' } },
      sharding_method: 'custom',
    }
    const collection = await freshCollection(config, { grpc: { port } })
    await client.createShardKey(collection.name, { shard_key: 'a' })
    await client.createShardKey(collection.name, { shard_key: 7 })
    const points = (first: number) => [0, 1, 2].map(k => ({ id: first + k, vector: { colbert: [[k, 1]] } }))
    expect(await collection.upsert(points(0), { shard_key: 'a' })).toMatchObject({ transport: 'grpc' })
    expect(await collection.upsert(points(10), { shard_key: 7 })).toMatchObject({ transport: 'grpc' })
    expect(await collection.count(undefined, { shard_key: 'a' })).toBe(3)
    expect(await collection.count(undefined, { shard_key: [7] })).toBe(3)
    await expect(collection.upsert(points(20))).rejects.toMatchObject({ status: 400 })
  },
)

describe.runIf(kind === 'binary')('a server with TLS and an API key', () => {
  const folder = mkdtempSync(join(tmpdir(), 'maxsimd-tls-'))
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')]
  let [http, grpc] = [0, 0]
  let stop = async () => {}

  beforeAll(async () => {
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost'],
        ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', certificate],
      ],
      { stdio: 'ignore' },
    )
    ;[http, grpc] = [await freePort(), await freePort()]
    const server = spawn(inject('at'), [], {
      cwd: folder,
      stdio: 'ignore',
      env: {
        QDRANT__SERVICE__HOST: '127.0.0.1',
        QDRANT__SERVICE__HTTP_PORT: String(http),
        QDRANT__SERVICE__GRPC_PORT: String(grpc),
        QDRANT__SERVICE__ENABLE_TLS: 'true',
        QDRANT__SERVICE__API_KEY: 'a-secret-key',
        QDRANT__TLS__CERT: certificate,
        QDRANT__TLS__KEY: key,
        QDRANT__STORAGE__STORAGE_PATH: join(folder, 'storage'),
        QDRANT__TELEMETRY_DISABLED: 'true',
      },
    })
    stop = async () => {
      server.kill('SIGKILL')
      await exitOf(server)
    }
    for (let tries = 0; tries < 600 && !(await isOpen(grpc)); tries++) {
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  })

  afterAll(async () => {
    await stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const isOpen = (port: number) =>
    new Promise<boolean>(resolve => {
      const socket = connect(port, '127.0.0.1')
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
      socket.on('connect', () => socket.destroy())
    })

  /** Runs a program that trusts the certificate or not. Returns what it printed. */
  function run(
    program: string,
    trusted: boolean,
    grpcUrl = `https://localhost:${grpc}`,
  ): Record<string, unknown> {
    const module = JSON.stringify(join(import.meta.dirname, '../../../dist/qdrant/index.js'))
    const text = `
      import { createCollection } from ${module}
      const server = { url: 'https://localhost:${http}', apiKey: 'a-secret-key' }
      const options = { grpc: { url: '${grpcUrl}' }, ifExists: 'reuse', retries: 0 }
      const config = { vectors: { colbert: { size: 2, distance: 'Dot' } } }
      const points = [{ id: 1, vector: { colbert: [[1, 2]] } }]
      ${program}`
    const env = { PATH: process.env.PATH ?? '', ...(trusted && { NODE_EXTRA_CA_CERTS: certificate }) }
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', text], {
      encoding: 'utf8',
      env,
    })
    expect(output).not.toContain('a-secret-key')
    return JSON.parse(output)
  }

  it('is loaded over gRPC if its certificate is trusted', () => {
    const report = run(
      `const collection = await createCollection(server, 'tls', config, options)
       const report = await collection.upsert(points)
       console.log(JSON.stringify({ ...report, count: await collection.count() }))`,
      true,
    )
    expect(report).toMatchObject({ points: 1, count: 1, transport: 'grpc' })
  })

  it('is loaded over REST if the address of gRPC has another scheme or name than the certificate', () => {
    const upsert = `console.log(JSON.stringify(await (await createCollection(server, 'tls', config, options)).upsert(points)))`
    const plain = run(upsert, true, `http://localhost:${grpc}`)
    expect(plain).toMatchObject({ points: 1, transport: 'rest' })
    const other = run(upsert, true, `https://127.0.0.2:${grpc}`)
    expect(other).toMatchObject({ points: 1, transport: 'rest' })
  })

  it('is not loaded if its certificate is not trusted', () => {
    const refused = run(
      `const error = await createCollection(server, 'tls', config, options).catch(error => error)
       console.log(JSON.stringify({ message: error.message }))`,
      false,
    )
    expect(refused.message).toMatch(/certificate of the server is not trusted: set NODE_EXTRA_CA_CERTS/)
  })
})
