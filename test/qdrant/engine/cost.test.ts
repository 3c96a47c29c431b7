// What the estimate says a collection takes on disk, against what a server's folder holds.

import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createCollection, type QuantizationConfig } from '../../../src/qdrant/index.js'
import { type Engine, startBinary } from './engine.js'
import { createRandom, kind, randomPoints } from './support.js'

describe.runIf(kind === 'binary')('the estimate', () => {
  let engine: Engine

  beforeAll(async () => {
    engine = await startBinary(inject('at'))
  })

  afterAll(() => engine.stop())

  const cases: readonly (readonly [
    string,
    'float32' | 'float16' | 'uint8',
    QuantizationConfig | undefined,
  ])[] = [
    ['float32', 'float32', undefined],
    ['float16', 'float16', undefined],
    ['float32 with binary', 'float32', { binary: { always_ram: true } }],
  ]

  it.each(cases)('is near what %s takes', async (name, datatype, quantization_config) => {
    const collection = await createCollection({ url: engine.url }, name.replaceAll(' ', '-'), {
      vectors: {
        colbert: {
          size: 128,
          distance: 'Dot',
          datatype,
          ...(quantization_config && { quantization_config }),
        },
      },
      // one segment, because each begins with files of 32 MiB of its own
      optimizers_config: { default_segment_number: 1 },
    })
    const before = bytesOf(engine, collection.name)
    const points = randomPoints(createRandom(1), 2000, 128, { least: 64, most: 192 })
    const { rows } = await collection.upsert(points)
    const { disk } = collection.estimate({ points: points.length, rows: rows / points.length })
    // while it optimizes, 1.19 holds several times as much: replaced segments go with a later flush
    let taken = 0
    for (const end = performance.now() + 90_000; performance.now() < end; ) {
      taken = bytesOf(engine, collection.name) - before
      if (taken > 0.7 * disk && taken < 1.3 * disk) break
      await new Promise(resolve => setTimeout(resolve, 500))
    }
    console.log(`${name}: estimate ${(disk / 1e6).toFixed(0)} MB, taken ${(taken / 1e6).toFixed(0)} MB`)
    expect(taken / disk).toBeGreaterThan(0.7)
    expect(taken / disk).toBeLessThan(1.3)
  })
})

/** Bytes that a collection's files take on disk, holes not counted; its log of updates left out. */
function bytesOf({ folder }: Engine, name: string): number {
  // it reports files that went while it looked, and its sum is right all the same
  const { stdout } = spawnSync(
    'du',
    ['-s', '-B1', '--exclude=wal', `${folder}/storage/collections/${name}`],
    {
      encoding: 'utf8',
    },
  )
  return Number(stdout.split('\t')[0])
}
