// Measures each first stage on a sample, and chooses one.
//
//   rank of a document ≈ 1 + (drawn documents with a better prediction) x all documents / drawn documents
//   recall of a query  = the share of its exact results whose rank is at most the number of candidates

import { median } from '../../base/median.js'
import type { ReadableCollection } from '../../collection/collection.js'
import { type Corpus, createCorpus } from '../../core/corpus.js'
import type { FlatMultiVector, MultiVector } from '../../core/multivector.js'
import { startPackedMemory } from '../../core/packed-documents.js'
import { type CorpusConfig, parseCorpusConfig } from '../../core/scorer-options.js'
import type { Kernel } from '../../kernel/kernel.js'
import { countRows, findDistinctRows } from '../lemur/draw-rows.js'
import { fitLemur } from '../lemur/lemur.js'
import { lemurFirst, meanFirst, muveraFirst, pooledFirst, STAGE_MUVERA } from '../presets.js'
import type { Stages } from '../two-stage.js'
import type { Advice, AdviceQuery, AdviceSettings, StageAdvice } from './advice.js'
import { type AdviceSample, drawSample } from './draw-sample.js'

/** Exact search that takes at most this many milliseconds needs no first stage. */
const FAST_ENOUGH = 50
/** Exact search of this many rows is fast on every machine, even if it was busy when it was measured. */
const FEW_ROWS = 10_000
/** Half the width of an interval with 95 %, in standard errors. */
const NORMAL_95 = 1.96
const LEMUR_SIZES = [512, 1024]
/** Documents that are encoded between two checks of the signal. */
const REPORT_STEP = 50

/** A first stage to measure. */
interface Candidate {
  readonly stage: Exclude<StageAdvice['stage'], 'exact'>
  readonly stages: Stages
  readonly datatypes: readonly StageAdvice['datatype'][]
  /** The program lines that make `stages`, with DATATYPE for the settings of the first stage. */
  readonly config: string
}

/** The smallest number of documents for each candidate, if the number of candidates is not given. */
const MIN_SHARE = 10

/** A stage with one datatype, measured for any number of candidates. */
interface MeasuredStage {
  /** The program lines that make the stage. */
  readonly config: string
  /** The figures with this many candidates, which take `rescoring` milliseconds to score exactly. */
  adviceFor(candidates: number, rescoring: number): StageAdvice
}

/** Measures all stages on a collection. */
export async function measureStages(
  collection: ReadableCollection,
  queries: readonly AdviceQuery[],
  settings: AdviceSettings,
): Promise<Advice> {
  const sample = await drawSample(collection, queries, settings)
  const { kernel } = await startPackedMemory({})
  using measured = measureExact(kernel, sample, settings)
  const exact: StageAdvice = {
    ...{ stage: 'exact', datatype: 'float32', size: settings.field.size, recall: 1, low: 1, high: 1 },
    ...{ milliseconds: median(sample.milliseconds), bytes: measured.bytes },
  } as const
  const stages: MeasuredStage[] = []
  for (const candidate of await candidatesFor(sample, settings, measured.metric)) {
    stages.push(...(await measureCandidate(kernel, candidate, sample, settings)))
  }
  const rows = sample.documents.reduce((sum, { data, dim }) => sum + data.length / dim, 0)
  const isFast =
    settings.milliseconds === undefined
      ? exact.milliseconds <= FAST_ENOUGH || (rows / sample.documents.length) * sample.total <= FEW_ROWS
      : exact.milliseconds <= settings.milliseconds
  const [least, ...more] = settings.candidates
  const choose = (count: number) => chooseStage(stages, settings, count, measured.rescoring(count))
  let choice = choose(least)
  for (const count of more) {
    if (isFast || MIN_SHARE * count > sample.total) break
    const other = choose(count)
    const isFaster = other.isGood && 2 * other.chosen.advice.milliseconds <= choice.chosen.advice.milliseconds
    if (isFaster || !choice.isGood) choice = other
  }
  const { candidates, advised, isGood, chosen } = choice
  return {
    ...{ documents: sample.total, queries: queries.length, candidates },
    target: settings.recall,
    stages: [exact, ...advised.map(({ advice }) => advice)],
    recommended: isFast ? exact : chosen.advice,
    reaches: isFast || isGood,
    config: isFast ? '' : chosen.config,
  }
}

