// Upserts over gRPC to a fake server: what the messages contain, when REST is used instead, and what becomes of failures.

import { execFile } from 'node:child_process'
import { connect } from 'node:http2'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { vectorFieldsOf } from '../../src/collection/vector-fields.js'
import { loadCodec } from '../../src/kernel/codec/codec.js'
import { parseVersion } from '../../src/qdrant/config/version.js'
import { connectGrpc } from '../../src/qdrant/grpc/connect-grpc.js'
import { createGrpcLink, type GrpcLink, type GrpcState } from '../../src/qdrant/grpc-link.js'
import {
  type CollectionConfig,
  createCollection,
  type GrpcOption,
  openCollection,
  type Point,
  type QdrantCollection,
  UpsertError,
  type UpsertReport,
} from '../../src/qdrant/index.js'
import { upsertToServer } from '../../src/qdrant/upsert.js'
import { createTransport } from '../../src/qdrant/wire/transport.js'
import { type FakeCall, type FakeGrpc, startFakeGrpc } from '../support/fake-grpc.js'
import { type FakeQdrant, startFakeQdrant } from '../support/fake-qdrant.js'
import { jsonOfMap, type Message } from '../support/message-reader.js'

let server: FakeQdrant
let grpc: FakeGrpc

const config: CollectionConfig = {
  vectors: {
    colbert: { size: 2, distance: 'Dot' },
    dense: { size: 3, distance: 'Cosine', multivector_config: null },
  },
  sparse_vectors: { words: {} },
}
const points = (count: number): Point[] =>
  Array.from({ length: count }, (_, id) => ({ id, vector: { colbert: [[id, 1]] } }))

beforeAll(async () => {
  server = await startFakeQdrant()
  grpc = await startFakeGrpc(server)
})
beforeEach(() => {
  server.collections.clear()
  server.requests.length = 0
  server.intercept = () => undefined
  grpc.reset()
})
afterAll(async () => {
  await grpc.close()
  await server.close()
})

const open = async (name = 'c', options: object = {}, settings = config): Promise<QdrantCollection> => {
  const all = { grpc: { port: grpc.port }, retries: 2, ...options }
  await createCollection({ url: server.url }, name, settings, { ...all, ifExists: 'reuse' })
  return openCollection({ url: server.url, apiKey: 'secret-key' }, name, all)
}

const isUpsert = ({ method }: FakeCall) => method === 'Points/Upsert'
/** Upserts that reached the server over REST. */
const restUpserts = () =>
  server.requestsTo('PUT', '/points').filter(({ headers }) => headers['x-over-grpc'] === undefined)
const idsIn = ({ points }: Message): number[] => points.map(({ id }: Message) => Number(id.num))
/** Payloads of objects and of arrays inside of each other. The server reads messages up to 31 objects or 44 arrays deep. */
const nestedObjects = (depth: number) => JSON.parse(`${'{"a":'.repeat(depth)}"x"${'}'.repeat(depth)}`)
const nestedArrays = (depth: number) => JSON.parse(`{"a":${'['.repeat(depth)}"x"${']'.repeat(depth)}}`)
const payloadOf = ({ points: [point] }: Message) => jsonOfMap(point.payload)

/** What JSON transports of a value, with bigints for the whole numbers of 64 bits. */
const asSent = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, member) =>
    Number.isInteger(member) && Math.abs(member) < 2 ** 63 ? BigInt(JSON.stringify(member)) : member,
  )

