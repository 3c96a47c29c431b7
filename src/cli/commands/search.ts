// `maxsimd search`: searches an index, a store or a collection on a server, for one question or for all questions of a file.

import { Command, Option } from 'commander'
import type { Hit, PointId } from '../../collection/collection.js'
import { documentIdOf } from '../../collection/file-id.js'
import type { PackedRows } from '../../collection/packed-rows.js'
import type { QueryOptions } from '../../collection/search-options.js'
import { METRICS } from '../../core/metric.js'
import { type RunEntry, readQueries, runLines } from '../../formats/index.js'
import { isPageIndex } from '../../pages/page-index/page-catalog.js'
import type { Encoder } from '../../qdrant/index.js'
import type { TextAnswer, TextHit } from '../../text-index/index.js'
import { type EncoderArguments, INDEX_ENCODER, loadEncoder, withEncoder } from '../encoder-options.js'
import { openNamedFile } from '../named-file.js'
import { type ConnectionOptions, countOption, withConnection } from '../options.js'
import { helpText } from '../output/help-text.js'
import { hitsText, ignoredWordsText, type ShownHit, withoutRowsText } from '../output/hits-text.js'
import {
  DEFAULT_FOLDER,
  type LoadEncoder,
  type OpenSearch,
  openSearch,
  openServerSearch,
} from '../store-options.js'
import {
  EXIT_CODES,
  printJson,
  printNotice,
  progressOn,
  type SetExitCode,
  styleOn,
  type Terminal,
  UsageError,
} from '../terminal.js'

interface SearchArguments extends Omit<ConnectionOptions, 'collection'>, EncoderArguments {
  readonly collection?: string
  readonly store?: string
  readonly limit: number
  readonly explain?: boolean
  readonly filter?: string
  readonly queries?: string
  readonly using?: string
  readonly only?: 'words' | 'meaning'
  readonly heatmap?: string
}

const HELP = helpText(
  `
Searches every passage by words and by meaning, and shows the part that answers best with the matched words: "fear ~
panic 0.12" means that "fear" in the question matched "panic" in the text and added 0.12 to the score. --only words
finds only passages with words of the question, --only meaning compares rows only. --explain shows every word or row
of the question: what it matched, their similarity, its weight, and what it adds to the score. --collection searches a
collection on a server, by meaning; the texts of its points are the "text" in their payload, and words have no weights
there. With --queries, it answers all questions of a file and writes a TREC run. The file has JSON lines of {"id",
"text"} or {"id", "vector"}, or lines of an id, a tab and a text, or vectors in .npz, .npy, safetensors or Parquet. In
an index of pages, it finds pages by how they look; --heatmap writes why. Exit code 1: no results.`,
  [
    'npx maxsimd search fear of spiders',
    `npx maxsimd search "meeting notes" --filter '{"must":[{"key":"file","match":{"value":"notes/may.md"}}]}'`,
    'npx maxsimd search --collection notes fear of spiders --explain',
    'npx maxsimd search --queries queries.jsonl --limit 100 > run.txt',
  ],
)

export function createSearch(terminal: Terminal, setExitCode: SetExitCode): Command {
  const question = new Command('search').argument('[question...]', 'what to search for')
  const command = withEncoder(withConnection(question, { collection: 'optional' }), INDEX_ENCODER)
  return command
    .description('search the index, a store or a collection')
    .option(
      '--store <folder>',
      `folder of the text index or store (default without --collection: ${DEFAULT_FOLDER})`,
    )
    .addOption(countOption('--limit <n>', 'maximum number of results', 10))
    .option('--filter <json>', 'Qdrant filter on the payload: file, line, heading and other fields')
    .option('--queries <file>', 'answer all questions of a file and write a TREC run')
    .option('--using <vector>', 'vector to search, if there are several')
    .addOption(
      new Option('--only <what>', 'search a text index by words or by meaning only (default: both)').choices([
        'words',
        'meaning',
      ]),
    )
    .option('--explain', 'show the row that each row of the question matched')
    .option('--heatmap <folder>', 'of an index of pages: write a picture of why each page was found')
    .addHelpText('after', HELP)
    .action(async (words: string[]) =>
      setExitCode(await runSearch(words.join(' '), command.opts<SearchArguments>(), terminal)),
    )
}