/** Chooses the fastest stage that reaches the recall, or else the one with the best recall. */
function chooseStage(
  stages: readonly MeasuredStage[],
  { recall }: AdviceSettings,
  candidates: number,
  rescoring: number,
) {
  const advised = stages.map(({ config, adviceFor }) => ({
    config,
    advice: adviceFor(candidates, rescoring),
  }))
  const good = advised.filter(({ advice }) => advice.low >= recall)
  const isGood = good.length > 0
  const chosen = isGood
    ? good.reduce((best, other) => (other.advice.milliseconds < best.advice.milliseconds ? other : best))
    : advised.reduce((best, other) => (other.advice.recall > best.advice.recall ? other : best))
  return { candidates, advised, isGood, chosen }
}

const corpusOf = (kernel: Kernel, config: CorpusConfig): Corpus =>
  createCorpus(kernel, parseCorpusConfig(config))

/** The metric, the bytes of a document's rows, and the time to score candidates of a query exactly. To be disposed. */
function measureExact(kernel: Kernel, { documents, queries }: AdviceSample, { field }: AdviceSettings) {
  const metric = field.distance === 'Cosine' ? 'cosine' : 'dot'
  const corpus = corpusOf(kernel, { dim: field.size, metric })
  for (const document of documents) corpus.add(document)
  return {
    metric,
    bytes: corpus.byteLength / documents.length,
    /** Milliseconds for some candidates: measured for those that the sample has. */
    rescoring(candidates: number) {
      const count = Math.min(candidates, documents.length)
      const subset = Uint32Array.from({ length: count }, (_, i) => Math.floor((i * documents.length) / count))
      const times = queries.map(({ vector }) => timed(() => corpus.rank(vector, { subset })).milliseconds)
      return (median(times) * candidates) / count
    },
    [Symbol.dispose]: () => corpus.dispose(),
  } as const
}

/** The first stages that the rows allow. */
async function candidatesFor(
  { documents, drawn }: AdviceSample,
  { field, seed, signal }: AdviceSettings,
  metric: 'dot' | 'cosine',
): Promise<Candidate[]> {
  const { size } = field
  const distance = field.distance as 'Dot' | 'Cosine'
  const common = `size: ${size}, distance: '${distance}'`
  const both = ['float32', 'i8'] as const
  const list: Candidate[] = [
    {
      stage: 'meanFirst',
      stages: meanFirst({ size, distance }),
      datatypes: both,
      config: `const stages = meanFirst({ ${common}DATATYPE })`,
    },
    {
      stage: 'pooledFirst',
      stages: pooledFirst({ size, distance, protect: 0 }),
      datatypes: both,
      config: `const stages = pooledFirst({ ${common}, protect: 0DATATYPE })`,
    },
  ]
  if (STAGE_MUVERA.dimProj <= size) {
    list.push({
      stage: 'muveraFirst',
      stages: muveraFirst({ size, distance, ...STAGE_MUVERA }),
      datatypes: both,
      config: `const stages = muveraFirst({ ${common}, kSim: 4, dimProj: 8, rReps: 20DATATYPE })`,
    })
  }
  const fitted = documents.slice(0, drawn)
  const rows = findDistinctRows(fitted, countRows(fitted, size), size).length
  for (const lemurSize of LEMUR_SIZES.filter(each => 4 * each <= rows)) {
    const lemur = await fitLemur(fitted, { size: lemurSize, metric, seed, signal })
    list.push({
      stage: 'lemurFirst',
      stages: lemurFirst({ lemur }),
      datatypes: both,
      config:
        `const lemur = await fitLemur(documents, { size: ${lemurSize}, metric: '${metric}' }) // of 10,000 documents\n` +
        'const stages = lemurFirst({ lemurDATATYPE }) // keep lemur.toBytes()',
    })
  }
  return list
}