describe('a message', () => {
  it('has the ids, vectors and payloads of its points', async () => {
    const collection = await open()
    const uuid = '5c56c793-69f3-4fbf-87e6-c4bf54c28c26'
    const report = await collection.upsert([
      {
        id: 18446744073709551615n,
        vector: {
          colbert: [
            [1, 2.5],
            [-3, 1e-40],
          ],
          dense: [1, 2, 3],
        },
      },
      { id: uuid, vector: { words: { indices: [300, 0, 4294967295], values: [0.5, -1, 2] } }, payload: {} },
      { id: 0, vector: {}, payload: { '': null, 'ü😀': 'x'.repeat(200) } },
    ])
    expect(report).toMatchObject({ points: 3, rows: 3, transport: 'grpc', transportReason: undefined })
    const [message] = grpc.upserts()
    expect(message).toMatchObject({ collection_name: 'c', wait: true })
    const [first, second, third] = message.points
    expect(first.id).toEqual({ num: 18446744073709551615n })
    expect(first.vectors.vectors.vectors).toEqual({
      colbert: {
        multi_dense: { vectors: [{ data: [1, 2.5] }, { data: [-3, Math.fround(1e-40)] }] },
      },
      dense: { dense: { data: [1, 2, 3] } },
    })
    expect(second).toEqual({
      id: { uuid },
      vectors: {
        vectors: { vectors: { words: { sparse: { values: [0.5, -1, 2], indices: [300, 0, 4294967295] } } } },
      },
    })
    expect(third).toMatchObject({ id: { num: 0n }, vectors: { vectors: {} } })
    expect(jsonOfMap(third.payload)).toEqual({ '': null, 'ü😀': 'x'.repeat(200) })
  })

  it('has any payload as REST has it', async () => {
    const collection = await open()
    const payloads = fc.sample(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), {
      numRuns: 100,
      seed: 1,
    }) as Record<string, unknown>[]
    await collection.upsert(payloads.map((payload, id) => ({ id, vector: {}, payload })))
    const { points: sent } = grpc.upserts()[0]
    for (const [id, payload] of payloads.entries()) {
      expect(jsonOfMap(sent[id].payload), `payload ${id} of seed 1`).toEqual(asSent(payload))
    }
  })

  it.each([
    [0.1, 0.1],
    [1e300, 1e300],
    [-0, 0n],
    [-5, -5n],
    [2 ** 53, 9007199254740992n],
    [1e21, 1e21],
    [9223372036854775807n, 9223372036854775807n],
    [-9223372036854775808n, -9223372036854775808n],
    [-9223372036854775809n, -(2 ** 63)],
    [18446744073709551616n, 2 ** 64],
    [Number.NaN, null],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [
      [[], {}, true, false],
      [[], {}, true, false],
    ],
  ])('has the number that the server reads from the JSON of %s', async (value, expected) => {
    const collection = await open()
    await collection.upsert([{ id: 1, vector: {}, payload: { value, missing: undefined } }])
    expect(payloadOf(grpc.upserts()[0])).toEqual({ value: expected })
  })

  it.each([
    ['objects', nestedObjects(31)],
    ['arrays', nestedArrays(44)],
  ])('has the deepest payload that the server reads: %s', async (_, payload) => {
    const collection = await open()
    expect(await collection.upsert([{ id: 1, vector: {}, payload }])).toMatchObject({ transport: 'grpc' })
    expect(payloadOf(grpc.upserts()[0])).toEqual(payload)
  })

  it('has ids and texts of every length', async () => {
    const collection = await open()
    const lengths = [0, 1, 31, 32, 33, 41, 42, 43, 63, 64, 84, 85, 86, 127, 128, 129, 16_383, 16_384]
    const texts = ['x', 'ü', '字', '😀'].flatMap(character => lengths.map(n => character.repeat(n)))
    const ids = [0, 127, 128, 255, 256, 16_383, 16_384, 2_097_152, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]
    await collection.upsert(ids.map(id => ({ id, vector: {}, payload: { texts, id } })))
    const [{ points: sent }] = grpc.upserts()
    expect(idsIn({ points: sent })).toEqual(ids)
    for (const [k, { payload }] of sent.entries()) {
      expect(jsonOfMap(payload), `the payload of ${ids[k]}`).toEqual({ texts, id: BigInt(ids[k]!) })
    }
  })

  it('has an unnamed vector without a name', async () => {
    const collection = await open('unnamed', {}, { vectors: { '': { size: 2, distance: 'Dot' } } })
    await collection.upsert([{ id: 1, vector: [[1, 2]] }])
    expect(grpc.upserts()[0].points[0].vectors).toEqual({
      vector: { multi_dense: { vectors: [{ data: [1, 2] }] } },
    })
  })

  it('has a text with its model and options, for a server that embeds it', async () => {
    const collection = await open()
    const words: object = { text: 'hello', model: 'qdrant/bm25', options: { language: 'german', k: 1.5 } }
    await collection.upsert([{ id: 1, vector: { words: words as never } }])
    const { document } = grpc.upserts()[0].points[0].vectors.vectors.vectors.words
    expect(document).toMatchObject({ text: 'hello', model: 'qdrant/bm25' })
    expect(jsonOfMap(document.options)).toEqual({ language: 'german', k: 1.5 })
  })

  it.each([
    ['tenant', [{ keyword: 'tenant' }]],
    [7, [{ number: 7n }]],
    [
      ['a', 0],
      [{ keyword: 'a' }, { number: 0n }],
    ],
  ])('has the shard key %o', async (shard_key, shard_keys) => {
    const collection = await open()
    await collection.upsert(points(3), { shard_key, batchPoints: 2 })
    expect(grpc.upserts().map(message => message.shard_key_selector)).toEqual([
      { shard_keys },
      { shard_keys },
    ])
  })

  it('is compressed with `gzip`, and says whether the server waits', async () => {
    const collection = await open()
    await collection.upsert(points(1), { gzip: true, wait: false })
    const { headers, bytes, message } = grpc.calls.find(isUpsert)!
    expect([headers['grpc-encoding'], bytes[0], message.wait]).toEqual(['gzip', 1, false])
    await collection.upsert(points(1))
    const { headers: plain, bytes: uncompressed } = grpc.calls.at(-1)!
    expect([plain['grpc-encoding'], uncompressed[0]]).toEqual([undefined, 0])
  })

  it("carries the API key and the user's headers, and no header of HTTP/1", async () => {
    await open()
    const headers = { 'x-tenant': 'one', 'user-agent': 'mine' }
    const all = { grpc: { port: grpc.port } }
    const collection = await openCollection({ url: server.url, apiKey: 'secret-key', headers }, 'c', all)
    await collection.upsert(points(1))
    for (const call of grpc.calls) {
      expect(call.headers).toMatchObject({ 'api-key': 'secret-key', 'x-tenant': 'one', te: 'trailers' })
      expect(call.headers['content-type']).toBe('application/grpc')
      expect(call.headers['user-agent']).toBeUndefined()
    }
    expect(grpc.calls.map(({ method }) => method)).toEqual([
      'Collections/CollectionClusterInfo',
      'Points/Upsert',
    ])
  })
})

