// Measures the cost and the loss of a server's datatypes and quantizations. Each has its own collection, which is queried
// for the ten best by the quantized vectors alone, and with the best of them rescored. The results are compared with exact
// search in f32 in this process. Times include the round trip to the server.

import type { QueryOptions } from '../../src/collection/search-options.js'
import { type Corpus, createScorer, type ScoredDocument } from '../../src/index.js'
import { estimateCollection, type QuantizationConfig, type ServerDatatype } from '../../src/qdrant/index.js'
import { summarize } from '../shared/timing.js'
import type { ServerBackend } from './backends.js'
import type { Dataset } from './dataset.js'
import { exactScores } from './measure.js'
import { LIMIT, measureQuality } from './quality.js'
import type { QuantizedResult } from './quantized-result.js'

const QUANTIZATIONS: Readonly<Record<string, QuantizationConfig>> = {
  'scalar int8': { scalar: { type: 'int8', always_ram: true } },
  'turbo, 4 bits': { turbo: { bits: 'bits4', always_ram: true } },
  'turbo, 2 bits': { turbo: { bits: 'bits2', always_ram: true } },
  'turbo, 1 bit': { turbo: { bits: 'bits1', always_ram: true } },
  'binary, 2 bits': { binary: { encoding: 'two_bits', always_ram: true } },
  'binary, 1 bit': { binary: { encoding: 'one_bit', always_ram: true } },
  'product x16': { product: { compression: 'x16', always_ram: true } },
}

/** The multiples of `limit` that are rescored. 0 rescores nothing. */
const OVERSAMPLINGS = [0, 1, 4]

/** The storage of one collection's vectors. */
interface Setting {
  readonly name: string
  readonly datatype?: ServerDatatype
  readonly quantization_config?: QuantizationConfig
}

/** Measures all datatypes and quantizations. */
export async function measureQuantized(
  data: Dataset,
  server: ServerBackend,
  onSetting: (setting: string) => void,
): Promise<QuantizedResult[]> {
  using scorer = await createScorer()
  const exact = scorer.corpus({ dim: data.dim })
  for (const document of data.documents) exact.add(document)
  const settings: Setting[] = [
    ...server.datatypes.map(datatype => ({ name: datatype, datatype })),
    ...Object.entries(QUANTIZATIONS).map(([name, quantization_config]) => ({ name, quantization_config })),
  ]
  const best = data.queries.map(({ rows }) => exact.rank(rows, { limit: LIMIT }))
  const results: QuantizedResult[] = []
  for (const setting of settings) {
    onSetting(`${setting.name} in ${server.name}`)
    results.push(...(await measureSetting(setting, server, data, exact, best)))
  }
  return results
}

async function measureSetting(
  { name, ...config }: Setting,
  server: ServerBackend,
  { dim, documents, queries }: Dataset,
  exact: Corpus,
  best: readonly ScoredDocument[][],
): Promise<QuantizedResult[]> {
  const vectors = { full: { size: dim, distance: 'Dot', ...config } } as const
  const cost = estimateCollection(
    { vectors },
    { points: documents.length, rows: exact.rows / documents.length },
  ).vectors.full!
  const collection = await server.create(vectors)
  try {
    await collection.upsert(documents.map((full, id) => ({ id, vector: { full } })))
    await collection.ready()
    const results: QuantizedResult[] = []
    for (const oversampling of config.quantization_config ? OVERSAMPLINGS : [0]) {
      const rescore = oversampling > 0
      const quantization = rescore ? { rescore, oversampling } : { rescore }
      const options: QueryOptions = { limit: LIMIT, params: { quantization } }
      const times: number[] = []
      let different = 0
      const found = []
      for (const { rows } of queries) {
        const started = performance.now()
        const hits = await collection.query(rows, options)
        times.push(performance.now() - started)
        const ranked = hits.map(({ id, score }) => ({ index: Number(id), score }))
        const scored = exactScores(exact, rows, ranked)
        different += ranked.filter(({ score }, i) => Math.abs(score - scored[i]!.score) > 1e-4).length
        found.push(scored)
      }
      // guards against a collection that was not quantized
      if (name !== 'float32' && !rescore && different === 0)
        throw new Error(
          `${name} in ${server.name}: every score equals that in f32, so the vectors are not quantized`,
        )
      if (rescore && different > 0)
        throw new Error(`${name} in ${server.name}: ${different} rescored scores differ from those in f32`)
      results.push({
        setting: rescore ? `${name}, ${oversampling * LIMIT} rescored` : name,
        place: server.name,
        searched: (config.quantization_config ? cost.quantized : cost.originals) / documents.length,
        readAgain: rescore ? cost.originals / documents.length : 0,
        milliseconds: summarize(times).median,
        ...measureQuality(best, found),
      })
    }
    return results
  } finally {
    await collection.dispose()
  }
}
