// The demo on a Qdrant server: `npm run demo -- --qdrant URL`. Loads a part of the dictionary into a collection, runs the
// same queries on the server and on a local copy, prints the results and the costs of both, removes the collection.
//
// A server has no weights of query rows and needs none: weight x (q·d) = (weight x q)·d, so the query rows are scaled.

import { formatDuration } from '../src/base/format-duration.js'
import { formatBytes, formatCount } from '../src/cli/output/format-figures.js'
import { createProgress, type Progress } from '../src/cli/output/progress.js'
import { inverseDocumentFrequency, type StaticEncoder } from '../src/encode/index.js'
import type { FlatMultiVector } from '../src/index.js'
import {
  type Comparison,
  compare,
  comparisonTable,
  createCollection,
  createLocalCopy,
  type Hit,
  type LocalCopy,
  type Point,
  type QdrantCollection,
  type UpsertReport,
} from '../src/qdrant/index.js'
import type { Arguments, ServerArguments } from './arguments.js'
import { interruptSignal, outputStyle } from './command-line.js'
import { createClient, findEngine } from './engine.js'
import { loadWordVectors } from './word-vectors.js'
import { type Definition, readDefinitions, wordnetFolder } from './wordnet.js'

const COLLECTION_NAME = 'maxsimd-dictionary'
/** Results of each query that are printed. */
const PRINTED_RESULTS = 3
/** Characters of each definition that are printed. */
const PRINTED_CHARACTERS = 70
const { stdout, stderr } = process

/** The results of both sides for one meaning. */
interface Found {
  readonly query: string
  readonly server: readonly Entry[]
  readonly kernel: readonly Entry[]
}

interface Entry {
  readonly words: readonly string[]
  readonly text: string
  readonly score: number
}

/** The figures of a whole run; printed with --json. */
interface DemoReport {
  readonly loaded: UpsertReport
  readonly found: readonly Found[]
  readonly comparison: Comparison
}

/** Runs the demo with these meanings. */
export async function runOnServer(
  { url, keep, definitions: count }: ServerArguments,
  { json, limit }: Pick<Arguments, 'json' | 'limit'>,
  meanings: readonly string[],
): Promise<void> {
  const signal = interruptSignal()
  const progress = createProgress(json && !stderr.isTTY ? { write() {} } : stderr)
  const client = createClient(await findEngine(url, process.env))
  const encoder = loadWordVectors()
  const definitions = selectDefinitions(readDefinitions(wordnetFolder()), encoder, count)

  const vectors = { words: { size: encoder.dim, distance: 'Dot' } } as const
  const collection = await createCollection(client, COLLECTION_NAME, { vectors }, { signal })
  let copy: LocalCopy | undefined
  try {
    const loaded = await load(collection, definitions, encoder, progress, signal)
    copy = await copyToKernel(collection, definitions.length, progress, signal)
    const queries = meanings.map(createWeightedQueries(definitions, encoder))
    const found: Found[] = []
    for (const [index, query] of meanings.entries()) {
      const server = await collection.query(queries[index]!, { limit, signal })
      const kernel = await copy.query(queries[index]!, { limit })
      found.push({ query, server: entriesOf(server, definitions), kernel: entriesOf(kernel, definitions) })
    }
    const comparison = await compare(collection, copy, queries, { limit, signal })
    const report: DemoReport = { loaded, found, comparison }
    stdout.write(json ? `${JSON.stringify(report)}\n` : reportText(report))
  } finally {
    copy?.dispose()
    if (!keep) await client.deleteCollection(COLLECTION_NAME)
    progress.finish(`${keep ? 'kept' : 'removed'}: collection "${COLLECTION_NAME}"`)
  }
}

/** Loads the definitions into the collection. */
async function load(
  collection: QdrantCollection,
  definitions: readonly Definition[],
  encoder: StaticEncoder,
  progress: Progress,
  signal: AbortSignal,
): Promise<UpsertReport> {
  const { length } = definitions
  progress.phase(`loading ${formatCount(length, 'definition')} into Qdrant ${collection.version}`)
  const onProgress = ({ points }: { points: number }) => progress.update(points / length)
  const loaded = await collection.upsert(pointsOf(definitions, encoder), { onProgress, signal })
  const size = `${formatCount(loaded.points, 'definition')}, ${formatCount(loaded.rows, 'row')}, ${formatBytes(loaded.bytes)} of JSON`
  progress.finish(`loaded: ${size}, in ${formatDuration(loaded.seconds)}`)
  return loaded
}

/** Copies the collection into the kernel's memory. */
async function copyToKernel(
  collection: QdrantCollection,
  total: number,
  progress: Progress,
  signal: AbortSignal,
): Promise<LocalCopy> {
  progress.phase('reading the collection back')
  const onProgress = (points: number) => progress.update(points / total)
  const copy = await createLocalCopy(collection, { signal, onProgress })
  progress.finish(`copied: ${formatBytes(copy.byteLength)} in memory, kernel ${copy.kernel}`)
  return copy
}

/** Evenly spaced definitions, each with a known word. */
function selectDefinitions(all: readonly Definition[], encoder: StaticEncoder, count: number): Definition[] {
  const step = Math.max(1, Math.floor(all.length / count))
  const selected: Definition[] = []
  for (let index = 0; index < all.length && selected.length < count; index += step) {
    const definition = all[index]!
    if (encoder.query(definition.text).tokens.length > 0) selected.push(definition)
  }
  return selected
}

function* pointsOf(definitions: readonly Definition[], encoder: StaticEncoder): Generator<Point> {
  for (const [id, { words, part, text }] of definitions.entries()) {
    yield { id, vector: { words: encoder.query(text) }, payload: { words, part, text } }
  }
}

/** A function that encodes a meaning, with rows scaled by the inverse document frequency of their words. */
function createWeightedQueries(
  definitions: readonly Definition[],
  encoder: StaticEncoder,
): (meaning: string) => FlatMultiVector {
  const weightOf = inverseDocumentFrequency(definitions.map(({ text }) => encoder.query(text)))
  return meaning => {
    const { data, dim, tokens } = encoder.query(meaning)
    if (tokens.length === 0) {
      throw new RangeError(`no word of "${meaning}" is known; use plain English words`)
    }
    return {
      dim,
      data: data.map((value, position) => value * weightOf(tokens[Math.floor(position / dim)]!.text)),
    }
  }
}

const entriesOf = (hits: readonly Hit[], definitions: readonly Definition[]): Entry[] =>
  hits.map(({ id, score }) => {
    const { words, text } = definitions[Number(id)]!
    return { words, text, score }
  })

function reportText({ found, comparison }: DemoReport): string {
  const style = outputStyle()
  const lines: string[] = []
  for (const { query, server, kernel } of found) {
    lines.push('', `> ${query}`, style('dim', '     server     kernel'))
    for (const [rank, { words, text, score }] of server.slice(0, PRINTED_RESULTS).entries()) {
      const local = kernel[rank]
      const difference = local && local.text !== text ? `  (kernel: ${local.words[0]})` : ''
      const scores = `${score.toFixed(4).padStart(11)}${(local?.score ?? Number.NaN).toFixed(4).padStart(11)}`
      const definition = text.slice(0, PRINTED_CHARACTERS)
      lines.push(`${scores}  ${style('bold', words.slice(0, 3).join(', '))}  ${definition}${difference}`)
    }
  }
  return `${lines.join('\n')}\n\n${comparisonTable(comparison)}\n`
}