describe('a port that accepts connections and does not answer', () => {
  it('delays an upsert no longer than its signal, and does not keep the process alive', async () => {
    await open()
    grpc.intercept = () => 'silence'
    const program = `
      import { openCollection } from ${JSON.stringify(join(process.cwd(), 'dist/qdrant/index.js'))}
      const collection = await openCollection({ url: '${server.url}' }, 'c', { grpc: { port: ${grpc.port} } })
      const upserted = collection.upsert([{ id: 1, vector: {} }], { signal: AbortSignal.timeout(50) })
      console.log(await upserted.catch(error => error.name))`
    const started = performance.now()
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
    expect(stdout.trim()).toBe('TimeoutError')
    // the check itself ends after ten seconds
    expect(performance.now() - started).toBeLessThan(9000)
    expect(restUpserts()).toEqual([])
  })
})

describe('an upsert over gRPC', () => {
  it('sends every point once, in batches by number and by bytes, and reports them', async () => {
    const collection = await open()
    const progress: number[] = []
    const onProgress = (report: { points: number }) => progress.push(report.points)
    const byNumber = await collection.upsert(points(10), { batchPoints: 4, concurrency: 1, onProgress })
    expect(grpc.upserts().map(idsIn)).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ])
    expect(byNumber).toMatchObject({ points: 10, rows: 10, batches: 3, retries: 0, applied: true })
    expect(byNumber.bytes).toBe(grpc.calls.filter(isUpsert).reduce((sum, c) => sum + c.bytes.length - 5, 0))
    expect(progress).toEqual([4, 8, 10])
    grpc.calls.length = 0
    await collection.upsert(points(50), { batchBytes: 300, concurrency: 1 })
    const sizes = grpc.calls.filter(isUpsert).map(({ bytes }) => bytes.length - 5)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(300)
    expect(sizes.length).toBeGreaterThan(5)
    expect(grpc.upserts().flatMap(idsIn)).toEqual(Array.from({ length: 50 }, (_, id) => id))
    expect(restUpserts()).toEqual([])
    expect(await collection.count()).toBe(50)
  })

  it('writes the last copy of a point last', async () => {
    const collection = await open()
    grpc.intercept = async ({ message }) => {
      // earlier copies take longer
      const [copy] = message?.points[0].vectors.vectors.vectors.colbert.multi_dense.vectors[0].data ?? [6]
      await new Promise(resolve => setTimeout(resolve, 2 * (6 - copy)))
      return undefined
    }
    const copies = Array.from({ length: 6 }, (_, n) => ({
      id: 1,
      vector: { colbert: [[n, 1]] },
    }))
    await collection.upsert(copies, { batchPoints: 1, concurrency: 4 })
    expect(server.collections.get('c')!.points.get('1')!.vector).toEqual({ colbert: [[5, 1]] })
  })

  it('has more than 10 MB in flight, which Node limits by default', async () => {
    const collection = await open('c', { retries: 0 })
    const large = { text: 'x'.repeat(4 << 20) }
    // a small batch is answered while the large ones are being sent
    const all = points(4).map((point, id) => (id < 3 ? { ...point, payload: large } : point))
    const report = await collection.upsert(all, { batchPoints: 1, batchBytes: 1e9, concurrency: 4 })
    expect(report).toMatchObject({ points: 4, batches: 4, retries: 0, transport: 'grpc' })
  })

  it('shares one connection with later upserts', async () => {
    const collection = await open()
    await collection.upsert(points(2), { batchPoints: 1 })
    await collection.upsert(points(1))
    expect(grpc.connections).toBe(1)
    expect(grpc.calls.filter(call => !isUpsert(call))).toHaveLength(1)
  })

  it.each([
    ['only acknowledged a batch', 1],
    ['ran out of time for it', 4],
  ])('waits for the update queue, if the server %s', async (_, status) => {
    const collection = await open()
    grpc.status = status
    server.queueLengths = [1, 0]
    server.requests.length = 0
    expect(await collection.upsert(points(1))).toMatchObject({ applied: true })
    expect(server.requestsTo('GET', '/c')).toHaveLength(2)
    expect(await collection.upsert(points(1), { wait: false })).toMatchObject({ applied: false })
  })

  it('sends only missing points with `resume`', async () => {
    const collection = await open()
    await collection.upsert(points(3))
    grpc.calls.length = 0
    expect(await collection.upsert(points(5), { resume: 'skip' })).toMatchObject({ points: 2, skipped: 3 })
    expect(grpc.upserts().map(idsIn)).toEqual([[3, 4]])
  })

  it('ends with the reason of its signal while a call is not answered', async () => {
    const collection = await open()
    const controller = new AbortController()
    grpc.intercept = call => {
      if (!isUpsert(call)) return undefined
      controller.abort(new Error('enough'))
      return 'silence'
    }
    await expect(collection.upsert(points(1), { signal: controller.signal })).rejects.toThrow('enough')
    await expect.poll(() => grpc.cancelled).toBe(1)
  })
})

