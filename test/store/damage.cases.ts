// Damages a store's files at random. Each damage is reported, or it changes no answer; and salvaging reads the rest.
// `damage.test.ts` runs a few trials, `damage.slow.test.ts` thousands.

import { isDeepStrictEqual } from 'node:util'
import { expect, onTestFinished } from 'vitest'
import type { PointId } from '../../src/collection/collection.js'
import { type Store, StoreDamageError } from '../../src/store/index.js'
import { openStoreIn } from '../../src/store/open-folder.js'
import { createMeter } from '../support/peak.js'
import { between, pick, type Random, random, randomRows } from '../support/random.js'
import { createMemoryFolder, createSmallSegments, type Files } from './memory-folder.js'

/** Bytes that a store may take in addition to twice its files: windows for reading vectors, and the kernel. */
const MEMORY_FLOOR = 64e6

const vectors = {
  colbert: { size: 8, distance: 'Dot' },
  dense: { size: 3, distance: 'Cosine', datatype: 'i8', multivector_config: null },
} as const

const sparse_vectors = { words: { modifier: 'idf' } } as const

/** Words of a point, not in the order of their dimensions; every fourth point has no word. */
const wordsOf = (round: number, i: number) => {
  const indices = i % 4 === 3 ? [] : [200 + i, 7 + round, 2 ** 31 + (i % 3)]
  return { indices, values: indices.map(index => 1 + (index % 5)) }
}

/** A query for the vector `words`. */
const wordQuery = { indices: [2 ** 31, 9, 8, 201], values: [1, 2, 0.5, 3] }

/** A query for the vector `colbert`. */
export const query = randomRows(random(1), 3, 8)

/** The files of a store of several segments, with points that were replaced and deleted. */
interface WrittenStore {
  readonly closed: Files
  /** As a kill leaves them: the last log is not sealed. */
  readonly killed: Files
  /** As kills after each change leave them. */
  readonly states: readonly Files[]
}

async function writeStore(): Promise<WrittenStore> {
  const next = random(2)
  const folder = createMemoryFolder()
  const store = await createSmallSegments(folder, vectors, 3000, sparse_vectors)
  const states: Files[] = []
  for (let round = 0; round < 5; round++) {
    await store.upsert(
      Array.from({ length: 12 }, (_, i) => ({
        id: i % 5 === 0 ? `00000000-0000-4000-8000-00000000000${i % 10}` : 8 * round + i,
        vector: {
          colbert: randomRows(next, between(next, 1, 4), 8),
          dense: [round, i, 1],
          words: wordsOf(round, i),
        },
        payload: { round, text: 'x'.repeat(between(next, 0, 30)) },
      })),
    )
    states.push(new Map(folder.files))
    await store.delete([8 * round + 3])
    states.push(new Map(folder.files))
  }
  await store.close()
  return { closed: folder.files, killed: states.at(-1)!, states }
}

/** The files of a closed store. */
export const writtenStore = async (): Promise<Files> => (await writeStore()).closed

/** Everything that a store returns. */
interface Answers {
  readonly points: ReadonlyMap<PointId, string>
  readonly hits: readonly string[]
  readonly count: number
  readonly filtered: number
}

async function answersOf(store: Store): Promise<Answers> {
  const points = new Map<PointId, string>()
  const text = (value: unknown) =>
    JSON.stringify(value, (_, inner) => (ArrayBuffer.isView(inner) ? [...(inner as Float32Array)] : inner))
  for await (const { id, ...rest } of store.scroll({ with_vector: true })) points.set(id, text(rest))
  const hits = await store.query(query, { using: 'colbert', limit: 30, with_payload: true })
  const dense = await store.query([1, 2, 3], { using: 'dense', limit: 30 })
  const words = await store.query(wordQuery, { using: 'words', limit: 60 })
  return {
    points,
    hits: [...hits, ...dense, ...words].map(text),
    count: await store.count(),
    filtered: await store.count({ must: [{ key: 'round', range: { gte: 2 } }] }),
  }
}

/** Salvages a store and compacts it. Returns what it then returns when it is opened plainly. */
async function repairedOutcome(files: Files): Promise<Answers | Error> {
  const folder = createMemoryFolder(new Map(files))
  const store = await openStoreIn(folder, { kernel: 'simd', salvage: true })
  await store.compact()
  await store.close()
  return outcomeOf(folder.files, false)
}