async function runSearch(question: string, options: SearchArguments, terminal: Terminal): Promise<number> {
  const { queries, explain } = options
  if ((question.trim() === '') === (queries === undefined)) {
    throw new UsageError('a question or --queries <file> is required: npx maxsimd search "fear of spiders"')
  }
  if (explain && queries !== undefined) {
    throw new UsageError('"--explain" shows the rows of one question, and cannot be combined with --queries')
  }
  const filter = options.filter === undefined ? undefined : parseFilter(options.filter)
  if (await isPageSearch(options)) {
    const { searchPages } = await import('../pages/search-pages.js')
    return searchPages({ ...options, path: options.store ?? DEFAULT_FOLDER, question, filter }, terminal)
  }
  const index = await openIndex(options, terminal)
  if (index.lostStage !== undefined) {
    const { lostStageText } = await import('../first-stage/stage-options.js')
    printNotice(terminal, lostStageText(index.lostStage, options.store ?? DEFAULT_FOLDER))
  }
  try {
    return queries === undefined
      ? await answerQuestion(index, question, options, filter, terminal)
      : await answerFile(index, queries, options, filter, terminal)
  } finally {
    await index.close()
  }
}

/**
 * Whether the folder is an index of pages.
 *
 * @throws UsageError if an option does not fit
 */
async function isPageSearch({
  collection,
  store,
  heatmap,
  queries,
  using,
  only,
}: SearchArguments): Promise<boolean> {
  const folder = store ?? DEFAULT_FOLDER
  const isPages = collection === undefined && (await isPageIndex(folder))
  if (!isPages && heatmap !== undefined) {
    throw new UsageError('"--heatmap" is for indexes of pages; create one with: npx maxsimd index --pages')
  }
  for (const [flag, value] of Object.entries({ queries, using, only })) {
    if (isPages && value !== undefined)
      throw new UsageError(`"--${flag}" does not apply to "${folder}", an index of pages`)
  }
  return isPages
}

/** @throws UsageError if the options name a store and a collection */
async function openIndex(options: SearchArguments, terminal: Terminal): Promise<OpenSearch> {
  const { collection: name, store, using } = options
  if (name === undefined) {
    const folder = store ?? DEFAULT_FOLDER
    const { model } = options
    const load: LoadEncoder = name => loadEncoder({ model: model ?? name }, terminal)
    return openSearch(folder, load, using, model !== undefined)
  }
  if (store !== undefined) throw new UsageError('"--collection" and "--store" cannot be combined')
  const { connect } = await import('../connection.js')
  const open = async (encoder?: Encoder) => {
    const collection = await connect({ ...options, collection: name }, terminal, { encoder })
    const { withServerStage } = await import('../first-stage/carry-stage.js')
    return withServerStage(collection, options, terminal)
  }
  return openServerSearch(name, open, () => loadEncoder(options, terminal), using)
}

function parseFilter(text: string): object {
  try {
    return JSON.parse(text) as object
  } catch (cause) {
    throw new UsageError(`"--filter" is not valid JSON: ${(cause as Error).message}`, { cause })
  }
}

async function answerQuestion(
  index: OpenSearch,
  question: string,
  { limit, json, explain, only }: SearchArguments,
  filter: object | undefined,
  terminal: Terminal,
): Promise<number> {
  const answer = await index.search(question, { limit, filter, only, signal: terminal.signal })
  const { hits, unknown, suggestions, withoutRows } = answer
  const named = hits.map(({ rows, ...hit }) => ({ ...hit, id: documentIdOf(hit), ...(explain && { rows }) }))
  if (json) {
    const optional = {
      ...(suggestions && { suggestions }),
      ...(withoutRows !== undefined && { withoutRows }),
    }
    printJson(terminal, { question, unknown, ...optional, hits: named })
  } else {
    terminal.stdout.write(hitsText(named.map(shownHit), styleOn(terminal)))
    const ignored = ignoredWordsText(unknown, suggestions)
    if (ignored !== undefined) printNotice(terminal, ignored)
    if (hits.length === 0) printNotice(terminal, 'no results')
    if (withoutRows !== undefined) printNotice(terminal, withoutRowsText(withoutRows))
  }
  return hits.length > 0 ? EXIT_CODES.success : EXIT_CODES.problems
}