describe('a temporary failure is repeated:', () => {
  it.each<[name: string, fate: Awaited<ReturnType<FakeGrpc['intercept']>>]>([
    ['a closed connection', 'drop'],
    ['a lost answer', 'lose'],
    ['a reset stream', 'reset'],
    ['UNAVAILABLE', { 'grpc-status': 14, 'grpc-message': 'no%20shard' }],
    ['DEADLINE_EXCEEDED', { 'grpc-status': 4 }],
    ['RESOURCE_EXHAUSTED', { 'grpc-status': 8, 'retry-after': '0' }],
    ['a full disk', { 'grpc-status': 8, 'qdrant-insufficient-storage': '1', 'retry-after': '0' }],
    ['503 of a proxy', { ':status': 503, 'content-type': 'text/plain' }],
    ['a lost leader', { 'grpc-status': 13, 'grpc-message': 'consensus' }],
  ])('%s', async (_, fate) => {
    const reasons: string[] = []
    const collection = await open('c', { onRetry: (reason: string) => reasons.push(reason) })
    let failures = 1
    grpc.intercept = call => (isUpsert(call) && failures-- > 0 ? fate : undefined)
    expect(await collection.upsert(points(3))).toMatchObject({ points: 3, retries: 1, transport: 'grpc' })
    expect(reasons).toHaveLength(1)
    expect(reasons[0]).toMatch(/^PUT \/collections\/c\/points over gRPC (answered|got no response)/)
    expect(await collection.count()).toBe(3)
    expect(restUpserts()).toEqual([])
  })

  it('no more often than `retries`', async () => {
    const collection = await open('c', { retries: 1 })
    grpc.intercept = call => (isUpsert(call) ? { 'grpc-status': 14, 'grpc-message': 'busy' } : undefined)
    await expect(collection.upsert(points(1))).rejects.toMatchObject({
      name: 'QdrantError',
      status: 503,
      reason: 'busy',
      attempts: 2,
      path: '/collections/c/points',
      message: 'PUT /collections/c/points over gRPC answered 503: busy (sent 2 times)',
    })
  })

  it('until the time limit of each attempt is over', async () => {
    const collection = await open('c', { timeout: 59_999, retries: 1 })
    await collection.upsert(points(1))
    let calls = 0
    grpc.intercept = call => (isUpsert(call) && calls++ < 3 ? 'silence' : undefined)
    // the limit, made short when all else has been answered
    const realTimeout = globalThis.setTimeout
    const timers = vi
      .spyOn(globalThis, 'setTimeout')
      .mockImplementation(((run: () => void, delay?: number) =>
        realTimeout(run, delay === 59_999 ? 50 : delay)) as typeof setTimeout)
    try {
      await expect(collection.upsert(points(1))).rejects.toThrow(
        'PUT /collections/c/points over gRPC got no response within 59999 ms (sent 2 times)',
      )
    } finally {
      timers.mockRestore()
    }
    expect(calls).toBe(2)
  })

  it('unless the server asks for more time than there is', async () => {
    const collection = await open('c', { retries: 1, timeout: 10_000 })
    const busy = { 'grpc-status': 8, 'grpc-message': 'Rate limiting exceeded', 'retry-after': '20' }
    grpc.intercept = call => (isUpsert(call) ? busy : undefined)
    await expect(collection.upsert(points(1))).rejects.toMatchObject({ status: 429, attempts: 1 })
  })
})

