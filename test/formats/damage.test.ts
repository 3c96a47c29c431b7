// Damaged files of every format: each gives points or a FormatError, in bounded time, and in memory of twice the file and
// 96 MB. DAMAGES=100000 runs the long form, of so many for each file; DAMAGED=folder takes the files of a folder as well.

import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { type ByteSource, FormatError, readPoints, readQrels, readRun } from '../../src/formats/index.js'
import { createMeter } from '../support/peak.js'
import { between, pick, type Random, random } from '../support/random.js'

const folder = 'test/fixtures/formats'
const rounds = Number(process.env.DAMAGES ?? 40)
const more = process.env.DAMAGED
/** What may be alive beside twice the file: a document or a page of the largest size; Brotli's window and tables. */
const FLOOR = 96e6

/** A copy with a few bits flipped, bytes replaced, or its end cut off; most often where the structure is. */
function damage(next: Random, bytes: Uint8Array): Uint8Array {
  const damaged = new Uint8Array(bytes)
  const place = () => {
    const kind = next()
    if (kind < 0.3) return between(next, 0, Math.min(200, bytes.length - 1))
    if (kind < 0.6) return Math.max(0, bytes.length - between(next, 1, 600))
    return between(next, 0, bytes.length - 1)
  }
  for (let count = between(next, 1, 3); count > 0; count--) {
    if (next() < 0.7) damaged[place()]! ^= 1 << between(next, 0, 7)
    else damaged[place()] = pick(next, [0, 1, 0x7f, 0x80, 0xff])
  }
  return next() < 0.2 ? damaged.slice(0, between(next, 0, bytes.length)) : damaged
}

const texts = {
  'lines.jsonl':
    '{"id":1,"vector":[[0.5,1],[2,-3]],"payload":{"a":"é"}}\n{"id":"7","text":"a text","n":[1,{}]}\n',
  'qrels.txt': 'q1 0 d1 1\nq1 0 d2 0\nq2 0 d1 3\n',
  'run.txt': 'q1 Q0 d1 1 2.5 tag\nq1 Q0 d2 2 -1e-3 tag\n',
}
const files: [string, Uint8Array][] = [
  ...Object.entries(texts).map(([name, text]): [string, Uint8Array] => [
    name,
    new TextEncoder().encode(text),
  ]),
  ...[folder, ...(more ? [more] : [])].flatMap(place =>
    readdirSync(place).map((name): [string, Uint8Array] => [name, readFileSync(`${place}/${name}`)]),
  ),
]

/** As a file is read: what is asked for is made room for first. */
const fileOf = (bytes: Uint8Array, name: string): ByteSource => ({
  name,
  size: bytes.length,
  async read(offset, length) {
    const room = new Uint8Array(length)
    if (offset + length > bytes.length) throw new FormatError(`${name}: became shorter while it was read`)
    room.set(bytes.subarray(offset, offset + length))
    return room
  },
  close: async () => undefined,
})

async function outcome(name: string, bytes: Uint8Array, look: () => void): Promise<string> {
  const source = fileOf(bytes, name)
  try {
    if (name === 'qrels.txt') await readQrels(source)
    else if (name === 'run.txt') await readRun(source)
    else {
      for await (const { vector, text } of readPoints(source)) {
        if (vector) expect(vector.data.length % vector.dim).toBe(0)
        else expect(typeof text).toBe('string')
        look()
      }
    }
    return 'read'
  } catch (error) {
    if (!(error instanceof FormatError) || !error.message.startsWith(name)) throw error
    return 'refused'
  }
}

it.each(files)('%s', { timeout: 60_000 + rounds * 30 + (more ? 3_600_000 : 0) }, async (name, bytes) => {
  const next = random(name.length + bytes.length)
  expect(await outcome(name, bytes, () => undefined)).toBe('read')
  const found = { read: 0, refused: 0 }
  const meter = createMeter()
  try {
    for (let round = 0; round < rounds; round++) {
      const damaged = damage(next, bytes)
      const started = performance.now()
      found[(await outcome(name, damaged, meter.look)) as 'read' | 'refused']++
      const took = performance.now() - started
      expect(took, `round ${round}`).toBeLessThan(5000 + bytes.length / 1000)
      // the damaged copy is ours
      expect(meter.peak - bytes.length, `round ${round}`).toBeLessThan(2 * bytes.length + FLOOR)
    }
  } finally {
    meter.stop()
  }
  expect(found.read + found.refused).toBe(rounds)
  if (bytes.length < 1e6) expect(found.refused).toBeGreaterThan(0)
  const beyond = Math.max(0, meter.peak - bytes.length)
  if (rounds > 1000 || more) {
    console.log(
      `${name}: ${JSON.stringify(found)}, at most ${(beyond / 1e6).toFixed(1)} MB for ${(bytes.length / 1e6).toFixed(1)} MB`,
    )
  }
})
