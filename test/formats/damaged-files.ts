// Damages files of every format, and checks that each damaged file is read or refused by a FormatError that names it,
// in bounded time and memory.

import { readdirSync, readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { type ByteSource, FormatError, readPoints, readQrels, readRun } from '../../src/formats/index.js'
import { createMeter } from '../support/peak.js'
import { between, pick, type Random, random } from '../support/random.js'

/**
 * Bytes that may be alive in addition to twice the file: a document of the largest size, the window and the tables of
 * Brotli (47 MB), or a Parquet page of 2,688,000 values (68 MB). It is not enough for larger pages: hyparquet decodes a
 * page as a whole, to 25 bytes for each value, and a page may have 33,554,432 values.
 */
const MAX_BYTES = 96e6

/** Another seed damages other bytes. */
const SEED = Number(process.env.DAMAGE_SEED ?? 0)

const texts = {
  'lines.jsonl':
    '{"id":1,"vector":[[0.5,1],[2,-3]],"payload":{"a":"é"}}\n{"id":"7","text":"a text","n":[1,{}]}\n',
  'qrels.txt': 'q1 0 d1 1\nq1 0 d2 0\nq2 0 d1 3\n',
  'run.txt': 'q1 Q0 d1 1 2.5 tag\nq1 Q0 d2 2 -1e-3 tag\n',
}

export interface TestFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/** The files that are damaged: text files, test/fixtures/formats, and the files of `folder`. */
export function filesToDamage(folder?: string): readonly TestFile[] {
  const folders = ['test/fixtures/formats', ...(folder === undefined ? [] : [folder])]
  return [
    ...Object.entries(texts).map(([name, text]) => ({ name, bytes: new TextEncoder().encode(text) })),
    ...folders.flatMap(path =>
      readdirSync(path).map(name => ({ name, bytes: new Uint8Array(readFileSync(`${path}/${name}`)) })),
    ),
  ]
}

/** A copy with some bits flipped, bytes replaced, or its end cut off. Most changes are in the first and last bytes. */
function damage(next: Random, bytes: Uint8Array): Uint8Array {
  const damaged = new Uint8Array(bytes)
  const position = () => {
    const part = next()
    if (part < 0.3) return between(next, 0, Math.min(200, bytes.length - 1))
    if (part < 0.6) return Math.max(0, bytes.length - between(next, 1, 600))
    return between(next, 0, bytes.length - 1)
  }
  for (let count = between(next, 1, 3); count > 0; count--) {
    if (next() < 0.7) damaged[position()]! ^= 1 << between(next, 0, 7)
    else damaged[position()] = pick(next, [0, 1, 0x7f, 0x80, 0xff])
  }
  return next() < 0.2 ? damaged.slice(0, between(next, 0, bytes.length)) : damaged
}

/** A source that allocates the whole range before it reads, as a file does. */
const sourceOf = ({ name, bytes }: TestFile): ByteSource => ({
  name,
  size: bytes.length,
  async read(offset, length) {
    const range = new Uint8Array(length)
    if (offset + length > bytes.length) throw new FormatError(`${name}: the file became shorter`)
    range.set(bytes.subarray(offset, offset + length))
    return range
  },
  close: async () => undefined,
})

/** Reads a file to its end. Every error but a FormatError that names the file is thrown. */
async function outcomeOf(file: TestFile, onPoint: () => void): Promise<'read' | 'refused'> {
  const source = sourceOf(file)
  try {
    if (file.name === 'qrels.txt') await readQrels(source)
    else if (file.name === 'run.txt') await readRun(source)
    else {
      for await (const { vector, text } of readPoints(source)) {
        if (vector) expect(vector.data.length % vector.dim).toBe(0)
        else expect(typeof text).toBe('string')
        onPoint()
      }
    }
    return 'read'
  } catch (error) {
    if (!(error instanceof FormatError) || !error.message.startsWith(file.name)) throw error
    return 'refused'
  }
}

/** The outcomes of damaged copies of one file, and the largest number of bytes that were alive. */
export interface DamageReport {
  readonly read: number
  readonly refused: number
  readonly peak: number
}

/** The processor's time of this process, which other programs do not change. */
function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Reads a file, then `count` damaged copies of it. */
export async function checkDamaged(file: TestFile, count: number): Promise<DamageReport> {
  const { name, bytes } = file
  const next = random(name.length + bytes.length + SEED)
  expect(await outcomeOf(file, () => undefined)).toBe('read')
  const found = { read: 0, refused: 0 }
  const maxBytes = 2 * bytes.length + MAX_BYTES
  const meter = createMeter()
  try {
    for (let round = 0; round < count; round++) {
      const damaged = damage(next, bytes)
      const started = cpuMilliseconds()
      found[await outcomeOf({ name, bytes: damaged }, meter.look)]++
      expect(cpuMilliseconds() - started, `time of round ${round}`).toBeLessThan(5000 + bytes.length / 1000)
      // the damaged copy belongs to the test
      expect(meter.peak - bytes.length, `bytes in round ${round}`).toBeLessThan(maxBytes)
    }
  } finally {
    meter.stop()
  }
  return { ...found, peak: Math.max(0, meter.peak - bytes.length) }
}
