// Files with right checksums that maxsimd did not write, and things that are not files. Whatever they contain, a store opens
// rightly or with an error that names the file, soon, without much memory, and touches nothing outside of its folder.
// `crafted.test.ts` runs a few random cases, `crafted.slow.test.ts` thousands.

import { expect, onTestFinished } from 'vitest'
import { checksumOf } from '../../src/core/packed-documents.js'
import { type Store, StoreDamageError } from '../../src/store/index.js'
import { openStoreIn } from '../../src/store/open-folder.js'
import { createMeter } from '../support/peak.js'
import { between, pick, type Random, random, randomRows } from '../support/random.js'
import { createMemoryFolder, createSmallSegments, type Files } from './memory-folder.js'

/** Bytes that opening and querying a store of a few kilobytes may take: windows for reading vectors, and the kernel. */
const MAX_BYTES = 96e6
const MAX_MILLISECONDS = 5000

const vectors = {
  colbert: { size: 4, distance: 'Dot' },
  dense: { size: 3, distance: 'Cosine', datatype: 'i8', multivector_config: null },
} as const

const sparse_vectors = { words: { modifier: 'idf' } } as const

/** A query for the vector `words`. */
const words = { indices: [1, 2, 3], values: [1, 2, 3] }

let sound: Promise<Files> | undefined

/** Returns the files of a closed store with points of both types of ids, replaced and deleted ones. */
export async function soundFiles(): Promise<Files> {
  sound ??= writeFiles()
  return new Map(await sound)
}

async function writeFiles(): Promise<Files> {
  const next = random(4)
  const folder = createMemoryFolder()
  const store = await createSmallSegments(folder, vectors, 1500, sparse_vectors)
  for (let round = 0; round < 4; round++) {
    await store.upsert(
      Array.from({ length: 8 }, (_, i) => ({
        id: i === 3 ? `00000000-0000-4000-8000-00000000000${round}` : 5 * round + i,
        vector: {
          colbert: randomRows(next, between(next, 1, 3), 4),
          dense: [round, i, 1],
          words: { indices: [round, 10 + i], values: [1, 2] },
        },
        payload: { round },
      })),
    )
    await store.delete([5 * round + 1])
  }
  // so that the store has files of postings
  await store.query(words, { using: 'words' })
  await store.close()
  return folder.files
}

const hexadecimal = (bytes: Uint8Array) => checksumOf(bytes).toString(16).padStart(8, '0')

/** A manifest with a right checksum. */
export function manifestOf(contents: unknown): Uint8Array {
  const body = new TextEncoder().encode(typeof contents === 'string' ? contents : JSON.stringify(contents))
  const firstLine = new TextEncoder().encode(`maxsimd store 1 ${hexadecimal(body)}\n`)
  return new Uint8Array(Buffer.concat([firstLine, body]))
}

export const contentsOf = (manifest: Uint8Array): Record<string, unknown> => {
  const text = new TextDecoder().decode(manifest)
  return JSON.parse(text.slice(text.indexOf('\n')))
}

const HEADER = 40
const MAGIC = 0x7263_736d
/** Whole numbers at the limits of types and sizes. */
const WORDS = [
  0,
  1,
  2,
  7,
  8,
  9,
  100,
  2 ** 16,
  2 ** 25 - 1,
  2 ** 25,
  2 ** 26,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 8,
  2 ** 32 - 1,
]
const DOUBLES = [...WORDS, -1, 0.5, 2 ** 40, 2 ** 53 - 1, 2 ** 53, 1e300, Infinity, -Infinity, Number.NaN]

/** Where the records of a log begin. */
function recordsOf(log: Uint8Array): number[] {
  const view = new DataView(log.buffer, log.byteOffset, log.length)
  const starts: number[] = []
  for (let at = 64; at + HEADER <= log.length && view.getUint32(at, true) === MAGIC; ) {
    starts.push(at)
    at += HEADER + view.getUint32(at + 8, true)
  }
  return starts
}

/** Writes the checksums of a record. */
export function seal(log: Uint8Array, at: number): void {
  const view = new DataView(log.buffer, log.byteOffset, log.length)
  const bytes = Math.min(view.getUint32(at + 8, true), log.length - at - HEADER)
  view.setUint32(at + 32, checksumOf(log.slice(at + HEADER, at + HEADER + bytes)), true)
  view.setUint32(at + 36, checksumOf(log.slice(at, at + 36)), true)
}

/** Changes some numbers of a random record, and writes its checksums anew. Returns a description. */
function craftLog(log: Uint8Array, next: Random): string {
  const at = pick(next, recordsOf(log))
  const view = new DataView(log.buffer, log.byteOffset, log.length)
  const bodyBytes = view.getUint32(at + 8, true)
  const changes: string[] = []
  for (let change = between(next, 1, 3); change > 0; change--) {
    const inHeader = next() < 0.4 || bodyBytes === 0
    const isDouble = inHeader ? next() < 0.4 : next() < 0.3
    const offset = inHeader
      ? pick(next, isDouble ? [16, 24] : [4, 8, 12])
      : // the beginning of the body has the counts and ranges
        HEADER +
        (isDouble ? 8 : 4) * between(next, 0, Math.min(bodyBytes, next() < 0.6 ? 100 : bodyBytes) / 8 - 1)
    const value = pick(next, isDouble ? DOUBLES : WORDS)
    if (isDouble) view.setFloat64(at + offset, value, true)
    else view.setUint32(at + offset, value, true)
    changes.push(`${isDouble ? 'f64' : 'u32'} ${value} at ${at} + ${offset}`)
  }
  seal(log, at)
  return changes.join(', ')
}

