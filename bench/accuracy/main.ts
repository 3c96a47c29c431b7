// What each dtype costs and how far it is from f32, on real rows and on random ones:
//
//   npm run bench:accuracy -- --markdown docs/accuracy.md
//
// dictionary: the definitions of WordNet as rows of word vectors; 100 of them, held out, are the queries.
// bytes: every tenth of them, scaled and moved to 0 ... 255, which is what u8 is for.
// random: Gaussian unit rows, where all documents are nearly alike: the hardest case for a ranking.
//
// Prints a page of Markdown; progress goes to standard error. Measures no time.

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
import { between, random } from '../../test/support/random.js'
import { loadDictionary } from '../shared/dictionary.js'
import { unitRows } from '../shared/workloads.js'

/** Those for rows of any sign. */
const DTYPES: readonly Dtype[] = ['f32', 'f16', 'i16', 'i8', 'binary']
const QUERIES = 100
/** Of how many definitions one is taken for `bytes`. */
const EVERY = 10
/** Queries that are ranked with a certificate too: with bits nearly every document is scored again, one by one. */
const CERTIFIED = 10
const LIMIT = 10
const OVERSAMPLING = 4

interface DataSet {
  readonly name: string
  readonly documents: readonly FlatMultiVector[]
  readonly queries: readonly FlatMultiVector[]
  readonly dtypes: readonly Dtype[]
}

interface Figures {
  readonly dtype: Dtype
  readonly bytes: number
  readonly largestError: number
  readonly meanError: number
  readonly recall: number
  readonly oversampled: number
  readonly rescored: number
}

function dictionary(): DataSet {
  const all = loadDictionary().documents
  const apart = Math.floor(all.length / QUERIES)
  const isQuery = (index: number) => index % apart === 0 && index / apart < QUERIES
  return {
    name: 'dictionary',
    documents: all.filter((_, index) => !isQuery(index)),
    queries: all.filter((_, index) => isQuery(index)),
    dtypes: DTYPES,
  }
}

/** One scale and one offset for all rows, so that the extremes are 0 and 255. */
function bytes(): DataSet {
  const { documents, queries } = dictionary()
  const some = documents.filter((_, index) => index % EVERY === 0)
  const largest = Math.max(...some.map(({ data }) => Math.max(...Array.from(data, Math.abs))))
  const moved = ({ data, dim }: FlatMultiVector) => ({
    data: data.map(value => 127.5 * (1 + value / largest)),
    dim,
  })
  return {
    name: 'bytes',
    documents: some.map(moved),
    queries: queries.map(moved),
    dtypes: ['f32', 'i8', 'u8'],
  }
}

function randomRows(): DataSet {
  const next = random(20_26)
  return {
    name: 'random',
    documents: Array.from({ length: 500 }, () => unitRows(next, between(next, 64, 192), 128)),
    queries: Array.from({ length: QUERIES }, () => unitRows(next, 32, 128)),
    dtypes: DTYPES,
  }
}

function filled(scorer: Scorer, dtype: Dtype, documents: readonly FlatMultiVector[]): Corpus {
  const corpus = scorer.corpus({ dim: documents[0]!.dim, dtype })
  for (const document of documents) corpus.add(document)
  return corpus
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

/** What f32 says: the scores of each query, and the indices of its best. */
interface Expected {
  readonly scores: readonly Float32Array[]
  readonly best: readonly ReadonlySet<number>[]
}

const bestOf = (corpus: Corpus, queries: readonly FlatMultiVector[], options: BatchOptions = {}) =>
  corpus
    .rankBatch(queries, { limit: LIMIT, ...options })
    .map(ranking => new Set(ranking.map(({ index }) => index)))

/** The part of the best that was found. */
function recall(found: readonly ReadonlySet<number>[], { best }: Expected): number {
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
  bestOf(corpus, queries.slice(0, CERTIFIED), { originals, onReport })
  return {
    dtype: corpus.dtype,
    bytes: corpus.byteLength / corpus.rows / corpus.dim,
    largestError,
    meanError: mean(errors),
    recall: recall(bestOf(corpus, queries), expected),
    oversampled: recall(bestOf(corpus, queries, { originals, oversampling }), expected),
    rescored: mean(rescored),
  }
}

/** A section of the page: one data set, all dtypes. */
function section(scorer: Scorer, data: DataSet): string {
  using exact = filled(scorer, 'f32', data.documents)
  const { queries } = data
  const expected = { scores: queries.map(query => exact.scores(query)), best: bestOf(exact, queries) }
  const sample = expected.scores.slice(0, CERTIFIED).flatMap(scores => [...scores])
  const middle = mean(sample)
  const spread = Math.sqrt(mean(sample.map(score => (score - middle) ** 2)))
  const lines = data.dtypes.map(dtype => {
    stderr.write(`${data.name}: ${dtype}\n`)
    using corpus = filled(scorer, dtype, data.documents)
    const figures = measure(corpus, data, expected)
    return `| ${[
      `\`${dtype}\``,
      figures.bytes.toFixed(3),
      figures.largestError.toPrecision(2),
      figures.meanError.toPrecision(2),
      `${(100 * figures.recall).toFixed(1)} %`,
      `${(100 * figures.oversampled).toFixed(1)} %`,
      figures.rescored.toFixed(0),
    ].join(' | ')} |`
  })
  const count = (value: number) => value.toLocaleString('en')
  const rowsPerQuery = mean(queries.map(query => query.data.length / query.dim))
  return `## ${data.name}

${count(data.documents.length)} documents, ${count(exact.rows)} rows of ${exact.dim}; ${QUERIES} queries of ${rowsPerQuery.toFixed(0)} rows.
f32 scores: mean ${middle.toFixed(2)}, standard deviation ${spread.toFixed(2)}.

| dtype | bytes an element, directory included | largest error of a score | mean error | recall@${LIMIT} | with oversampling ${OVERSAMPLING} | re-scored for a certified ranking |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
${lines.join('\n')}
`
}

const help = `Reports what each dtype costs, and how far its scores and rankings are from f32.

  npm run bench:accuracy                               the page, on standard output
  npm run bench:accuracy -- --markdown docs/accuracy.md  into a file as well
`

async function main(args: readonly string[]): Promise<void> {
  const options = { help: { type: 'boolean', short: 'h' }, markdown: { type: 'string' } } as const
  const { help: asked, markdown } = parseArgs({ args: [...args], options }).values
  if (asked) {
    stdout.write(help)
    return
  }
  using scorer = await createScorer()
  const sections = [dictionary, randomRows, bytes].map(load => section(scorer, load()))
  const page = `# How accurate each dtype is

Written by \`npm run bench:accuracy -- --markdown docs/accuracy.md\` (kernel \`${scorer.kernel}\`). Errors are differences from the f32
scores of the same documents; recall is the share of the f32 ranking's best ${LIMIT} that the stored ranking has among its best ${LIMIT}.
A certified ranking is that of f32, bit for bit, whatever the dtype: the last column is what it takes, on average of
${CERTIFIED} queries (for \`f32\`, by its screen). \`dictionary\`: rows of word vectors of unit length; \`random\`: Gaussian unit rows, whose scores are nearly alike;
\`bytes\`: rows of \`dictionary\`, scaled and moved to 0 … 255.

${sections.join('\n')}`
  stdout.write(page)
  if (markdown !== undefined) writeFileSync(markdown, page)
}

main(process.argv.slice(2)).catch((error: Error) => {
  stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
