// `maxsimd search`: a question to an index or a store. Arguments in, passages out; or many questions, and a TREC run.

import { Command } from 'commander'
import type { Hit, PointId } from '../../collection/collection.js'
import { METRICS } from '../../core/metric.js'
import { openFile, type RunEntry, readQueries, runLines } from '../../formats/index.js'
import type { Store } from '../../store/index.js'
import type { TextSearch } from '../../text-index/index.js'
import { wholeFrom } from '../connection.js'
import { hitsText } from '../output/hits-text.js'
import {
  type EncoderArguments,
  loadEncoder,
  openSearch,
  type StoreArguments,
  withEncoder,
  withStore,
} from '../store-options.js'
import { exitCodes, printJson, progressOn, styleOn, type Terminal, tell, UsageError } from '../terminal.js'

interface SearchArguments extends StoreArguments, EncoderArguments {
  readonly limit: number
  readonly filter?: string
  readonly queries?: string
  readonly using?: string
}

const help = `
Scores every document exactly and shows the words that matched: "fear ~ phobia 0.21" says that "fear" of the question
found "phobia" in the text, and what that adds to the score. With --queries it answers all questions of a file as a
TREC run: JSON lines of {"id", "text"} or {"id", "vector"}, or lines of an id, a tab and a text.

Example:
  maxsimd search fear of spiders
  maxsimd search "meeting notes" --filter '{"must":[{"key":"file","match":{"value":"notes/may.md"}}]}'
  maxsimd search --queries queries.jsonl --limit 100 > run.txt

Exit code: 0 something was found, 1 nothing was, 2 it could not be done.
`

/** The command, which tells its exit code to `done`. */
export function createSearch(terminal: Terminal, done: (code: number) => void): Command {
  const command = withEncoder(withStore(new Command('search').argument('[question...]', 'what to look for')))
  return command
    .description('find passages by what they say')
    .option('--limit <n>', 'results', wholeFrom(1), 10)
    .option('--filter <json>', "a filter in Qdrant's words over the payloads: file, line, heading and others")
    .option('--queries <file>', 'answer all questions of a file, as a TREC run')
    .option('--using <vector>', 'the vector of a store that has several')
    .addHelpText('after', help)
    .action(async (words: string[]) =>
      done(await run(words.join(' '), command.opts<SearchArguments>(), terminal)),
    )
}

async function run(question: string, asked: SearchArguments, terminal: Terminal): Promise<number> {
  if ((question.trim() === '') === (asked.queries === undefined)) {
    throw new UsageError('expected a question, or --queries <file>: maxsimd search "fear of spiders"')
  }
  const filter = asked.filter === undefined ? undefined : parseFilter(asked.filter)
  const loaded = await loadEncoder(asked, terminal, asked.store)
  const index = await openSearch(asked.store, loaded, asked.using)
  try {
    const { limit } = asked
    const { signal } = terminal
    if (asked.queries !== undefined) return await runAll(index, asked, filter, terminal)
    const { hits, unknown } = await index.search(question, { limit, filter, signal })
    if (asked.json) printJson(terminal, { question, unknown, hits })
    else {
      terminal.stdout.write(hitsText(hits, styleOn(terminal)))
      if (unknown.length > 0) tell(terminal, `not known: ${unknown.join(', ')}`)
      if (hits.length === 0) tell(terminal, 'nothing was found')
    }
    return hits.length > 0 ? exitCodes.well : exitCodes.found
  } finally {
    await index.close()
  }
}

function parseFilter(text: string): object {
  try {
    return JSON.parse(text) as object
  } catch (cause) {
    throw new UsageError(`"--filter" is no JSON: ${(cause as Error).message}`, { cause })
  }
}

/** Every question of a file; a hit is named by the id of its own line where the texts had ids. */
async function runAll(
  index: TextSearch & { readonly store: Store },
  { queries: file = '', limit, using, json }: SearchArguments,
  filter: object | undefined,
  terminal: Terminal,
): Promise<number> {
  const { signal } = terminal
  const progress = progressOn(terminal)
  progress.stage('searching')
  const rankings: RunEntry[] = []
  const source = await openFile(file)
  try {
    for await (const { name, vector, text = '' } of readQueries(source)) {
      const found = vector
        ? await index.store.query(vector, { using, limit, filter, with_payload: ['id'], signal })
        : (await index.search(text, { limit, filter, signal, explain: false })).hits
      // a text that had an id of its own goes by that
      const idOf = ({ id, payload }: Pick<Hit, 'id' | 'payload'>) =>
        (payload?.id as PointId | undefined) ?? id
      rankings.push({ query: name, hits: found.map(hit => ({ id: idOf(hit), score: hit.score })) })
    }
  } finally {
    await source.close()
  }
  progress.clear()
  const distance = Object.values(index.store.config.vectors)[0]!.distance
  if (json) printJson(terminal, rankings)
  else {
    const ascending = METRICS[distance.toLowerCase() as keyof typeof METRICS].ascending
    for (const line of runLines(rankings, { ascending })) terminal.stdout.write(line)
  }
  return rankings.some(({ hits }) => hits.length > 0) ? exitCodes.well : exitCodes.found
}
