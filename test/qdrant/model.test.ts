// The adapter against a fake server that delays, reorders, loses, repeats, queues and refuses requests, compared with a
// model: what the collection contains, and what each report counts. fast-check stops at the first counterexample, shrinks
// it, and prints its seed and path, with which `fc.assert` repeats it.

import { QdrantClient } from '@qdrant/js-client-rest'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createCollection, type QdrantCollection, UpsertError } from '../../src/qdrant/index.js'
import { type FakeQdrant, type FakeRequest, type Fate, startFakeQdrant } from '../support/fake-qdrant.js'

// pauses between attempts, and between looks at the queue, are shorter
vi.mock('../../src/base/sleep.js', async importOriginal => {
  const { sleep } = await importOriginal<typeof import('../../src/base/sleep.js')>()
  return { sleep: (milliseconds: number, signal?: AbortSignal) => sleep(milliseconds / 40, signal) }
})

let server: FakeQdrant

beforeAll(async () => {
  server = await startFakeQdrant()
})
afterAll(async () => {
  vi.restoreAllMocks()
  await server.close()
})

type Fault = 'none' | 'drop' | 'lose' | 'twice' | 'queue' | 'busy' | 'cluster'

const FATES: Readonly<Record<Fault, Fate>> = {
  none: undefined,
  drop: 'drop',
  lose: 'lose',
  twice: 'twice',
  queue: 'queue',
  busy: { status: 429, error: 'Rate limit exceeded', headers: { 'retry-after': '0' } },
  cluster: { status: 503, error: 'shard unavailable' },
}

/** Whether the adapter has to send a request again after this. */
const isRetried = (fault: Fault) => ['drop', 'lose', 'busy', 'cluster'].includes(fault)

interface Model {
  /** The row of each point. */
  readonly points: Map<number, number>
}

interface Real {
  readonly collection: QdrantCollection
  /** Rows are numbered, so that each copy of a point differs. */
  nextRow: number
}

/** What the server does during one command. */
interface Behaviour {
  /** Faults of the next updates, in the order of their arrival. */
  readonly faults: readonly Fault[]
  /** Whether updates in flight are answered in reverse order. */
  readonly isReversed: boolean
  /** Larger requests are refused with status 413. */
  readonly maxBytes: number
  /** The number of the update that is refused for good. */
  readonly refusedAt: number | undefined
  /** The number of the update after which the call is cancelled. */
  readonly cancelledAt: number | undefined
}

const behaviour: fc.Arbitrary<Behaviour> = fc.record({
  faults: fc.array(
    fc.constantFrom<Fault>('none', 'none', 'drop', 'lose', 'twice', 'queue', 'busy', 'cluster'),
    { maxLength: 6 },
  ),
  isReversed: fc.boolean(),
  maxBytes: fc.constantFrom(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 400, 150),
  refusedAt: fc.option(fc.nat(6), { nil: undefined, freq: 6 }),
  cancelledAt: fc.option(fc.nat(6), { nil: undefined, freq: 6 }),
})

/** An update that the server answered with success. */
interface Accepted {
  readonly ids: readonly number[]
  readonly bytes: number
}

/** Makes the server behave so. Returns what it accepted, and how often a request had to be sent again. */
function behave(planned: Behaviour, cancel: () => void) {
  const accepted: Accepted[] = []
  const waiting: (() => void)[] = []
  let [updates, retries] = [0, 0]
  // requests in flight are released together, the last one first
  const release = () => {
    for (const go of waiting.splice(0).reverse()) go()
  }
  server.intercept = async (request: FakeRequest) => {
    const isUpdate = request.method === 'PUT' && request.path.endsWith('/points')
    if (!isUpdate) return undefined
    const number = updates++
    const { faults, isReversed, maxBytes, refusedAt, cancelledAt } = planned
    if (isReversed) {
      await new Promise<void>(resolve => {
        waiting.push(resolve)
        if (waiting.length === 1) setTimeout(release, 5)
      })
    }
    if (number === cancelledAt) cancel()
    const ids: number[] = request.body.points.map(({ id }: { id: number }) => id)
    if (request.text.length > maxBytes && ids.length > 1) return { status: 413, error: 'too large' }
    if (number === refusedAt) return { status: 400, error: 'refused' }
    const fault = faults[number] ?? 'none'
    if (isRetried(fault)) retries++
    else accepted.push({ ids, bytes: request.text.length })
    return FATES[fault]
  }
  return { accepted, retries: () => retries }
}