/** Changes some numbers of postings, and writes their checksums anew. Returns a description. */
function craftPostings(bytes: Uint8Array<ArrayBuffer>, next: Random): string {
  const numbers = new Uint32Array(bytes.buffer)
  const changes: string[] = []
  for (let change = between(next, 1, 3); change > 0; change--) {
    const at = next() < 0.3 ? between(next, 2, 9) : between(next, 16, numbers.length - 1)
    const value = pick(next, WORDS)
    numbers[at] = value
    changes.push(`u32 ${value} at ${4 * at}`)
  }
  numbers[10] = checksumOf(bytes.subarray(64))
  numbers[15] = checksumOf(bytes.subarray(0, 60))
  return changes.join(', ')
}

const NUMBERS: readonly unknown[] = [
  ...DOUBLES.filter(Number.isFinite),
  null,
  '1',
  '../x',
  [],
  {},
  true,
  undefined,
]

/** Changes a random value of a manifest. Returns a description. */
function craftManifest(contents: Record<string, unknown>, next: Random): string {
  let owner: Record<string, unknown> = contents
  for (;;) {
    const name = pick(next, Object.keys(owner))
    const inner = owner[name]
    if (typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0 && next() < 0.8) {
      owner = inner as Record<string, unknown>
      continue
    }
    const value = pick(next, NUMBERS)
    owner[name] = value
    return `${name} = ${JSON.stringify(value)}`
  }
}

/** Reads everything that a store returns. */
async function readAll(store: Store): Promise<number> {
  let count = 0
  for await (const _ of store.scroll({ with_vector: true })) count++
  for (const [using, { size, multivector_config }] of Object.entries(store.config.vectors)) {
    const row = Array.from({ length: size }, (_, k) => (k % 3) + 1)
    await store.query(multivector_config ? [row] : row, { using, limit: 50, with_payload: true })
  }
  if (store.config.sparse_vectors?.words) await store.query(words, { using: 'words', limit: 50 })
  await store.count({ must: [{ key: 'round', range: { gte: 2 } }] })
  expect(await store.count()).toBe(count)
  return count
}

const isNamed = (error: unknown) => error instanceof StoreDamageError

/** Opens and reads a store. Returns the number of its points, or the error, which has to be a named one. */
async function outcomeOf(files: Files, options: object, description: string): Promise<number | Error> {
  let store: Store | undefined
  const started = performance.now()
  try {
    store = await openStoreIn(createMemoryFolder(new Map(files)), { kernel: 'simd', ...options })
    return await readAll(store)
  } catch (error) {
    expect(isNamed(error), `${description}: ${(error as Error).stack}`).toBe(true)
    return error as Error
  } finally {
    await store?.close()
    expect(performance.now() - started, `milliseconds, ${description}`).toBeLessThan(MAX_MILLISECONDS)
  }
}

/** Runs random cases. Returns how many of them were errors. */
export async function craftAtRandom(trials: number, seed: number): Promise<number> {
  const sound = await soundFiles()
  const next = random(seed)
  const meter = createMeter()
  onTestFinished(() => meter.stop())
  let errors = 0
  for (let trial = 1; trial <= trials; trial++) {
    const files = new Map(sound)
    let description = `seed ${seed}, trial ${trial}: `
    const logs = [...files.keys()].filter(name => name.endsWith('.log') && files.get(name)!.length > 64)
    const kind = next()
    if (kind < 0.15) {
      const name = pick(next, [...files.keys()].filter(name => name.endsWith('.postings')).sort())
      const bytes = files.get(name)!.slice()
      description += `${name}: ${craftPostings(bytes, next)}`
      files.set(name, bytes)
    } else if (kind < 0.75) {
      const name = pick(next, logs)
      const log = files.get(name)!.slice()
      description += `${name}: ${craftLog(log, next)}`
      files.set(name, log)
      if (next() < 0.3) {
        // as after a kill, when the end of the log is not known
        const contents = contentsOf(files.get('manifest')!)
        delete (contents.segments as { log?: number }[]).at(-1)!.log
        for (const copy of ['manifest', 'manifest.copy']) files.set(copy, manifestOf(contents))
      }
    } else {
      const contents = contentsOf(files.get('manifest')!)
      description += `manifest: ${craftManifest(contents, next)}`
      for (const copy of ['manifest', 'manifest.copy']) files.set(copy, manifestOf(contents))
    }
    const plain = await outcomeOf(files, { readOnly: true }, description)
    if (plain instanceof Error) errors++
    await outcomeOf(files, { readOnly: true, salvage: true }, `salvage, ${description}`)
    const folder = createMemoryFolder(new Map(files))
    const salvaged = await openStoreIn(folder, { kernel: 'simd', salvage: true }).catch(
      (error: Error) => error,
    )
    if (salvaged instanceof Error) expect(isNamed(salvaged), `${description}: ${salvaged.stack}`).toBe(true)
    else {
      await salvaged.compact()
      await salvaged.close()
      const repaired = await outcomeOf(folder.files, {}, `salvaged and compacted, ${description}`)
      expect(typeof repaired, `salvaged and compacted, ${description}: ${repaired}`).toBe('number')
    }
    await meter.settle()
    expect(meter.peak, `bytes, ${description}`).toBeLessThan(MAX_BYTES)
  }
  return errors
}
