// Files that are not what was written: a bit that flipped, an end that is gone, a file that is missing. Either the answers
// are right, or an error names the place; with `salvage`, whatever is given out is right.

import { readFileSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { PointId } from '../../src/collection/collection.js'
import { type Damage, type Store, StoreDamageError } from '../../src/store/index.js'
import { openStoreIn } from '../../src/store/open-folder.js'
import { createMeter } from '../support/peak.js'
import { between, pick, type Random, random, randomRows } from '../support/random.js'
import { createMemoryFolder, createSmallSegments, type Files } from './memory-folder.js'

/** The long form: STORE_SOAK=100000 npx vitest run test/store/damage.test.ts */
const TRIALS = Number(process.env.STORE_SOAK ?? 250)

/** Bytes that a store may take beside twice its files: windows that vectors are read through, and the kernel's own. */
const FLOOR = 64e6

const SEED = Number(process.env.STORE_SEED ?? 3)
// compiled once, and not for each store
const module = new WebAssembly.Module(readFileSync('dist/simd.wasm'))

const vectors = {
  colbert: { size: 8, distance: 'Dot' },
  dense: { size: 3, distance: 'Cosine', datatype: 'i8', multivector_config: null },
} as const
const query = randomRows(random(1), 3, 8)

/** A closed store of several segments, with points that were replaced and deleted. */
async function written(): Promise<Files> {
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

interface Content {
  readonly points: ReadonlyMap<PointId, string>
  readonly hits: readonly string[]
  readonly count: number
  readonly filtered: number
}

async function contentOf(store: Store): Promise<Content> {
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

/** Changes one thing in the files, and says what. */
function harm(files: Files, next: Random): string {
  const bytes = [...files].flatMap(([name, { length }]) => (length > 0 ? [[name, length] as const] : []))
  const [name, length] = pick(next, bytes)
  const copy = files.get(name)!.slice()
  const at = between(next, 0, length - 1)
  const kind = between(next, 0, 9)
  if (kind === 0) files.delete(name)
  else if (kind < 3) files.set(name, copy.slice(0, at))
  else {
    copy[at] = copy[at]! ^ (1 << between(next, 0, 7))
    files.set(name, copy)
  }
  return `${kind === 0 ? 'removed' : kind < 3 ? 'cut' : 'flipped'} ${name} at ${at} of ${length}`
}

async function outcome(
  files: Files,
  options: { salvage?: boolean; memory?: number },
): Promise<Content | Error> {
  let store: Store | undefined
  try {
    store = await openStoreIn(createMemoryFolder(files), { readOnly: true, module, ...options })
    return await contentOf(store)
  } catch (error) {
    return error as Error
  } finally {
    await store?.close()
  }
}

it(
  'a random change is named, or changes nothing',
  async () => {
    const files = await written()
    const right = (await outcome(new Map(files), {})) as Content
    expect(right.count).toBeGreaterThan(20)
    const next = random(SEED)
    const size = [...files.values()].reduce((sum, { length }) => sum + length, 0)
    const meter = createMeter()
    onTestFinished(() => meter.stop())
    let [named, unchanged, salvaged] = [0, 0, 0]
    for (let trial = 0; trial < TRIALS; trial++) {
      const harmed = new Map(files)
      const what = harm(harmed, next)
      const found = await outcome(harmed, {})
      await meter.settle()
      expect(meter.peak, what).toBeLessThan(2 * size + FLOOR)
      if (process.env.STORE_SOAK && trial % 5000 === 4999) console.log(`${trial + 1} changes: ${named} named`)
      if (found instanceof Error) {
        named++
        const isKnown =
          found instanceof StoreDamageError || /^the store at .* has format \d+/.test(found.message)
        expect(isKnown, `${what}: ${found.stack}`).toBe(true)
        const rest = await outcome(harmed, { salvage: true })
        expect(rest, `${what}: ${rest instanceof Error ? rest.stack : ''}`).not.toBeInstanceOf(Error)
        salvaged += [...(rest as Content).points].filter(([id, text]) => right.points.get(id) === text).length
      } else {
        unchanged++
        expect(found, what).toEqual(right)
      }
    }
    // most changes hit rows, payloads and logs, which are all needed for the answers
    expect(named).toBeGreaterThan(TRIALS / 2)
    expect(unchanged).toBeGreaterThan(0)
    // and nearly all points are still there
    expect(salvaged / named).toBeGreaterThan(0.7 * right.count)
    if (process.env.STORE_SOAK) {
      const most = (meter.peak / 1e6).toFixed(1)
      console.log(`${TRIALS} changes: ${named} named, ${unchanged} without effect, at most ${most} MB`)
    }
  },
  60_000 + 200 * TRIALS,
)

describe('names the file, the segment, the byte and the point', () => {
  const flipped = async (name: string, at: number) => {
    const files = await written()
    const bytes = files.get(name)!.slice()
    bytes[at] = bytes[at]! ^ 4
    files.set(name, bytes)
    return files
  }

  /** Where the rows of a point begin in a file. */
  async function placeOf(id: PointId, name: string): Promise<number> {
    const files = await written()
    const store = await openStoreIn(createMemoryFolder(files), { readOnly: true })
    const [point] = await store.retrieve([id], { with_vector: ['colbert'] })
    await store.close()
    const { data } = point!.vector!.colbert as { data: Float32Array }
    return Buffer.from(files.get(name)!).indexOf(Buffer.from(data.buffer))
  }

  it('where rows are damaged', async () => {
    const place = await placeOf(1, '000001.0.rows')
    const files = await flipped('000001.0.rows', place + 5)
    const message =
      `the store at "a folder in memory" is damaged: 000001.0.rows (segment 1) at byte ${place}: the rows of "colbert" ` +
      'do not match their checksum, point 1; restore the file from a copy, or open the store with { salvage: true }, which ' +
      'skips everything unreadable'
    const store = await openStoreIn(createMemoryFolder(files))
    await expect(store.query(query, { using: 'colbert' })).rejects.toThrow(message)
    // what does not touch it is as before
    expect(await store.query([1, 2, 3], { using: 'dense' })).toHaveLength(10)
    await store.close()
  })

  it('and leaves that point out when it salvages, until a compaction has the rest in new files', async () => {
    const place = await placeOf(1, '000001.0.rows')
    const folder = createMemoryFolder(await flipped('000001.0.rows', place + 5))
    const store = await openStoreIn(folder, { salvage: true })
    const hits = await store.query(query, { using: 'colbert', limit: 50 })
    expect(hits.map(({ id }) => id)).not.toContain(1)
    const damage: Damage = {
      file: '000001.0.rows',
      offset: place,
      segment: 1,
      id: 1,
      problem: 'the rows of "colbert" do not match their checksum',
    }
    expect((await store.info()).damage).toEqual([damage])
    await store.compact()
    await store.close()
    const again = await openStoreIn(folder)
    expect((await again.query(query, { using: 'colbert', limit: 50 })).map(({ id }) => id)).toEqual(
      hits.map(({ id }) => id),
    )
    await again.close()
  })

  it('where a log is damaged, when the store is opened', async () => {
    const files = await flipped('000001.log', 100)
    const store = openStoreIn(createMemoryFolder(files))
    await expect(store).rejects.toThrow(
      /^the store at "a folder in memory" is damaged: 000001\.log \(segment 1\) at byte 64: \d+ bytes/,
    )
  })

  it('uses the other copy of a manifest', async () => {
    const folder = createMemoryFolder(await flipped('manifest', 60))
    const store = await openStoreIn(folder, { readOnly: true })
    expect((await store.info()).damage).toEqual([
      { file: 'manifest', offset: 0, problem: 'the contents are damaged' },
    ])
    await store.close()
    // whoever writes puts it right
    await (await openStoreIn(folder)).close()
    const whole = await openStoreIn(folder)
    expect((await whole.info()).damage).toEqual([])
    await whole.close()
  })

  it('refuses a newer format politely', async () => {
    const files = await written()
    for (const name of ['manifest', 'manifest.copy']) {
      const text = new TextDecoder().decode(files.get(name)).replace('store 1 ', 'store 2 ')
      files.set(name, new TextEncoder().encode(text))
    }
    await expect(openStoreIn(createMemoryFolder(files))).rejects.toThrow(
      'the store at "a folder in memory" has format 2, and this version of maxsimd reads format 1; open it with a newer version',
    )
  })
})
