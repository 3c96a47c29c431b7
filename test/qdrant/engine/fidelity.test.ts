// Every metric x datatype x storage x quantization: the server's scores and order equal the kernel's, within the bound.

import { afterAll, beforeAll, expect, it } from 'vitest'
import { createScorer, type Scorer } from '../../../src/index.js'
import { type QuantizationConfig, verify } from '../../../src/qdrant/index.js'
import { expectSame } from '../../support/expect-same.js'
import { createRandom, freshCollection, kind, randomPoints, randomRows } from './support.js'

const DISTANCES = ['Dot', 'Cosine', 'Euclid', 'Manhattan'] as const
const DATATYPES = ['float32', 'float16', 'uint8'] as const
const QUANTIZED: readonly (QuantizationConfig | undefined)[] = [
  undefined,
  { scalar: { type: 'int8' } },
  { binary: { always_ram: true } },
]

let scorer: Scorer

beforeAll(async () => {
  scorer = await createScorer()
})

afterAll(() => scorer.dispose())

const cases = DISTANCES.flatMap(distance =>
  DATATYPES.flatMap(datatype =>
    [false, true].flatMap(on_disk =>
      QUANTIZED.map(quantization_config => ({ distance, datatype, on_disk, quantization_config })),
    ),
  ),
)

// dims that are not a multiple of the lane width, that use the server's scalar path, and that use its fused products
const DIMS = [7, 24, 96]

it.each(cases)(
  'the server agrees with the kernel: $distance, $datatype, on disk: $on_disk, $quantization_config',
  async setting => {
    const { distance, datatype, on_disk, quantization_config } = setting
    const dim = DIMS[cases.indexOf(setting) % 3]!
    const random = createRandom(cases.indexOf(setting))
    const collection = await freshCollection({
      vectors: {
        colbert: {
          size: dim,
          distance,
          datatype,
          on_disk,
          ...(quantization_config && { quantization_config }),
        },
      },
      // a threshold of 1 KB, so that quantized copies are made where they need an optimized segment
      optimizers_config: { indexing_threshold: 1 },
    })
    const scale = datatype === 'uint8' ? 300 : undefined
    const points = randomPoints(random, kind === 'cluster' ? 60 : 120, dim, { scale })
    await collection.upsert(points)
    await optimized(collection)
    const queries = Array.from({ length: 3 }, (_, i) => randomRows(random, 1 + 7 * i, dim, scale))
    const source = new Map(points.map(({ id, vector }) => [id, vector.colbert]))
    const searches = quantization_config
      ? [{ quantization: { ignore: true } }, { quantization: { rescore: true, oversampling: 4 } }]
      : [{ exact: true }]
    for (const params of searches) {
      const isRescored = 'quantization' in params && 'rescore' in params.quantization
      const report = await verify(collection, queries, { scorer, params, source, scan: !isRescored })
      expectSame(report.order, [], 'order of verify')
      expectSame(report.documents, [], 'documents of verify')
      expectSame(report.missed, [], 'missed of verify')
      expectSame(
        report.checks.filter(({ ok }) => !ok),
        [],
        'scores out of bounds',
      )
      expect(report).toMatchObject({ ok: true, judged: true, hits: 30 })
    }
  },
)

async function optimized({ info }: { info: () => Promise<{ status: string }> }): Promise<void> {
  for (let waited = 0; waited < 10_000 && (await info()).status !== 'green'; waited += 50) {
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