/** Measures a stage with each of its datatypes. */
async function measureCandidate(
  kernel: Kernel,
  { stage, stages, datatypes, config }: Candidate,
  { total, documents, drawn, queries }: AdviceSample,
  { signal, onProgress }: AdviceSettings,
): Promise<MeasuredStage[]> {
  const [first] = stages.query(queries[0]!.vector).prefetch
  const name = first!.using
  const { size, distance } = stages.vectors[name]!
  const metric = distance === 'Cosine' ? 'cosine' : 'dot'
  const corpora = datatypes.map(datatype =>
    corpusOf(kernel, { dim: size, metric, dtype: datatype === 'i8' ? 'i8' : 'f32' }),
  )
  for (const [i, document] of documents.entries()) {
    const encoded = rowsOf(stages.document(document)[name]!)
    for (const corpus of corpora) corpus.add(encoded)
    if (i % REPORT_STEP > 0) continue
    signal?.throwIfAborted()
    onProgress?.({ phase: 'documents', done: i + 1, total: documents.length })
    await new Promise(resolve => setTimeout(resolve, 0))
  }
  const encoded = queries.map(({ vector }) => timed(() => rowsOf(stages.query(vector).prefetch[0]!.query)))
  const encoding = median(encoded.map(({ milliseconds }) => milliseconds))
  return corpora.map((corpus, i) => {
    const scans = encoded.map(({ result }) => timed(() => corpus.scores(result)))
    const ranks = scans.flatMap(({ result }, query) => {
      const { best } = queries[query]!
      return best.length > 0 ? [best.map(position => rankOf(result, position, drawn, total))] : []
    })
    const scan = (median(scans.map(({ milliseconds }) => milliseconds)) * total) / documents.length
    const bytes = corpus.byteLength / documents.length
    corpus.dispose()
    const datatype = datatypes[i]!
    return {
      config: config.replace('DATATYPE', datatype === 'i8' ? ", first: { datatype: 'i8' }" : ''),
      adviceFor: (candidates, rescoring) => ({
        ...{ stage, datatype, size, bytes },
        ...recallWith(candidates, ranks),
        milliseconds: encoding + scan + rescoring,
      }),
    }
  })
}

/** The share of the ranks of each query that are at most `candidates`: the mean, and its interval. */
function recallWith(candidates: number, ranks: readonly (readonly number[])[]) {
  const recalls = ranks.map(list => list.filter(rank => rank <= candidates).length / list.length)
  const recall = recalls.reduce((sum, value) => sum + value, 0) / recalls.length
  const variance =
    recalls.reduce((sum, value) => sum + (value - recall) ** 2, 0) / Math.max(1, recalls.length - 1)
  const margin = NORMAL_95 * Math.sqrt(variance / recalls.length)
  return { recall, low: Math.max(0, recall - margin), high: Math.min(1, recall + margin) }
}

/** The estimated rank of a document among all documents. */
function rankOf(scores: Float32Array, position: number, drawn: number, total: number): number {
  let better = 0
  for (let i = 0; i < drawn; i++) if (scores[i]! > scores[position]!) better++
  return 1 + (better * total) / drawn
}

/** Rows of a first stage: a single vector is one row. */
const rowsOf = (value: FlatMultiVector | Float32Array): MultiVector => ('dim' in value ? value : [value])

function timed<T>(run: () => T): { readonly milliseconds: number; readonly result: T } {
  const started = performance.now()
  const result = run()
  return { milliseconds: performance.now() - started, result }
}