const rowOf = (value: number) => [value, 1]

/** The points of the server by id, when everything in its queue is applied. */
function stored(): Map<number, number> {
  const { points, queue } = server.collections.get('c')!
  for (const apply of queue.splice(0)) apply()
  return new Map([...points.values()].map(({ id, vector }) => [Number(id), vector.colbert![0]![0]!]))
}

class Upsert implements fc.AsyncCommand<Model, Real> {
  constructor(
    readonly ids: readonly number[],
    readonly options: {
      batchPoints: number
      concurrency: number
      wait: boolean
      gzip: boolean
      resume: 'skip' | 'overwrite'
    },
    readonly planned: Behaviour,
  ) {}

  check = () => true
  toString = () => `upsert(${JSON.stringify([this.ids, this.options, this.planned])})`

  async run(model: Model, real: Real): Promise<void> {
    const { ids, options } = this
    const controller = new AbortController()
    const reason = new Error('enough')
    const before = new Map(model.points)
    const copies = ids.map(id => ({ id, row: real.nextRow++ }))
    // with `skip`, points are looked up in groups of 256, so before any of these is written
    const sent = options.resume === 'skip' ? copies.filter(({ id }) => !before.has(id)) : copies
    const { accepted, retries } = behave(this.planned, () => controller.abort(reason))
    let reported = 0
    const outcome = await real.collection
      .upsert(
        copies.map(({ id, row }) => ({ id, vector: { colbert: [rowOf(row)] } })),
        { ...options, signal: controller.signal, onProgress: ({ points }) => (reported = points) },
      )
      .catch((error: unknown) => error)
    if (controller.signal.aborted) await server.idle()
    const wasPending = server.collections.get('c')!.queue.length
    const after = stored()
    const written = accepted.flatMap(each => each.ids)
    const expectCounts = (report: object) =>
      expect(report).toMatchObject({
        points: written.length,
        rows: written.length,
        batches: accepted.length,
        bytes: accepted.reduce((sum, { bytes }) => sum + bytes, 0),
        retries: retries(),
        skipped: copies.length - sent.length,
      })
    if (outcome instanceof Error) {
      const isCancelled = controller.signal.aborted
      if (isCancelled) expect(outcome).toBe(reason)
      else if (accepted.length > 0) {
        expect(outcome).toBeInstanceOf(UpsertError)
        expectCounts((outcome as UpsertError).report)
      } else expect(outcome).toMatchObject({ name: 'QdrantError', status: 400 })
      expect(isCancelled || this.planned.refusedAt !== undefined).toBe(true)
      // each point has its old row, or one of the copies that were sent; none was sent beyond the failure
      for (const [id, row] of after) {
        const rows = [before.get(id), ...sent.filter(copy => copy.id === id).map(copy => copy.row)]
        expect(rows, `point ${id}`).toContain(row)
      }
      for (const id of before.keys()) expect(after.has(id), `point ${id}`).toBe(true)
    } else {
      expectCounts(outcome as object)
      expect(written).toHaveLength(sent.length)
      expect(reported).toBe(written.length)
      // of several copies of a point, the last one stays
      const expected = new Map([...before, ...sent.map(({ id, row }): [number, number] => [id, row])])
      expect(new Map([...after].sort(([a], [b]) => a - b))).toEqual(
        new Map([...expected].sort(([a], [b]) => a - b)),
      )
      // with `wait`, the queue was empty when the call returned
      if (options.wait) expect([wasPending, outcome]).toMatchObject([0, { applied: true }])
      else expect(outcome).toMatchObject({ applied: false })
    }
    model.points.clear()
    for (const [id, row] of after) model.points.set(id, row)
  }
}

