// Damages a store's files at random. Each damage is reported, or it changes no answer; and salvaging reads the rest.
// `damage.test.ts` runs a few trials, `damage.slow.test.ts` thousands.

import { readFileSync } from 'node:fs'
import { expect, onTestFinished } from 'vitest'
import type { PointId } from '../../src/collection/collection.js'
import { type Store, StoreDamageError } from '../../src/store/index.js'
import { openStoreIn } from '../../src/store/open-folder.js'
import { createMeter } from '../support/peak.js'
import { between, pick, type Random, random, randomRows } from '../support/random.js'
import { createMemoryFolder, createSmallSegments, type Files } from './memory-folder.js'

/** Bytes that a store may take in addition to twice its files: windows for reading vectors, and the kernel. */
const MEMORY_FLOOR = 64e6

// compiled once, instead of once per store
const module = new WebAssembly.Module(readFileSync('dist/simd.wasm'))

const vectors = {
  colbert: { size: 8, distance: 'Dot' },
  dense: { size: 3, distance: 'Cosine', datatype: 'i8', multivector_config: null },
} as const

/** A query for the vector `colbert`. */
export const query = randomRows(random(1), 3, 8)

/** The files of a closed store of several segments, with points that were replaced and deleted. */
export async function writtenStore(): Promise<Files> {
  const next = random(2)
  const folder = createMemoryFolder()
  const store = await createSmallSegments(folder, vectors, 3000)
  for (let round = 0; round < 5; round++) {
    await store.upsert(
      Array.from({ length: 12 }, (_, i) => ({
        id: i % 5 === 0 ? `00000000-0000-4000-8000-00000000000${i % 10}` : 8 * round + i,
        vector: { colbert: randomRows(next, between(next, 1, 4), 8), dense: [round, i, 1] },
        payload: { round, text: 'x'.repeat(between(next, 0, 30)) },
      })),
    )
    await store.delete([8 * round + 3])
  }
  await store.close()
  return folder.files
}

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
  return {
    points,
    hits: [...hits, ...dense].map(text),
    count: await store.count(),
    filtered: await store.count({ must: [{ key: 'round', range: { gte: 2 } }] }),
  }
}

async function outcomeOf(files: Files, salvage: boolean): Promise<Answers | Error> {
  let store: Store | undefined
  try {
    store = await openStoreIn(createMemoryFolder(files), { readOnly: true, module, salvage })
    return await answersOf(store)
  } catch (error) {
    return error as Error
  } finally {
    await store?.close()
  }
}

/** Flips a bit of a file, cuts the file, or removes it. Returns a description. */
function damageOne(files: Files, next: Random): string {
  const sizes = [...files].flatMap(([name, { length }]) => (length > 0 ? [[name, length] as const] : []))
  const [name, length] = pick(next, sizes)
  const copy = files.get(name)!.slice()
  const at = between(next, 0, length - 1)
  const choice = between(next, 0, 9)
  if (choice === 0) files.delete(name)
  else if (choice < 3) files.set(name, copy.slice(0, at))
  else {
    copy[at] = copy[at]! ^ (1 << between(next, 0, 7))
    files.set(name, copy)
  }
  return `${choice === 0 ? 'removed' : choice < 3 ? 'cut' : 'flipped'} ${name} at ${at} of ${length}`
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

/** Damages a store `trials` times, each time from the beginning, and checks every outcome. */
export async function damageAtRandom(
  trials: number,
  seed: number,
  onProgress?: (trials: number, reported: number) => void,
): Promise<DamageCounts> {
  const files = await writtenStore()
  const expected = (await outcomeOf(new Map(files), false)) as Answers
  expect(expected.count).toBeGreaterThan(20)
  const next = random(seed)
  const size = [...files.values()].reduce((sum, { length }) => sum + length, 0)
  const meter = createMeter()
  onTestFinished(() => meter.stop())
  let [reported, harmless, salvaged] = [0, 0, 0]
  for (let trial = 1; trial <= trials; trial++) {
    const damaged = new Map(files)
    const description = damageOne(damaged, next)
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
    } else {
      harmless++
      expect(outcome, description).toEqual(expected)
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