describe('a failure has the status and the text of REST:', () => {
  it.each([
    [1, 499, 'cancelled', ''],
    [4, 408, 'Timeout: no', ''],
    [8, 429, 'Rate limiting exceeded: no', ''],
    [14, 503, 'no shard', ''],
    [15, 400, 'checksum', ''],
    [3, 400, 'Wrong input: no', ''],
    [5, 404, "Not found: Collection `c` doesn't exist!", ''],
    [6, 409, 'exists', ''],
    [7, 403, 'Forbidden: no', '; check the API key of the client'],
    [16, 401, 'Must provide an API key', '; check the API key of the client'],
    [9, 500, 'failed', ''],
    [12, 405, 'unknown', ''],
    [13, 500, 'Service internal error: ü 100% of it', ''],
    [2, 500, 'unknown', ''],
  ])('code %i is %i', async (code, status, reason, remedy) => {
    const collection = await open('c', { retries: 0 })
    const message = encodeURIComponent(reason)
    grpc.intercept = call => (isUpsert(call) ? { 'grpc-status': code, 'grpc-message': message } : undefined)
    const error = await collection.upsert(points(1)).catch(error => error)
    expect(error).toMatchObject({ name: 'QdrantError', code: 'ERR_QDRANT', status, reason, attempts: 1 })
    expect(error.message).toBe(`PUT /collections/c/points over gRPC answered ${status}: ${reason}${remedy}`)
  })

  it('even if the server refuses a message before it has arrived, and resets the call', async () => {
    const collection = await open('c', { retries: 0 })
    grpc.earlyRefusal = { 'grpc-status': 16, 'grpc-message': 'Must provide an API key' }
    const payload = { text: 'x'.repeat(4 << 20) }
    await expect(collection.upsert([{ id: 1, vector: {}, payload }])).rejects.toMatchObject({
      status: 401,
      reason: 'Must provide an API key',
    })
  })

  it('a redirect is not followed, and is named with its target', async () => {
    const collection = await open('c', { retries: 0 })
    const redirect = { ':status': 307, location: 'http://elsewhere:6334/Points/Upsert' }
    grpc.intercept = call => (isUpsert(call) ? redirect : undefined)
    await expect(collection.upsert(points(1))).rejects.toThrow(
      'answered 307: a redirect to http://elsewhere:6334; redirects are not followed',
    )
  })

  it('a full disk is 507', async () => {
    const collection = await open('c', { retries: 0 })
    grpc.intercept = call =>
      isUpsert(call) ? { 'grpc-status': 8, 'qdrant-insufficient-storage': '1' } : undefined
    await expect(collection.upsert(points(1))).rejects.toMatchObject({ status: 507 })
  })

  it('after some batches it is an UpsertError that counts them', async () => {
    const collection = await open()
    grpc.intercept = call =>
      isUpsert(call) && idsIn(call.message)[0] === 4 ? { 'grpc-status': 3, 'grpc-message': 'no' } : undefined
    const error = await collection.upsert(points(9), { batchPoints: 2, concurrency: 1 }).catch(e => e)
    expect(error).toBeInstanceOf(UpsertError)
    expect(error.report).toMatchObject({ points: 4, batches: 2, transport: 'grpc' })
  })

  it('without a key or a header, even if the server repeats it', async () => {
    const collection = await open()
    grpc.intercept = call =>
      isUpsert(call) ? { 'grpc-status': 3, 'grpc-message': 'api-key%3A secret-key' } : undefined
    const error = await collection.upsert(points(1)).catch(error => error)
    expect(error.message).toContain('answered 400: api-key: ***')
  })
})

describe('a message that is too large for the server or a proxy', () => {
  it.each<[name: string, fate: Awaited<ReturnType<FakeGrpc['intercept']>>]>([
    [
      'RESOURCE_EXHAUSTED',
      { 'grpc-status': 8, 'grpc-message': 'Received message larger than max (9 vs. 4)' },
    ],
    [
      'OUT_OF_RANGE',
      { 'grpc-status': 11, 'grpc-message': 'Error, decoded message length too large: found 9 bytes' },
    ],
    ['413', { ':status': 413, 'content-type': 'text/html' }],
  ])('is halved, and later ones are smaller: %s', async (_, fate) => {
    const collection = await open()
    grpc.intercept = call => (isUpsert(call) && call.bytes.length > 250 ? fate : undefined)
    const report = await collection.upsert(points(40), { concurrency: 1, batchPoints: 8 })
    const sent = grpc.calls.filter(isUpsert)
    const accepted = sent.filter(({ bytes }) => bytes.length <= 250)
    expect(report).toMatchObject({ points: 40, rows: 40, batches: accepted.length, retries: 0 })
    expect(accepted.flatMap(({ message }) => idsIn(message))).toEqual(
      Array.from({ length: 40 }, (_, id) => id),
    )
    expect(accepted.every(({ message }) => message.collection_name === 'c' && message.wait)).toBe(true)
    // the first batch, and the one that was full before it was refused
    expect(sent.length - accepted.length).toBe(2)
    expect(await collection.count()).toBe(40)
  })

  it('is refused with a remedy if it is a single point', async () => {
    const collection = await open()
    grpc.intercept = call =>
      isUpsert(call) ? { 'grpc-status': 8, 'grpc-message': 'message larger than max' } : undefined
    await expect(collection.upsert(points(1))).rejects.toThrow(
      'PUT /collections/c/points over gRPC answered 413: message larger than max; lower "batchBytes"',
    )
  })

  it('is refused before it is sent if a point is beyond the limit of REST', async () => {
    const collection = await open()
    const payload = { text: 'x'.repeat(34 << 20) }
    await expect(collection.upsert([{ id: 3, vector: {}, payload }])).rejects.toMatchObject({
      name: 'RangeError',
      message: expect.stringMatching(
        /^point 3 takes 3565\d{4} bytes, and a message has at most 33553408; shorten its payload or split it$/,
      ),
    })
  })
})

