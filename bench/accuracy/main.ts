// `npm run bench:accuracy`. Compares the scores and rankings of each dtype with those of f32, and writes a page of
// Markdown. Measures no times. Progress goes to standard error.

import { writeFileSync } from 'node:fs'
import { stderr, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import {
  type BatchOptions,
  type Corpus,
  createScorer,
  type Dtype,
  type FlatMultiVector,
  type RankReport,
  type Scorer,
} from '../../src/index.js'
import { createRandomSet, type DataSet, loadBytesSet, loadDictionarySet, QUERIES } from './data-sets.js'

/** Queries that are also ranked exactly: with `binary`, nearly every document is rescored, one at a time. */
const CERTIFIED_QUERIES = 10
const LIMIT = 10
const OVERSAMPLING = 4

/** The scores in f32 of each query, and the indices of the best documents. */
interface Expected {
  readonly scores: readonly Float32Array[]
  readonly best: readonly ReadonlySet<number>[]
}

/** The accuracy of one dtype. */
interface Figures {
  readonly dtype: Dtype
  /** Bytes per element, including the directory. */
  readonly bytes: number
  readonly largestError: number
  readonly meanError: number
  readonly recall: number
  /** The recall with oversampling. */
  readonly oversampled: number
  /** Documents rescored per query for an exact ranking. */
  readonly rescored: number
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

function createFilledCorpus(scorer: Scorer, dtype: Dtype, documents: readonly FlatMultiVector[]): Corpus {
  const corpus = scorer.corpus({ dim: documents[0]!.dim, dtype })
  for (const document of documents) corpus.add(document)
  return corpus
}

/** The indices of the best documents for each query. */
const findBest = (corpus: Corpus, queries: readonly FlatMultiVector[], options: BatchOptions = {}) =>
  corpus
    .rankBatch(queries, { limit: LIMIT, ...options })
    .map(ranking => new Set(ranking.map(({ index }) => index)))

/** The share of the expected best documents that were found. */
function recallOf(found: readonly ReadonlySet<number>[], { best }: Expected): number {
  return mean(found.map((indices, i) => [...indices].filter(index => best[i]!.has(index)).length / LIMIT))
}

function measure(corpus: Corpus, { documents, queries }: DataSet, expected: Expected): Figures {
  const originals = corpus.dtype === 'f32' ? undefined : (index: number) => documents[index]!
  const oversampling = originals && OVERSAMPLING
  let largestError = 0
  const errors = queries.map((query, i) => {
    let sum = 0
    corpus.scores(query).forEach((score, k) => {
      const error = Math.abs(score - expected.scores[i]![k]!)
      largestError = Math.max(largestError, error)
      sum += error
    })
    return sum / corpus.length
  })
  const rescored: number[] = []
  const onReport = (report: RankReport) => rescored.push(report.rescored)
  findBest(corpus, queries.slice(0, CERTIFIED_QUERIES), { originals, onReport })
  return {
    dtype: corpus.dtype,
    bytes: corpus.byteLength / corpus.rows / corpus.dim,
    largestError,
    meanError: mean(errors),
    recall: recallOf(findBest(corpus, queries), expected),
    oversampled: recallOf(findBest(corpus, queries, { originals, oversampling }), expected),
    rescored: mean(rescored),
  }
}

const count = (value: number) => value.toLocaleString('en')

function tableRow(figures: Figures): string {
  const cells = [
    `\`${figures.dtype}\``,
    figures.bytes.toFixed(3),
    figures.largestError.toPrecision(2),
    figures.meanError.toPrecision(2),
    `${(100 * figures.recall).toFixed(1)} %`,
    `${(100 * figures.oversampled).toFixed(1)} %`,
    figures.rescored.toFixed(0),
  ]
  return `| ${cells.join(' | ')} |`
}

/** The section of one data set, with a table of all dtypes. */
function section(scorer: Scorer, data: DataSet): string {
  using exact = createFilledCorpus(scorer, 'f32', data.documents)
  const { queries } = data
  const expected = { scores: queries.map(query => exact.scores(query)), best: findBest(exact, queries) }
  const sample = expected.scores.slice(0, CERTIFIED_QUERIES).flatMap(scores => [...scores])
  const meanScore = mean(sample)
  const deviation = Math.sqrt(mean(sample.map(score => (score - meanScore) ** 2)))
  const lines = data.dtypes.map(dtype => {
    stderr.write(`${data.name}: ${dtype}\n`)
    using corpus = createFilledCorpus(scorer, dtype, data.documents)
    return tableRow(measure(corpus, data, expected))
  })
  const rowsPerQuery = mean(queries.map(query => query.data.length / query.dim))
  return `## ${data.name}

${count(data.documents.length)} documents, ${count(exact.rows)} rows of ${exact.dim}; ${QUERIES} queries of ${rowsPerQuery.toFixed(0)} rows.
f32 scores: mean ${meanScore.toFixed(2)}, standard deviation ${deviation.toFixed(2)}.

| dtype | bytes per element, with directory | largest error of a score | mean error | recall@${LIMIT} | recall@${LIMIT} with oversampling ${OVERSAMPLING} | rescored for a certified ranking |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
${lines.join('\n')}
`
}

const page = (kernel: string, sections: readonly string[]) => `# How accurate each dtype is

Written by \`npm run bench:accuracy -- --markdown docs/accuracy.md\` (kernel \`${kernel}\`). An error is the difference from the f32
score of the same document. recall@${LIMIT} is the share of the ${LIMIT} best documents in f32 that are among the ${LIMIT} best of the dtype. A
certified ranking equals the f32 ranking bit for bit, for every dtype. The last column is the number of documents that it rescores, as
the mean of ${CERTIFIED_QUERIES} queries (for \`f32\`: after the screen).

**Take \`f32\` and its default screen** as long as the rows fit in memory. The screen reads an int8 copy first, so \`rank\` has the speed of int8
and the result of f32. \`i8\` without originals is a fifth of the size and loses a little; the other dtypes are for the cases in
[choosing](choosing.md#which-dtype).

The data sets: \`dictionary\` has rows of word vectors of unit length. \`random\` has Gaussian unit rows, whose scores are nearly alike.
\`bytes\` has the rows of \`dictionary\`, scaled and shifted to 0 … 255.

${sections.join('\n')}
## Names in the core and in collections

The core (\`maxsimd\`) has short names. Collections (\`maxsimd/store\`, \`maxsimd/qdrant\`) have the names of Qdrant.

| core | collection | |
| --- | --- | --- |
| \`dim\` | \`size\` | elements in each row |
| \`metric\`: \`dot\` (default), \`cosine\`, \`euclid\`, \`manhattan\` | \`distance\`: \`Dot\`, \`Cosine\`, \`Euclid\`, \`Manhattan\` | how two rows are compared |
| \`dtype\`: \`f32\` (default) | \`datatype\`: \`float32\` (default) | 4 bytes per element |
| \`dtype\`: \`f16\` | \`datatype\`: \`float16\` | 2 bytes, half precision |
| \`dtype\`: \`u8\` | \`datatype\`: \`uint8\` | 1 byte, 0 … 255 |
| \`dtype\`: \`i16\`, \`i8\`, \`binary\` | \`datatype\`: \`i16\`, \`i8\`, \`binary\` (only in a store) | 2 bytes, 1 byte and 1 bit |
| \`index\` | \`id\` | names a document |
| \`subset\` | \`filter\` | selects the documents to rank |
`

const HELP = `Reports the size of each dtype, and how far its scores and rankings are from those of f32.

  npm run bench:accuracy                                 print the page on standard output
  npm run bench:accuracy -- --markdown docs/accuracy.md  write it to a file as well
`

async function main(args: readonly string[]): Promise<void> {
  const options = { help: { type: 'boolean', short: 'h' }, markdown: { type: 'string' } } as const
  const { help, markdown } = parseArgs({ args: [...args], options }).values
  if (help) {
    stdout.write(HELP)
    return
  }
  using scorer = await createScorer()
  const sets = [loadDictionarySet, createRandomSet, loadBytesSet]
  const text = page(
    scorer.kernel,
    sets.map(load => section(scorer, load())),
  )
  stdout.write(text)
  if (markdown !== undefined) writeFileSync(markdown, text)
}

main(process.argv.slice(2)).catch((error: Error) => {
  stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
