// `close()` finishes the calls that were made before it and refuses later ones; an upsert copies its points.

import { expect, it } from 'vitest'
import { createStore, DisposedError, openStore, type Point } from '../../src/store/index.js'
import { temporaryStores } from './folders.js'

const { closing, freshPath } = temporaryStores()

const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
const pointOf = (id: number) => ({ id, vector: { colbert: [[id, 1]] }, payload: { id } })
const pointsOf = (count: number) => Array.from({ length: count }, (_, id) => pointOf(id))

it.each(['memory', 'a folder'])('finishes all calls in %s that were made before close()', async place => {
  const path = place === 'memory' ? undefined : freshPath()
  const store = await createStore({ path, vectors })
  await store.upsert([...pointsOf(900), pointOf(3000)])
  await store.delete([7])
  async function* slowly() {
    for (let id = 4000; id < 4010; id++) {
      await new Promise(resolve => setTimeout(resolve, 1))
      yield pointOf(id)
    }
  }
  const filter = { must: [{ key: 'id', match: { value: 2 } }] }
  const calls = {
    upsert: store.upsert(pointsOf(1000), { batchPoints: 100 }),
    lazyUpsert: store.upsert(slowly(), { batchPoints: 1 }),
    query: store.query([[1, 0]], { limit: 2 }),
    queryBatch: store.queryBatch([{ query: [[1, 0]] }, { query: [[1, 0]], limit: 1 }]),
    retrieve: store.retrieve([1, 2]),
    scroll: store.scroll().next(),
    filteredScroll: store.scroll({ filter }).next(),
    delete: store.delete([3000]),
    count: store.count(),
    info: store.info(),
    explain: store.explain([[1, 0]], 5),
    compact: store.compact(),
  }
  const closed = store.close()
  const late = store.count()
  await expect(late).rejects.toThrow(DisposedError)
  for (const [name, call] of Object.entries(calls)) {
    await expect(
      call.then(() => name),
      name,
    ).resolves.toBe(name)
  }
  expect(await calls.retrieve).toHaveLength(2)
  expect((await calls.queryBatch).map(({ length }) => length)).toEqual([10, 1])
  expect((await calls.filteredScroll).value).toMatchObject({ id: 2 })
  await closed
  if (path === undefined) return
  const reopened = closing(await openStore(path))
  expect(await reopened.count(), 'points after everything was finished').toBe(1010)
  expect((await reopened.retrieve([3000, 4009])).map(({ id }) => id)).toEqual([4009])
})

it('refuses the next page of a scroll after close()', async () => {
  const store = await createStore({ vectors })
  await store.upsert(pointsOf(10))
  const scroll = store.scroll({ batchPoints: 2 })
  expect((await scroll.next()).value).toMatchObject({ id: 0 })
  await store.close()
  expect((await scroll.next()).value, 'the rest of the page').toMatchObject({ id: 1 })
  await expect(scroll.next()).rejects.toThrow(DisposedError)
})

it('keeps the store of another process that is created at the same time', async () => {
  const path = freshPath()
  const creating = Array.from({ length: 4 }, async () => {
    const store = await createStore({ path, vectors })
    await store.upsert([pointOf(1)])
    await store.close()
  })
  const created = (await Promise.allSettled(creating)).filter(({ status }) => status === 'fulfilled')
  expect(created.length, 'stores that were created').toBeLessThanOrEqual(1)
  const store = closing(await openStore(path))
  expect(await store.count()).toBe(created.length)
})

it('waits for a call that fails, and closes', async () => {
  const store = await createStore({ path: freshPath(), vectors })
  const failing = store.upsert([pointOf(1), { id: 2, vector: { colbert: [[1, Number.NaN]] } }])
  const closed = store.close()
  await expect(failing).rejects.toThrow('expected a finite number, got NaN')
  await closed
})

it('copies an array of points when upsert is called', async () => {
  const store = closing(
    await createStore({
      vectors: { ...vectors, dense: { size: 2, distance: 'Dot', multivector_config: null } },
    }),
  )
  const flat = { data: Float32Array.of(1, 2, 3, 4), dim: 2 }
  const buffer = Buffer.from(new Float32Array([5, 6]).buffer)
  const view = new Float32Array(buffer.buffer, buffer.byteOffset, 2)
  const vector = { colbert: [[1, 2]], dense: [3, 4] }
  const payload = { deep: [{ text: 'first' }] }
  const empty: Record<string, unknown> = {}
  const points: Point[] = [
    { id: 1, vector, payload },
    { id: 2, vector: { colbert: flat }, payload: empty },
    { id: 3, vector: { colbert: [view] } },
  ]
  const running = store.upsert(points)
  vector.colbert[0]![0] = 99
  vector.dense[1] = 99
  payload.deep[0]!.text = 'second'
  empty.added = 1
  flat.data.fill(99)
  view.fill(99)
  points.length = 0
  expect(await running).toMatchObject({ points: 3 })
  const found = await store.retrieve([1, 2, 3], { with_payload: true, with_vector: true })
  expect(found.map(({ payload }) => payload)).toEqual([{ deep: [{ text: 'first' }] }, {}, {}])
  const rowsOf = (i: number, name: string) => {
    const vector = found[i]!.vector![name] as { data?: Float32Array }
    return [...(vector.data ?? (vector as unknown as Float32Array))]
  }
  expect(rowsOf(0, 'colbert')).toEqual([1, 2])
  expect(rowsOf(0, 'dense')).toEqual([3, 4])
  expect(rowsOf(1, 'colbert')).toEqual([1, 2, 3, 4])
  expect(rowsOf(2, 'colbert')).toEqual([5, 6])
})

it('copies an array or object at each place of a point where it is used', async () => {
  const store = closing(await createStore({ vectors }))
  const row = Float32Array.of(1, 2)
  const list: unknown[] = ['a']
  const tag = { list }
  const payload = { first: tag, second: [tag, tag], third: { deep: list } }
  const expected = JSON.stringify(payload)
  const running = store.upsert([1, 2].map(id => ({ id, vector: { colbert: [row, row] }, payload })))
  list.push('b')
  Object.assign(tag, { more: 1 })
  row.fill(9)
  await running
  for (const { id, payload, vector } of await store.retrieve([1, 2], { with_vector: true })) {
    expect(JSON.stringify(payload), `point ${id}`).toBe(expected)
    expect([...(vector!.colbert as { data: Float32Array }).data], `point ${id}`).toEqual([1, 2, 1, 2])
  }
})

it('lets a source use the arrays of a point again when the next one is requested', async () => {
  const store = closing(await createStore({ vectors }))
  const row = new Float32Array(2)
  const payload = { i: 0 }
  function* source() {
    for (let id = 0; id < 20; id++) {
      row.fill(id)
      payload.i = id
      yield { id, vector: { colbert: [row] }, payload }
    }
  }
  await store.upsert(source())
  for await (const { id, payload, vector } of store.scroll({ with_vector: true })) {
    expect(payload).toEqual({ i: id })
    expect([...(vector!.colbert as { data: Float32Array }).data]).toEqual([id, id])
  }
})