class Delete implements fc.AsyncCommand<Model, Real> {
  constructor(readonly ids: readonly number[]) {}
  check = () => true
  toString = () => `delete(${JSON.stringify(this.ids)})`
  async run(model: Model, real: Real): Promise<void> {
    server.intercept = () => undefined
    await real.collection.delete(this.ids)
    for (const id of this.ids) model.points.delete(id)
    expect(new Set(stored().keys())).toEqual(new Set(model.points.keys()))
  }
}

class Read implements fc.AsyncCommand<Model, Real> {
  constructor(
    readonly faults: readonly Fault[],
    readonly batchPoints: number,
  ) {}
  check = () => true
  toString = () => `read(${JSON.stringify([this.faults, this.batchPoints])})`
  async run(model: Model, real: Real): Promise<void> {
    let number = 0
    server.intercept = () => FATES[this.faults[number++] ?? 'none']
    const found = new Map<unknown, unknown>()
    for await (const { id, vector } of real.collection.scroll({
      with_vector: true,
      batchPoints: this.batchPoints,
    })) {
      expect(found.has(id), `point ${id} twice`).toBe(false)
      found.set(id, (vector!.colbert as { data: Float32Array }).data[0])
    }
    expect([...found.keys()]).toEqual([...model.points.keys()].sort((a, b) => a - b))
    expect(found).toEqual(new Map([...model.points].sort(([a], [b]) => a - b)))
    expect(await real.collection.count()).toBe(model.points.size)
    const hits = await real.collection.query([[1, 0]], { limit: 3 })
    const best = [...model.points].sort(([, a], [, b]) => b - a).slice(0, 3)
    expect(hits.map(({ id, score }) => [id, score])).toEqual(best)
  }
}

const ids = fc.array(fc.nat(5), { minLength: 1, maxLength: 12 })
const readFault = fc.constantFrom<Fault>('none', 'drop', 'lose', 'busy', 'cluster')
const commands = fc.commands(
  [
    fc
      .tuple(
        ids,
        fc.record({
          batchPoints: fc.constantFrom(1, 1, 2, 5),
          concurrency: fc.constantFrom(1, 2, 4),
          wait: fc.boolean(),
          gzip: fc.boolean(),
          resume: fc.constantFrom('overwrite' as const, 'overwrite' as const, 'skip' as const),
        }),
        behaviour,
      )
      .map(([each, options, planned]) => new Upsert(each, options, planned)),
    ids.map(each => new Delete(each)),
    fc.tuple(fc.array(readFault, { maxLength: 4 }), fc.constantFrom(1, 3, 32)).map(args => new Read(...args)),
  ],
  { maxCommands: 6, size: 'max' },
)

it('the collection and every report are as the model has them', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  const client = new QdrantClient({ url: server.url, apiKey: 'a-key', checkCompatibility: false })
  await fc.assert(
    fc.asyncProperty(commands, async list => {
      server.intercept = () => undefined
      const config = { vectors: { colbert: { size: 2, distance: 'Dot' } } } as const
      const collection = await createCollection(client, 'c', config, { ifExists: 'recreate', retries: 8 })
      await fc.asyncModelRun(() => ({ model: { points: new Map() }, real: { collection, nextRow: 1 } }), list)
    }),
    { seed: 20_261, numRuns: 40, endOnFailure: false },
  )
})

it('of copies of one point that could be in flight together, the last one stays, in whatever order they are answered', async () => {
  server.intercept = () => undefined
  const config = { vectors: { colbert: { size: 2, distance: 'Dot' } } } as const
  const collection = await createCollection({ url: server.url }, 'c', config, { ifExists: 'recreate' })
  for (const concurrency of [2, 3, 4, 8]) {
    behave(
      {
        faults: [],
        isReversed: true,
        maxBytes: Number.POSITIVE_INFINITY,
        refusedAt: undefined,
        cancelledAt: undefined,
      },
      () => undefined,
    )
    const copies = Array.from({ length: 12 }, (_, row) => ({
      id: row % 2,
      vector: { colbert: [rowOf(row)] },
    }))
    await collection.upsert(copies, { batchPoints: 1, concurrency })
    expect(stored(), `concurrency ${concurrency}`).toEqual(
      new Map([
        [0, 10],
        [1, 11],
      ]),
    )
  }
})
