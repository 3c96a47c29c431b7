// Ranks the documents of a folder in BEIR's layout for each judged query, by late interaction, in memory:
//
//   corpus.jsonl         {"_id": "d1", "title": "…", "text": "…"}
//   queries.jsonl        {"_id": "q1", "text": "…"}
//   qrels/test.tsv       query-id, corpus-id, score

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { createLocalScorer } from '../../core/scorer.js'
import { type Encoded, inverseDocumentFrequency, type TokenWeight } from '../../encode/index.js'
import type { Qrels, Run } from '../../evaluation/index.js'
import { formatError } from '../../formats/bytes/byte-source.js'
import { type ByteSource, readPoints, readQrels, readQueries } from '../../formats/index.js'
import type { LoadedEncoder } from '../encoder-options.js'
import { openNamedFile } from '../named-file.js'
import { formatCount } from '../output/format-figures.js'
import { printNotice, progressOn, type Terminal, UsageError } from '../terminal.js'
import { firstOf } from './evaluation-text.js'

/** The options of a ranking of a folder. */
export interface FolderOptions {
  /** The name of the judgements: `qrels/SPLIT.tsv`. */
  readonly split: string
  /** Maximum number of documents for each query. */
  readonly limit: number
}

/** Texts that are encoded in one call. */
const BATCH_TEXTS = 64

/** Opens a file, passes it to `use` and closes it. */
export async function withFile<T>(path: string, use: (source: ByteSource) => Promise<T>): Promise<T> {
  const source = await openNamedFile(path)
  try {
    return await use(source)
  } finally {
    await source.close()
  }
}

/**
 * Encodes the documents and the judged queries of a folder and ranks the documents for each. A document with the id of the
 * query is left out, as BEIR does. The encoder is loaded after the folder was checked.
 *
 * @throws Error that names a file that is missing or empty, or the line of a file that is invalid
 * @throws FormatError if a document has no id, or two documents or queries have the same
 */
export async function rankFolder(
  folder: string,
  { split, limit }: FolderOptions,
  load: () => Promise<LoadedEncoder>,
  terminal: Terminal,
): Promise<{ readonly run: Run; readonly qrels: Qrels }> {
  await checkSplit(folder, split)
  const qrels = await withFile(join(folder, 'qrels', `${split}.tsv`), readQrels)
  const queries = await withFile(join(folder, 'queries.jsonl'), source => readJudged(source, qrels))
  const loaded = await load()
  const { encoder } = loaded
  const corpus = (await createLocalScorer()).corpus({ dim: encoder.dim })
  const { ids, names, weight } = await withFile(join(folder, 'corpus.jsonl'), source =>
    addDocuments(source, loaded, rows => corpus.add(rows), terminal),
  )
  reportUnknown(folder, qrels, ids, terminal)
  const run = new Map<string, Map<string, number>>()
  const progress = progressOn(terminal)
  for (const [name, text] of queries) {
    // lets ctrl-C through
    await setImmediate()
    terminal.signal.throwIfAborted()
    progress.phase('searching', `${run.size} of ${queries.size}`)
    const query = await encoder.query(text)
    const weights = weight && query.tokens.map(weight)
    const hits =
      query.tokens.length === 0 || names.length === 0
        ? []
        : corpus.rank(query, { limit: limit + 1, ...(weights && { weights }) })
    const others = hits
      .map(({ index, score }) => [names[index]!, score] as const)
      .filter(([id]) => id !== name)
    run.set(name, new Map(others.slice(0, limit)))
  }
  progress.clear()
  return { run, qrels }
}

/** @throws UsageError if the folder has other judgements, but not these */
async function checkSplit(folder: string, split: string): Promise<void> {
  const files = await readdir(join(folder, 'qrels')).catch(() => [])
  const splits = files.filter(file => file.endsWith('.tsv')).map(file => file.slice(0, -'.tsv'.length))
  if (splits.length === 0 || splits.includes(split)) return
  const others = splits.sort().map(name => `--split ${name}`)
  throw new UsageError(`"${join(folder, 'qrels')}" has no ${split}.tsv; pass ${others.join(' or ')}`)
}

/** Reports relevant documents that the corpus does not have: no search can find them, so they lower every measure. */
function reportUnknown(folder: string, qrels: Qrels, ids: ReadonlySet<string>, terminal: Terminal): void {
  const relevant = [...qrels.values()].flatMap(grades => [...grades].filter(([, grade]) => grade > 0))
  const unknown = [...new Set(relevant.map(([id]) => id))].filter(id => !ids.has(id))
  if (unknown.length === 0) return
  const subject = formatCount(unknown.length, 'relevant document is', 'relevant documents are')
  printNotice(terminal, `${folder}: ${subject} not in corpus.jsonl: ${firstOf(unknown)}`)
}

/** Adds an id. `what`: what has it. @throws FormatError if it was added before */
function addId(ids: Set<string>, id: string, { name }: ByteSource, what: string): void {
  if (ids.has(id)) throw formatError(name, `has ${what} ${JSON.stringify(id)} a second time`)
  ids.add(id)
}

async function readJudged(source: ByteSource, qrels: Qrels): Promise<ReadonlyMap<string, string>> {
  const queries = new Map<string, string>()
  const ids = new Set<string>()
  for await (const { name, text } of readQueries(source)) {
    addId(ids, name, source, 'query')
    if (text !== undefined && qrels.has(name)) queries.set(name, text)
  }
  return queries
}

/** Encodes documents in batches. Returns their ids, those of documents with rows in order, and the weights of tokens. */
async function addDocuments(
  source: ByteSource,
  { encoder, weighted }: LoadedEncoder,
  add: (rows: Encoded) => void,
  terminal: Terminal,
): Promise<{
  readonly ids: ReadonlySet<string>
  readonly names: string[]
  readonly weight: TokenWeight | undefined
}> {
  const names: string[] = []
  const counted: Pick<Encoded, 'tokens'>[] = []
  const progress = progressOn(terminal)
  const encode = async (batch: readonly { readonly id: string; readonly text: string }[]) => {
    terminal.signal.throwIfAborted()
    const encoded = await encoder.documents(batch.map(({ text }) => text))
    for (const [i, rows] of encoded.entries()) {
      if (rows.tokens.length === 0) continue
      add(rows)
      names.push(batch[i]!.id)
      if (weighted) counted.push({ tokens: rows.tokens })
    }
    progress.phase('encoding', String(names.length))
  }
  let batch: { readonly id: string; readonly text: string }[] = []
  let count = 0
  const ids = new Set<string>()
  for await (const { id, text, payload } of readPoints(source, { format: 'jsonl' })) {
    count++
    if (id === undefined) throw formatError(source.name, `has no "_id" in document ${count}`)
    addId(ids, String(id), source, 'document')
    const { title } = payload
    const whole = `${typeof title === 'string' ? title : ''} ${text ?? ''}`.trim()
    batch.push({ id: String(id), text: whole })
    if (batch.length < BATCH_TEXTS) continue
    await encode(batch)
    batch = []
  }
  if (count === 0) throw formatError(source.name, 'has no documents')
  if (batch.length > 0) await encode(batch)
  progress.clear()
  return { ids, names, weight: weighted ? inverseDocumentFrequency(counted) : undefined }
}