describe('REST is used, and the report says why,', () => {
  const expectRest = async (collection: QdrantCollection, reason: RegExp | undefined) => {
    const report = await collection.upsert(points(3))
    expect(report).toMatchObject({ points: 3, retries: 0, transport: 'rest' })
    if (reason === undefined) expect(report.transportReason).toBeUndefined()
    else expect(report.transportReason).toMatch(reason)
    expect(grpc.upserts()).toEqual([])
    expect(restUpserts()).toHaveLength(1)
  }

  it('if nothing listens on the port', async () => {
    await expectRest(
      await open('c', { grpc: { port: 9 } }),
      /^GET \/collections\/c\/cluster over gRPC got no response: .*ECONNREFUSED.* is a Qdrant server running at http:\/\/127\.0\.0\.1:9\?$/,
    )
  })

  it('if another server listens on the port, which receives no points', async () => {
    const collection = await open()
    grpc.peer++
    grpc.remotePeers = [5, 6]
    await expectRest(
      collection,
      /the server at http:\/\/127\.0\.0\.1:\d+ is not the one that answers over REST$/,
    )
  })

  it('if the port has no HTTP/2', async () => {
    const other = await startFakeQdrant()
    const collection = await open('c', { grpc: { port: Number(new URL(other.url).port) } })
    await expectRest(collection, /over gRPC got no response/)
    expect(other.requests).toEqual([])
    await other.close()
  })

  it.each([
    [16, 401],
    [7, 403],
    [12, 405],
    [5, 404],
  ])('if the port refuses the check with code %i', async (code, status) => {
    const collection = await open()
    grpc.intercept = () => ({ 'grpc-status': code, 'grpc-message': 'secret-key is wrong' })
    await expectRest(collection, new RegExp(`over gRPC answered ${status}: \\*\\*\\* is wrong`))
  })

  it('if the server has no cluster information', async () => {
    const collection = await open()
    server.intercept = ({ path }) => (path.endsWith('/cluster') ? { status: 404, error: 'no' } : undefined)
    await expectRest(collection, /^GET \/collections\/c\/cluster answered 404: no$/)
  })

  it('if the address does not show the port', async () => {
    const reason =
      /^the port of gRPC is unknown, because the address does not have port 6333; pass grpc: \{ port \}$/
    await expectRest(await open('c', { grpc: 'auto' }), reason)
    server.requests.length = 0
    await expectRest(await open('c', { grpc: undefined }), reason)
    expect(grpc.connections).toBe(0)
    expect(server.requestsTo('GET', '/cluster')).toEqual([])
  })

  it('if the option is off', async () => {
    await expectRest(await open('c', { grpc: 'off' }), undefined)
    expect(grpc.connections).toBe(0)
  })

  it('if the server is older than the messages', async () => {
    const old = await startFakeQdrant('1.12.6')
    await createCollection({ url: old.url }, 'c', { vectors: { colbert: { size: 2, distance: 'Dot' } } })
    const collection = await openCollection({ url: old.url }, 'c', { grpc: { port: grpc.port } })
    const report = await collection.upsert(points(1))
    expect(report).toMatchObject({ transport: 'rest', transportReason: 'Qdrant 1.12.6 is older than 1.13.0' })
    expect(grpc.connections).toBe(0)
    await old.close()
  })

  it.each<[name: string, point: Partial<Point>, reason: string]>([
    [
      'an integer beyond int64',
      { payload: { hash: [2n ** 63n] } },
      'point 2 has the integer 9223372036854775808, and gRPC has integers up to 9223372036854775807',
    ],
    [
      'the largest integer of 64 bits',
      { payload: { hash: 2n ** 64n - 1n } },
      'point 2 has the integer 18446744073709551615, and gRPC has integers up to 9223372036854775807',
    ],
    ['deep objects', { payload: nestedObjects(32) }, 'point 2 has deeply nested objects'],
    ['deep arrays', { payload: nestedArrays(45) }, 'point 2 has deeply nested arrays'],
    [
      'a text without a model',
      { vector: { words: { text: 'x' } as never } },
      'point 2 has a text that is not { text, model, options }',
    ],
    [
      'a text with other members',
      { vector: { words: { text: 'x', model: 'm', image: 'y' } as never } },
      'point 2 has a text that is not { text, model, options }',
    ],
    [
      'an image for a server that embeds it',
      { vector: { colbert: { image: 'http://127.0.0.1/a.png', model: 'm' } } },
      'point 2 has an image',
    ],
  ])('from a point on that gRPC cannot transport: %s', async (_, change, reason) => {
    const collection = await open()
    const all = points(6).map((point, id) => (id === 2 ? { ...point, ...change } : point))
    const report = await collection.upsert(all, { batchPoints: 4, concurrency: 1 })
    expect(report).toMatchObject({ points: 6, batches: 2, transport: 'rest', transportReason: reason })
    expect(grpc.upserts().map(idsIn)).toEqual([[0, 1]])
    expect(restUpserts().map(({ body }) => body.points.map(({ id }: Point) => id))).toEqual([[2, 3, 4, 5]])
    // the next upsert uses gRPC again
    expect(await collection.upsert(points(1))).toMatchObject({ transport: 'grpc' })
  })

  it('for a shard key that only REST refuses properly', async () => {
    const collection = await open()
    const report = await collection.upsert(points(1), { shard_key: -1 })
    expect(report).toMatchObject({
      transport: 'rest',
      transportReason: 'the shard key is not a text or a whole number',
    })
  })
})