function shownHit({
  id,
  file,
  line,
  payload,
  ...hit
}: Omit<TextHit, 'rows'> & Pick<ShownHit, 'rows'>): ShownHit {
  const location = file === undefined ? `point ${id}` : `${file}:${line}`
  const heading = typeof payload.heading === 'string' ? payload.heading : undefined
  return { ...hit, location, heading }
}

/** Writes a TREC run. A document is named by the id of its JSON line, or else by the id of its point. */
async function answerFile(
  { collection, field, search }: OpenSearch,
  queriesFile: string,
  { limit, json, only }: SearchArguments,
  filter: object | undefined,
  terminal: Terminal,
): Promise<number> {
  const { signal } = terminal
  const progress = progressOn(terminal)
  progress.phase('searching')
  const run: RunEntry[] = []
  let pending: number | undefined
  const source = await openNamedFile(queriesFile)
  try {
    for await (const { name, vector, text = '' } of readQueries(source)) {
      const { hits, withoutRows }: Pick<TextAnswer, 'withoutRows'> & { hits: readonly (Hit | TextHit)[] } =
        vector
          ? {
              hits: await queryByVector({ collection, field }, vector, `${queriesFile}, query ${name}`, {
                limit,
                filter,
                signal,
              }),
            }
          : await search(text, { limit, filter, only, signal, explain: false })
      pending ??= withoutRows
      run.push({ query: name, hits: hits.map(hit => ({ id: nameOf(hit), score: hit.score })) })
    }
  } finally {
    await source.close()
  }
  progress.clear()
  if (pending !== undefined) printNotice(terminal, withoutRowsText(pending))
  if (json) printJson(terminal, run)
  else {
    const { ascending } = METRICS[field.distance.toLowerCase() as keyof typeof METRICS]
    for (const entry of run) checkNames(entry)
    // all lines before the first is written, so that an error leaves no half of a run
    terminal.stdout.write([...runLines(run, { ascending })].join(''))
  }
  return run.some(({ hits }) => hits.length > 0) ? EXIT_CODES.success : EXIT_CODES.problems
}

/** The name of a document in a run: the "id" of its payload, which a JSON line or a text id has, or the point's id. */
function nameOf({ id, payload }: Pick<Hit, 'id' | 'payload'>): PointId {
  const kept = payload?.id
  return typeof kept === 'string' || typeof kept === 'number' ? kept : id
}

async function queryByVector(
  { collection, field }: Pick<OpenSearch, 'collection' | 'field'>,
  vector: PackedRows,
  path: string,
  options: Pick<QueryOptions, 'limit' | 'filter' | 'signal'>,
): Promise<Hit[]> {
  try {
    return await collection.query(vector, { ...options, using: field.name, with_payload: ['id'] })
  } catch (cause) {
    if (!(cause instanceof RangeError || cause instanceof TypeError)) throw cause
    throw new Error(`${path}: ${cause.message}`, { cause })
  }
}

/** @throws Error if a run cannot have the names of a query's documents */
function checkNames({ query, hits }: RunEntry): void {
  const names = new Set<string>()
  for (const { id } of hits) {
    const name = String(id)
    if (!/^\S+$/.test(name)) {
      throw new Error(
        `a run separates fields by blanks, and query ${query} found the document ${JSON.stringify(name)}; rename it, or use --json`,
      )
    }
    if (names.has(name)) {
      throw new Error(
        `query ${query} found two documents with the name "${name}"; give each document a different id, or use --json`,
      )
    }
    names.add(name)
  }
}
