// The demo on a Qdrant server: `npm run demo -- --qdrant URL`. Loads a slice of the dictionary, asks the server and a
// copy in the kernel the same meanings, prints what both found and what it cost, and removes the collection again.
//
// The server knows no weights of query rows, and needs none: rarity x (q·d) is (rarity x q)·d, so the query's rows are
// made longer instead.

import { readFileSync } from 'node:fs'
import { formatDuration } from '../src/base/format-duration.js'
import { createProgress } from '../src/cli/output/progress.js'
import { createStyle, wantsStyle } from '../src/cli/output/style.js'
import { createStaticEncoder, inverseDocumentFrequency, type StaticEncoder } from '../src/encode/index.js'
import {
  compare,
  comparisonTable,
  createCollection,
  createLocalCopy,
  type Hit,
  type LocalCopy,
  type Point,
} from '../src/qdrant/index.js'
import type { Arguments, ServerArguments } from './arguments.js'
import { createClient, findEngine } from './engine.js'
import { type Definition, readDefinitions, wordnetFolder } from './wordnet.js'

const collectionName = 'maxsimd-dictionary'
const { stdout, stderr } = process

/** Ctrl-C. */
export class Interruption extends Error {
  override readonly name = 'Interruption'
}

/** What both sides found for a meaning. */
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

/** Runs the demo with these meanings. */
export async function runOnServer(
  { url, keep, definitions }: ServerArguments,
  { json, limit }: Pick<Arguments, 'json' | 'limit'>,
  meanings: readonly string[],
): Promise<void> {
  const interrupt = new AbortController()
  process.once('SIGINT', () => {
    interrupt.abort(new Interruption('interrupted'))
    process.once('SIGINT', () => process.exit(130))
  })
  const { signal } = interrupt
  const progress = createProgress(json && !stderr.isTTY ? { write() {} } : stderr)
  const client = createClient(await findEngine(url, process.env))
  const encoder = createStaticEncoder(readFileSync(new URL('../data/words.bin', import.meta.url)))
  const slice = sliceOf(readDefinitions(wordnetFolder()), encoder, definitions)

  const vectors = { words: { size: encoder.dim, distance: 'Dot' } } as const
  const collection = await createCollection(client, collectionName, { vectors }, { signal })
  let copy: LocalCopy | undefined
  try {
    progress.phase(
      `loading ${slice.length.toLocaleString('en')} definitions into Qdrant ${collection.version}`,
    )
    const onProgress = ({ points }: { points: number }) => progress.update(points / slice.length)
    const loaded = await collection.upsert(pointsOf(slice, encoder), { onProgress, signal })
    progress.finish(
      `loaded: ${loaded.points.toLocaleString('en')} definitions, ${loaded.rows.toLocaleString('en')} rows, ` +
        `${(loaded.bytes / 1e6).toFixed(1)} MB of JSON, in ${formatDuration(loaded.seconds)}`,
    )
    progress.phase('reading them back for the kernel')
    const read = (points: number) => progress.update(points / slice.length)
    copy = await createLocalCopy(collection, { signal, onProgress: read })
    progress.finish(`copied: ${(copy.byteLength / 1e6).toFixed(1)} MB in the memory of kernel ${copy.kernel}`)

    const queries = meanings.map(weightedQueries(slice, encoder))
    const asked = meanings.map((query, index) => ({ query, vector: queries[index]! }))
    const found: Found[] = []
    for (const { query, vector } of asked) {
      const [server, kernel] = [
        await collection.query(vector, { limit, signal }),
        await copy.query(vector, { limit }),
      ]
      found.push({ query, server: entriesOf(server, slice), kernel: entriesOf(kernel, slice) })
    }
    const comparison = await compare(collection, copy, queries, { limit, signal })
    if (json) stdout.write(`${JSON.stringify({ loaded, found, comparison })}\n`)
    else stdout.write(`${foundText(found)}\n${comparisonTable(comparison)}\n`)
  } finally {
    copy?.dispose()
    if (!keep) await client.deleteCollection(collectionName)
    progress.finish(keep ? `kept: collection "${collectionName}"` : `removed: collection "${collectionName}"`)
  }
}

/** Definitions from the whole dictionary, evenly, each with a known word. */
function sliceOf(all: readonly Definition[], encoder: StaticEncoder, count: number): Definition[] {
  const step = Math.max(1, Math.floor(all.length / count))
  const slice: Definition[] = []
  for (let index = 0; index < all.length && slice.length < count; index += step) {
    const definition = all[index]!
    if (encoder.query(definition.text).tokens.length > 0) slice.push(definition)
  }
  return slice
}

function* pointsOf(slice: readonly Definition[], encoder: StaticEncoder): Generator<Point> {
  for (const [id, { words, part, text }] of slice.entries()) {
    yield { id, vector: { words: encoder.query(text) }, payload: { words, part, text } }
  }
}

/** Makes queries whose rows are as long as their words are rare. */
function weightedQueries(slice: readonly Definition[], encoder: StaticEncoder) {
  const rarity = inverseDocumentFrequency(slice.map(({ text }) => encoder.query(text)))
  return (meaning: string) => {
    const { data, dim, tokens } = encoder.query(meaning)
    if (tokens.length === 0)
      throw new RangeError(`no word of "${meaning}" has a vector; use plain English words`)
    return { dim, data: data.map((value, k) => value * rarity(tokens[Math.floor(k / dim)]!.text)) }
  }
}

const entriesOf = (hits: readonly Hit[], slice: readonly Definition[]): Entry[] =>
  hits.map(({ id, score }) => {
    const { words, text } = slice[Number(id)]!
    return { words, text, score }
  })

function foundText(found: readonly Found[]): string {
  const style = createStyle(wantsStyle(process.env, stdout))
  const lines: string[] = []
  for (const { query, server, kernel } of found) {
    lines.push('', `> ${query}`, style('dim', '     server     kernel'))
    for (const [rank, { words, text, score }] of server.slice(0, 3).entries()) {
      const here = kernel[rank]
      const other = here && here.text !== text ? `  (kernel: ${here.words[0]})` : ''
      const scores = `${score.toFixed(4).padStart(11)}${(here?.score ?? Number.NaN).toFixed(4).padStart(11)}`
      lines.push(`${scores}  ${style('bold', words.slice(0, 3).join(', '))}  ${text.slice(0, 70)}${other}`)
    }
  }
  return `${lines.join('\n')}\n`
}