describe('batches are sent over REST until the port has answered, and then over gRPC:', () => {
  it('the first batch waits no longer than its patience', async () => {
    await open()
    const transport = createTransport({ url: server.url })
    let state: GrpcState = { reason: 'not yet' }
    const link: GrpcLink = {
      patience: 0,
      get state() {
        return state
      },
      connect: () => new Promise(() => {}),
    }
    const context = {
      transport,
      name: 'c',
      fields: vectorFieldsOf(config.vectors as never),
      codec: await loadCodec(),
      encoder: undefined,
      limits: { upsert: 100 } as never,
      grpc: link,
    }
    const origin = `http://127.0.0.1:${grpc.port}`
    async function* source() {
      yield* points(3)
      state = { createFormat: await connectGrpc(transport, 'c', origin) }
      yield* points(7).slice(3)
    }
    const seen: unknown[] = []
    const onProgress = ({ transport, transportReason }: UpsertReport) => {
      seen.push([transport, transportReason])
    }
    const options = { batchPoints: 2, concurrency: 1, onProgress }
    const report = await upsertToServer(context, source(), options)
    expect(report).toMatchObject({ points: 7, batches: 4, transport: 'grpc', transportReason: undefined })
    expect(seen[0]).toEqual(['rest', 'not yet'])
    expect(restUpserts().map(({ body }) => body.points.map(({ id }: Point) => id))).toEqual([
      [0, 1],
      [2, 3],
    ])
    expect(grpc.upserts().map(idsIn)).toEqual([[4, 5], [6]])
  })

  it('a point that does not fit into a batch of JSON is written again as a message', async () => {
    await open()
    const transport = createTransport({ url: server.url })
    const settings = {
      name: 'c',
      fields: vectorFieldsOf(config.vectors as never),
      wait: true,
      shard_key: undefined,
    }
    const createFormat = await connectGrpc(transport, 'c', `http://127.0.0.1:${grpc.port}`)
    let looks = 0
    const link: GrpcLink = {
      patience: 0,
      get state() {
        return looks++ === 0 ? { reason: 'not yet' } : { createFormat }
      },
      connect: () => Promise.resolve(),
    }
    const context = {
      transport,
      ...settings,
      codec: await loadCodec(),
      encoder: undefined,
      limits: { upsert: 100 } as never,
      grpc: link,
    }
    await upsertToServer(context, points(3), { batchBytes: 50 })
    expect(restUpserts().map(({ body }) => body.points.map(({ id }: Point) => id))).toEqual([[0]])
    expect(grpc.upserts().flatMap(idsIn)).toEqual([1, 2])
    expect(await (await open()).count()).toBe(3)
  })

  it('the port beside 6333 is not waited for', () => {
    const transport = createTransport({ url: server.url })
    const patience = (option: GrpcOption) =>
      createGrpcLink(option, transport, 'c', parseVersion('1.19.0')).patience
    expect(patience('auto')).toBeLessThanOrEqual(100)
    expect(patience({ port: 1 })).toBeGreaterThan(10_000)
  })
})

it('a connection to a cluster is accepted if one of its peers answers over gRPC', async () => {
  const collection = await open()
  grpc.remotePeers = [17, grpc.peer]
  grpc.peer = 16
  expect(await collection.upsert(points(1))).toMatchObject({ transport: 'grpc' })
})

it('a new connection is not used before its check has ended, by no batch of several in flight', async () => {
  const collection = await open()
  const events: string[] = []
  grpc.intercept = async call => {
    if (call.connection === 1) return isUpsert(call) ? 'drop' : undefined
    if (isUpsert(call)) events.push('upsert')
    else {
      // longer than the pause before an attempt
      await new Promise(resolve => setTimeout(resolve, 150))
      events.push('checked')
    }
    return undefined
  }
  const report = await collection.upsert(points(4), { batchPoints: 1, concurrency: 4 })
  expect(report).toMatchObject({ points: 4, transport: 'grpc' })
  expect(events).toEqual(['checked', 'upsert', 'upsert', 'upsert', 'upsert'])
  expect(grpc.connections).toBe(2)
})

