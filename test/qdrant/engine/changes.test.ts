// Random changes of payloads and vectors, at random paths, on a server and in a store: both have the same points, the same
// selected fields and the same groups afterwards.

import { expect, it } from 'vitest'
import type { Payload, PayloadSelection, QdrantCollection } from '../../../src/qdrant/index.js'
import { createStore, type Store } from '../../../src/store/index.js'
import { between, pick, type Random, random } from '../../support/random.js'
import { kind as engine, freshCollection, isServer } from './support.js'

const IDS = [1, 2, 3, 4, 5]
const KEYS = ['a', 'b', 'c d', 'é', '1', '__proto__', 'constructor', '']
const SCALARS = [null, true, 0, 1, -1.5, 'x', '', 2n ** 60n, 1e300, 'ü😀']
// the nodes of a cluster store such an integer as a float
if (engine !== 'cluster') SCALARS.push(12345678901234567890n)

function anyValue(next: Random, depth: number): unknown {
  const kind = depth === 0 ? 0 : next()
  if (kind < 0.4) return pick(next, SCALARS)
  if (kind < 0.7) return Array.from({ length: between(next, 0, 3) }, () => anyValue(next, depth - 1))
  return anyObject(next, depth - 1)
}

const anyObject = (next: Random, depth: number): Payload =>
  Object.fromEntries(
    Array.from({ length: between(next, 0, 3) }, () => [pick(next, KEYS), anyValue(next, depth)]),
  )

function anyPath(next: Random): string {
  const key = () => {
    const name = pick(next, KEYS)
    return /^[\p{L}\d_]+$/u.test(name) && next() < 0.8 ? name : `"${name}"`
  }
  let path = key()
  for (let k = between(next, 0, 3); k > 0; k--) {
    const kind = next()
    path += kind < 0.5 ? `.${key()}` : kind < 0.8 ? '[]' : `[${between(next, 0, 2)}]`
  }
  return path
}

const some = <T>(next: Random, items: readonly T[]) => items.filter(() => next() < 0.5)
const anyRow = (next: Random) => [between(next, 0, 4), between(next, 1, 5)]

type Change = (collection: Store | QdrantCollection) => Promise<unknown>

/** Returns a change, and its text for messages. */
function anyChange(next: Random): readonly [text: string, change: Change] {
  const which =
    next() < 0.7 ? some(next, IDS) : next() < 0.3 ? [1, 99] : { must: [{ is_empty: { key: anyPath(next) } }] }
  const payload = anyObject(next, 3)
  const key = next() < 0.6 ? anyPath(next) : undefined
  const keys = Array.from({ length: between(next, 0, 3) }, () => anyPath(next))
  const names = pick(next, [['colbert'], ['dense'], ['colbert', 'dense']])
  const resume = pick(next, ['skip', 'overwrite'] as const)
  const updates = some(next, [...IDS, 77]).map(id => ({
    id,
    vector: pick(next, [
      { colbert: [anyRow(next), anyRow(next)] },
      { dense: anyRow(next) },
      { colbert: [anyRow(next)], dense: anyRow(next) },
    ]),
  }))
  const points = some(next, IDS).map(id => ({
    id,
    vector: { dense: anyRow(next) },
    payload: anyObject(next, 3),
  }))
  const changes: readonly (readonly [string, Change])[] = [
    ['setPayload', collection => collection.setPayload(which, payload, { key })],
    ['overwritePayload', collection => collection.overwritePayload(which, payload)],
    ['deletePayload', collection => collection.deletePayload(which, keys)],
    ['clearPayload', collection => collection.clearPayload(which)],
    ['updateVectors', collection => collection.updateVectors(updates, { resume })],
    ['deleteVectors', collection => collection.deleteVectors(which, names)],
    ['upsert', collection => collection.upsert(points)],
  ]
  const [name, change] = pick(next, changes)
  const given = { which, payload, key, keys, names, resume, updates, points }
  return [
    `${name} ${JSON.stringify(given, (_, member) => (typeof member === 'bigint' ? `${member}n` : member))}`,
    change,
  ]
}

/** What became of a change: a server names any of several unknown ids. */
async function outcomeOf(change: Promise<unknown>): Promise<string> {
  try {
    await change
    return 'changed'
  } catch (error) {
    const { message } = error as Error
    return /no point with (the )?id \d+/i.test(message) ? 'unknown id' : message
  }
}

async function pointsOf(collection: Store | QdrantCollection) {
  const points: unknown[] = []
  for await (const point of collection.scroll({ with_vector: true })) points.push(point)
  return points
}

async function selected(collection: Store | QdrantCollection, with_payload: PayloadSelection) {
  const points = await collection.retrieve(IDS, { with_payload })
  return new Map(points.map(point => [point.id, point]))
}

async function groupsOf(collection: Store | QdrantCollection, group_by: string) {
  const options = { using: 'colbert', group_by, limit: 50, group_size: 50 }
  const groups = await collection.queryGroups([[1, 0.001]], options)
  return new Map(groups.map(({ id, hits }) => [id, new Map(hits.map(hit => [hit.id, hit.score]))]))
}

// the front of the engine in process has no groups
it.runIf(isServer)('a server and a store have the same points after random changes', async () => {
  const next = random(2026)
  const config = {
    vectors: {
      colbert: { size: 2, distance: 'Dot' },
      dense: { size: 2, distance: 'Cosine', datatype: 'float16', multivector_config: null },
    },
  } as const
  const server = await freshCollection(config)
  const store = await createStore(config)
  for (let k = 0; k < 120; k++) {
    const [text, change] = anyChange(next)
    const [onServer, inStore] = await Promise.all([outcomeOf(change(server)), outcomeOf(change(store))])
    expect(inStore, text).toBe(onServer)
    expect(await pointsOf(store), text).toEqual(await pointsOf(server))
    const paths = Array.from({ length: between(next, 1, 3) }, () => anyPath(next))
    for (const selection of [{ include: paths }, { exclude: paths }]) {
      const where = `${JSON.stringify(selection)} after ${text}`
      expect(await selected(store, selection), where).toEqual(await selected(server, selection))
    }
    const path = anyPath(next).replace(/\[\d\]/g, '[]')
    expect(await groupsOf(store, path), `groups by ${path} after ${text}`).toEqual(
      await groupsOf(server, path),
    )
  }
  await store.close()
})
