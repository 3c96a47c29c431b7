// Changes of a store with a first stage that are under way, and a stage beside vectors of another shape.

import { expect, it } from 'vitest'
import { addFirstStage, readFirstStage, withFirstStage, writeFirstStage } from '../../src/stages/index.js'
import { createStore, openStore, type Store } from '../../src/store/index.js'
import { temporaryStores } from '../store/folders.js'
import { random, randomRows } from '../support/random.js'

const DIM = 8
const { closing, freshPath } = temporaryStores()
const next = random(6)
const rowsOf = () => randomRows(next, 3, DIM)

/** A store in a folder of a hundred documents, which is closed. */
async function createCorpus(): Promise<string> {
  const path = freshPath()
  const store = await createStore({ path, vectors: { colbert: { size: DIM, distance: 'Dot' } } })
  await store.upsert(Array.from({ length: 100 }, (_, id) => ({ id, vector: { colbert: rowsOf() } })))
  await store.close()
  return path
}

it.each<[string, (store: Store) => Promise<unknown>, number]>([
  ['an upsert', store => store.upsert([{ id: 7, vector: { colbert: { text: 'a' } } }]), 1],
  ['an update', store => store.updateVectors([{ id: 7, vector: { colbert: { text: 'a' } } }]), 1],
  ['a removal', store => store.deleteVectors([7], ['mean']), 1],
])('counts the missing vectors anew after %s, also if it was asked meanwhile', async (_, change, missing) => {
  const path = await createCorpus()
  await addFirstStage(path, { stage: 'mean' })
  let encode = () => {}
  const encoding = new Promise<void>(resolve => {
    encode = resolve
  })
  const encoder = {
    query: rowsOf,
    async documents(texts: readonly string[]) {
      await encoding
      return texts.map(rowsOf)
    },
  }
  const store = closing(await withFirstStage(await openStore(path, { encoder })))
  const changing = change(store)
  const before = store.firstStage!.missing()
  encode()
  await changing
  expect(await before).toBeLessThanOrEqual(missing)
  expect(await store.firstStage!.missing()).toBe(missing)
})

it.each(['array', 'iterable'])(
  'finds points by rows that the store made of texts in an update, given as an %s',
  async form => {
    const path = await createCorpus()
    await addFirstStage(path, { stage: 'mean', candidates: 10 })
    const rare = { data: Float32Array.from({ length: DIM }, (_, k) => (k === 0 ? 100 : 0)), dim: DIM }
    const encoder = {
      query: () => rare,
      documents: (texts: readonly string[]) => {
        if (texts.includes('wrong')) throw new Error('not a text')
        return texts.map(() => rare)
      },
    }
    const store = closing(await withFirstStage(await openStore(path, { encoder })))
    const bestOf = async () => (await store.query(rare, { limit: 1 }))[0]!.id
    const update = (texts: Record<number, string>, options = {}) => {
      const points = Object.entries(texts).map(([id, text]) => ({
        id: Number(id),
        vector: { colbert: { text } },
      }))
      return store.updateVectors(form === 'array' ? points : points.values(), options)
    }
    expect(await store.firstStage!.missing()).toBe(0)
    await update({ 7: 'a' })
    expect([await store.firstStage!.missing(), await bestOf()]).toEqual([1, 7])
    expect(await store.firstStage!.complete()).toBe(1)
    expect([await store.firstStage!.missing(), await bestOf()]).toEqual([0, 7])
    // points that are left as they are keep their vectors
    await update({ 8: 'a' }, { resume: 'skip' })
    expect(await store.firstStage!.missing()).toBe(0)
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, id) => [id, id < 35 ? 'a' : 'wrong']))
    await expect(update(many, { batchPoints: 32 })).rejects.toThrow('not a text')
    expect(await store.firstStage!.missing()).toBeGreaterThanOrEqual(32)
    expect(await bestOf()).toBe(0)
  },
)

it('refuses the map of rows of another size', async () => {
  const path = await createCorpus()
  const { vector } = await addFirstStage(path, { size: 16 })
  const other = freshPath()
  const single = { size: 16, distance: 'Dot', multivector_config: null } as const
  const vectors = { colbert: { size: DIM + 1, distance: 'Dot' }, [vector]: single } as const
  await (await createStore({ path: other, vectors })).close()
  await writeFirstStage(other, (await readFirstStage(path))!)
  const store = closing(await openStore(other))
  await expect(withFirstStage(store)).rejects.toThrow(`does not fit the vectors "colbert" and "${vector}"`)
})

it('belongs to a vector whose name has other characters than ASCII', async () => {
  const path = freshPath()
  const using = 'größe 日本'
  const created = await createStore({ path, vectors: { [using]: { size: DIM, distance: 'Dot' } } })
  await created.upsert(Array.from({ length: 100 }, (_, id) => ({ id, vector: { [using]: rowsOf() } })))
  await created.close()
  await addFirstStage(path, { stage: 'mean', candidates: 10 })
  const store = closing(await withFirstStage(await openStore(path)))
  expect(store.firstStage).toMatchObject({ stage: 'mean', using, candidates: 10 })
  const rare = { data: Float32Array.from({ length: DIM }, (_, k) => (k === 0 ? 100 : 0)), dim: DIM }
  await store.upsert([{ id: 7, vector: { [using]: rare } }])
  expect(await store.firstStage!.missing()).toBe(0)
  expect((await store.query(rare, { using, limit: 1 })).map(({ id }) => id)).toEqual([7])
})