it('a connection whose check failed is not used', async () => {
  const collection = await open('c', { retries: 0 })
  let checks = 0
  // the second connection answers the check with half a message, and the third one with a refusal
  grpc.intercept = call => {
    if (isUpsert(call)) return idsIn(call.message)[0] === 0 ? undefined : 'drop'
    checks++
    if (checks === 2) return { 'grpc-status': 0 }
    return checks === 3 ? { 'grpc-status': 7, 'grpc-message': 'no' } : undefined
  }
  await collection.upsert(points(1))
  const failures: string[] = []
  for (let k = 0; k < 4; k++) {
    await collection.upsert(points(2).slice(1)).catch(({ message }) => failures.push(message))
  }
  expect(failures).toEqual([
    expect.stringMatching(/got no response: .*(HTTP2|ECONNRESET)/),
    expect.stringMatching(/is not the one that answers over REST/),
    expect.stringMatching(/answered 403: no/),
    expect.stringMatching(/got no response: .*(HTTP2|ECONNRESET)/),
  ])
  expect(grpc.connections).toBe(4)
  expect(checks).toBe(4)
})

it('a connection that is made again is checked again: points do not reach another server', async () => {
  const collection = await open()
  grpc.intercept = call => {
    if (!isUpsert(call) || idsIn(call.message)[0] !== 2) return undefined
    grpc.peer++
    return 'drop'
  }
  const error = await collection.upsert(points(6), { batchPoints: 1, concurrency: 1 }).catch(error => error)
  expect(error).toBeInstanceOf(UpsertError)
  expect(error.message).toMatch(
    /^PUT \/collections\/c\/points over gRPC got no response: the server at http:\S+ is not the one that answers over REST/,
  )
  expect(error.report).toMatchObject({ points: 2 })
  expect(grpc.upserts().map(idsIn)).toEqual([[0], [1], [2]])
})

it('a connection keeps the process alive during calls only, also if they fail', async () => {
  const collection = await open('c', { retries: 0 })
  await collection.upsert(points(1))
  const probe = connect(`http://127.0.0.1:${grpc.port}`).on('error', () => undefined)
  const methods = Object.getPrototypeOf(Object.getPrototypeOf(probe))
  let isHeld = false
  const spies = [
    vi.spyOn(methods, 'ref').mockImplementation(() => (isHeld = true)),
    vi.spyOn(methods, 'unref').mockImplementation(() => (isHeld = false)),
  ]
  const held: boolean[] = []
  for (const fate of [undefined, { 'grpc-status': 3 }, 'reset', undefined] as const) {
    grpc.intercept = () => {
      held.push(isHeld)
      return fate
    }
    await collection.upsert(points(1)).catch(() => undefined)
    held.push(isHeld)
  }
  for (const spy of spies) spy.mockRestore()
  probe.destroy()
  expect(held).toEqual([true, false, true, false, true, false, true, false])
})

describe('the option `grpc`', () => {
  it.each<[value: unknown, message: string]>([
    ['on', '"grpc" expected \'auto\', \'off\', { port } or { url }, got "on"'],
    [true, "\"grpc\" expected 'auto', 'off', { port } or { url }, got boolean"],
    [null, "\"grpc\" expected 'auto', 'off', { port } or { url }, got null"],
    [{}, "\"grpc\" expected 'auto', 'off', { port } or { url }, got an object with no members"],
    [{ port: 1, url: 'http://x' }, 'got an object with port, url'],
    [{ port: 0 }, '"grpc.port" expected a whole number from 1 to 65535, got 0'],
    [{ port: 65536 }, '"grpc.port" expected a whole number from 1 to 65535, got 65536'],
    [{ port: '6334' }, '"grpc.port" expected a whole number from 1 to 65535, got 6334'],
    [
      { url: 'localhost:6334' },
      '"grpc.url" expected http:// or https:// with a host and a port, and nothing else',
    ],
    [
      { url: 'http://u:p@h:1' },
      '"grpc.url" expected http:// or https:// with a host and a port, and nothing else',
    ],
    [
      { url: 'http://h/path' },
      '"grpc.url" expected http:// or https:// with a host and a port, and nothing else',
    ],
  ])('refuses %o', async (value, message) => {
    const options = { grpc: value as 'auto' }
    const client = { url: server.url }
    const name = /got (?:boolean|null|number)$/.test(message) ? 'TypeError' : 'RangeError'
    const refusal = { name, message: expect.stringContaining(message) }
    await expect(openCollection(client, 'c', options)).rejects.toMatchObject(refusal)
    await expect(createCollection(client, 'c', config, options)).rejects.toMatchObject(refusal)
    expect(server.requests).toEqual([])
  })

  it('takes an address', async () => {
    const collection = await open('c', { grpc: { url: `http://localhost:${grpc.port}` } })
    expect(await collection.upsert(points(1))).toMatchObject({ transport: 'grpc' })
  })
})
