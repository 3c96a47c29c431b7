// Tests of the store in a browser: in memory and in the origin's private file system, on a page and in a worker. This file
// is the program of both.

import { createStore, openStore, type Store } from '../../src/store/index.js'
import type { Case } from '../kernel/kernel.cases.js'
import { type Outcome, runList } from '../support/portable.js'

const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
const points = Array.from({ length: 50 }, (_, id) => ({
  id,
  vector: {
    colbert: [
      [id, 1],
      [1, id / 2],
    ],
  },
  payload: { id, parity: id % 2 },
}))

function same(actual: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (a !== b) throw new Error(`expected ${b}, got ${a}`)
}

async function best(store: Store): Promise<unknown[]> {
  const hits = await store.query([[1, 0]], { limit: 2, with_payload: ['id'] })
  return hits.map(({ id, score, payload }) => [id, score, payload])
}

const top = [
  [49, 49, { id: 49 }],
  [48, 48, { id: 48 }],
]

const casesOn = (where: string): Case[] => [
  {
    name: `the store works in memory, ${where}`,
    async run() {
      const store = await createStore({ vectors })
      await store.upsert(points)
      same(await best(store), top)
      await store.close()
    },
  },
  {
    name: `the store keeps points in the file system of the origin, ${where}`,
    async run() {
      const path = `maxsimd ${where}/store`
      const store = await createStore({ path, vectors, ifExists: 'recreate' })
      await store.upsert(points, { batchPoints: 20 })
      same(await best(store), top)
      const refused = await openStore(path).then(
        () => 'opened twice',
        error => String(error),
      )
      same(
        refused,
        `StoreLockedError: the store at "${path}" is locked by another page or worker; close it there`,
      )
      await store.delete([49])
      await store.close()

      const again = await openStore(path)
      same(await again.count(), 49)
      same(await best(again), [top[1], [47, 47, { id: 47 }]])
      await again.compact()
      await again.close()

      const reader = await openStore(path, { readOnly: true, memory: 0 })
      same(await best(reader), [top[1], [47, 47, { id: 47 }]])
      same((await reader.info()).dead, 0)
      same(await reader.count({ must: [{ key: 'parity', match: { value: 1 } }] }), 24)
      await reader.close()
    },
  },
]

const isWorker = typeof document === 'undefined'

async function inWorker(): Promise<Outcome> {
  const worker = new Worker('/store.js', { type: 'module' })
  try {
    return await new Promise<Outcome>((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data as Outcome)
      worker.onerror = event => reject(new Error(event.message))
    })
  } finally {
    worker.terminate()
  }
}

if (isWorker) void runList(casesOn('in a worker')).then(outcome => globalThis.postMessage(outcome))
else {
  Object.assign(globalThis, {
    async outcome(): Promise<Outcome> {
      const here = await runList(casesOn('on a page'))
      const there = await inWorker()
      const failures = [...here.failures, ...there.failures]
      return { ...here, passed: here.passed + there.passed, failures }
    },
  })
}
