// `maxsimd search`: searches an index or a store, for one question or for all questions of a file.

import { Command } from 'commander'
import type { Hit, PointId } from '../../collection/collection.js'
import { chooseField, vectorFieldsOf } from '../../collection/vector-fields.js'
import { METRICS } from '../../core/metric.js'
import { openFile, type RunEntry, readQueries, runLines } from '../../formats/index.js'
import type { TextHit } from '../../text-index/index.js'
import { type EncoderArguments, INDEX_ENCODER, loadEncoder, withEncoder } from '../encoder-options.js'
import { countOption } from '../options.js'
import { helpText } from '../output/help-text.js'
import { hitsText, ignoredWordsText, type ShownHit } from '../output/hits-text.js'
import { type OpenSearch, openSearch, type StoreArguments, withStore } from '../store-options.js'
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

interface SearchArguments extends StoreArguments, EncoderArguments {
  readonly limit: number
  readonly filter?: string
  readonly queries?: string
  readonly using?: string
}

const HELP = helpText(
  `
Scores every document exactly and shows the matched words: "fear ~ phobia 0.21" means that "fear" in the question
matched "phobia" in the text and added 0.21 to the score. With --queries, it answers all questions of a file and writes
a TREC run. The file has JSON lines of {"id", "text"} or {"id", "vector"}, or lines of an id, a tab and a text.
Exit code 1: no results.`,
  [
    'maxsimd search fear of spiders',
    `maxsimd search "meeting notes" --filter '{"must":[{"key":"file","match":{"value":"notes/may.md"}}]}'`,
    'maxsimd search --queries queries.jsonl --limit 100 > run.txt',
  ],
)

export function createSearch(terminal: Terminal, setExitCode: SetExitCode): Command {
  const command = withEncoder(
    withStore(new Command('search').argument('[question...]', 'what to search for')),
    INDEX_ENCODER,
  )
  return command
    .description('search the index')
    .addOption(countOption('--limit <n>', 'maximum number of results', 10))
    .option('--filter <json>', 'Qdrant filter on the payload: file, line, heading and other fields')
    .option('--queries <file>', 'answer all questions of a file and write a TREC run')
    .option('--using <vector>', 'vector to search, if the store has several')
    .addHelpText('after', HELP)
    .action(async (words: string[]) =>
      setExitCode(await runSearch(words.join(' '), command.opts<SearchArguments>(), terminal)),
    )
}

async function runSearch(question: string, options: SearchArguments, terminal: Terminal): Promise<number> {
  const { queries, store, using } = options
  if ((question.trim() === '') === (queries === undefined)) {
    throw new UsageError('a question or --queries <file> is required: maxsimd search "fear of spiders"')
  }
  const filter = options.filter === undefined ? undefined : parseFilter(options.filter)
  const loaded = await loadEncoder(options, terminal, store)
  const index = await openSearch(store, loaded, using)
  try {
    return queries === undefined
      ? await answerQuestion(index, question, options, filter, terminal)
      : await answerFile(index, queries, options, filter, terminal)
  } finally {
    await index.close()
  }
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
  { limit, json }: SearchArguments,
  filter: object | undefined,
  terminal: Terminal,
): Promise<number> {
  const { hits, unknown } = await index.search(question, { limit, filter, signal: terminal.signal })
  if (json) printJson(terminal, { question, unknown, hits })
  else {
    terminal.stdout.write(hitsText(hits.map(shownHit), styleOn(terminal)))
    const ignored = ignoredWordsText(unknown)
    if (ignored !== undefined) printNotice(terminal, ignored)
    if (hits.length === 0) printNotice(terminal, 'no results')
  }
  return hits.length > 0 ? EXIT_CODES.success : EXIT_CODES.problems
}

function shownHit({ id, file, line, payload, ...hit }: TextHit): ShownHit {
  const location = file === undefined ? `point ${id}` : `${file}:${line}`
  const heading = typeof payload.heading === 'string' ? payload.heading : undefined
  return { ...hit, location, heading }
}

/** Writes a TREC run. A document is named by the id of its JSON line, or else by the id of its point. */
async function answerFile(
  { store, search }: OpenSearch,
  queriesFile: string,
  { limit, using, json }: SearchArguments,
  filter: object | undefined,
  terminal: Terminal,
): Promise<number> {
  const { signal } = terminal
  const progress = progressOn(terminal)
  progress.phase('searching')
  const idOf = ({ id, payload }: Pick<Hit, 'id' | 'payload'>) => (payload?.id as PointId | undefined) ?? id
  const run: RunEntry[] = []
  const source = await openFile(queriesFile)
  try {
    for await (const { name, vector, text = '' } of readQueries(source)) {
      const hits = vector
        ? await store.query(vector, { using, limit, filter, with_payload: ['id'], signal })
        : (await search(text, { limit, filter, signal, explain: false })).hits
      run.push({ query: name, hits: hits.map(hit => ({ id: idOf(hit), score: hit.score })) })
    }
  } finally {
    await source.close()
  }
  progress.clear()
  const { distance } = chooseField(vectorFieldsOf(store.config.vectors), using)
  if (json) printJson(terminal, run)
  else {
    const { ascending } = METRICS[distance.toLowerCase() as keyof typeof METRICS]
    for (const line of runLines(run, { ascending })) terminal.stdout.write(line)
  }
  return run.some(({ hits }) => hits.length > 0) ? EXIT_CODES.success : EXIT_CODES.problems
}