async function outcomeOf(files: Files, salvage: boolean): Promise<Answers | Error> {
  let store: Store | undefined
  try {
    store = await openStoreIn(createMemoryFolder(files), { readOnly: true, kernel: 'simd', salvage })
    return await answersOf(store)
  } catch (error) {
    return error as Error
  } finally {
    await store?.close()
  }
}

/** Damages a file. Returns a description. */
function damageOne(files: Files, next: Random): string {
  const sizes = [...files].flatMap(([name, { length }]) => (length > 0 ? [[name, length] as const] : []))
  const [name, length] = pick(next, sizes)
  const copy = files.get(name)!.slice()
  const at = between(next, 0, length - 1)
  const kind = pick(next, ['removed', 'cut', 'cut', 'emptied', 'zeroed', ...Array(7).fill('flipped')])
  if (kind === 'removed') files.delete(name)
  else if (kind === 'cut') files.set(name, copy.slice(0, at))
  else if (kind === 'emptied') files.set(name, new Uint8Array(0))
  else if (kind === 'zeroed') files.set(name, copy.fill(0, at, at + 100))
  else {
    copy[at] = copy[at]! ^ (1 << between(next, 0, 7))
    files.set(name, copy)
  }
  return `${kind} ${name} at ${at} of ${length}`
}

const isExpected = (error: Error) =>
  error instanceof StoreDamageError || /^the store at .* has format \d+/.test(error.message)

/** The results of the trials. */
export interface DamageCounts {
  readonly reported: number
  readonly harmless: number
  /** Most bytes that were alive at once, beyond those at the beginning. */
  readonly peakBytes: number
}

/**
 * Damages a store `trials` times, each time from the beginning, and checks every outcome: a closed store, and one whose
 * writer was killed, in turn.
 */
export async function damageAtRandom(
  trials: number,
  seed: number,
  onProgress?: (trials: number, reported: number) => void,
): Promise<DamageCounts> {
  const { closed, killed, states } = await writeStore()
  const expected = (await outcomeOf(new Map(closed), false)) as Answers
  const previous: Answers[] = []
  for (const state of states.slice(0, -1).toReversed()) {
    previous.push((await outcomeOf(new Map(state), false)) as Answers)
  }
  expect(expected.count).toBeGreaterThan(20)
  expect(await outcomeOf(new Map(killed), false), 'the killed store').toEqual(expected)
  const next = random(seed)
  const size = [...closed.values()].reduce((sum, { length }) => sum + length, 0)
  const meter = createMeter()
  onTestFinished(() => meter.stop())
  let [reported, harmless, salvaged] = [0, 0, 0]
  for (let trial = 1; trial <= trials; trial++) {
    const isKilled = trial % 2 === 0
    const damaged = new Map(isKilled ? killed : closed)
    const description = `${damageOne(damaged, next)}${isKilled ? ', after a kill' : ''}, seed ${seed}, trial ${trial}`
    const outcome = await outcomeOf(damaged, false)
    await meter.settle()
    expect(meter.peak, description).toBeLessThan(2 * size + MEMORY_FLOOR)
    if (outcome instanceof Error) {
      reported++
      expect(isExpected(outcome), `${description}: ${outcome.stack}`).toBe(true)
      const rest = await outcomeOf(damaged, true)
      expect(rest, `${description}: ${rest instanceof Error ? rest.stack : ''}`).not.toBeInstanceOf(Error)
      const { points } = rest as Answers
      salvaged += [...points].filter(([id, text]) => expected.points.get(id) === text).length
      expect(await repairedOutcome(damaged), `salvaged and compacted: ${description}`).toEqual(rest)
    } else {
      harmless++
      // a damaged end of the last log looks like a change that was never acknowledged; a shorter log, or many zeros, like several
      const torn = isKilled ? previous.slice(0, /^(cut|zeroed)/.test(description) ? Infinity : 1) : []
      const state = torn.find(({ points }) => isDeepStrictEqual(points, outcome.points))
      expect(outcome, description).toEqual(state ?? expected)
    }
    onProgress?.(trial, reported)
  }
  // most damage concerns rows, payloads and logs, which are all needed for the answers
  expect(reported).toBeGreaterThan(trials / 2)
  expect(harmless).toBeGreaterThan(0)
  // nearly all points are still readable
  expect(salvaged / reported).toBeGreaterThan(0.7 * expected.count)
  return { reported, harmless, peakBytes: meter.peak }
}
