// `maxsimd verify`: does the server's score equal the kernel's? Arguments in, a report out.

import { Command } from 'commander'
import type { MultiVector } from '../../index.js'
import { type PointId, type VerifyOptions, verify } from '../../qdrant/index.js'
import { type ConnectionOptions, connect, usingOption, wholeFrom, withConnection } from '../connection.js'
import { showPhases } from '../output/progress-labels.js'
import { verifyText } from '../output/verify-text.js'
import {
  type QueryFileOptions,
  readQueries,
  readVectorFile,
  takeQueries,
  withQueryOptions,
} from '../query-file.js'
import { openForReading } from '../store-options.js'
import { exitCodes, printJson, progressOn, styleOn, type Terminal, UsageError } from '../terminal.js'

interface VerifyArguments extends ConnectionOptions, QueryFileOptions {
  readonly limit: number
  readonly scan?: boolean
  readonly source?: string
  readonly store?: string
  readonly quantized?: boolean
}

const help = `
Fetches the hits of each query with their vectors, scores them in the kernel the way the server says it does, and holds
every difference against the bound that f32 arithmetic allows. Reads all points for hits that the server missed.

Example:
  maxsimd verify --collection colbert-search --sample 5
  maxsimd verify -c colbert-search --queries queries.jsonl --source documents.jsonl --json

Exit code: 0 all agree, 1 something does not, 2 it could not be done.
`

/** The command, which tells its exit code to `done`. */
export function createVerify(terminal: Terminal, done: (code: number) => void): Command {
  const command = withQueryOptions(withConnection(new Command('verify').option(...usingOption)))
  return command
    .description("hold the server's scores against the kernel's")
    .option('--limit <n>', 'hits of each query', wholeFrom(1), 10)
    .option('--scan', 'read every point to find what was missed; left out: if there are at most 10,000')
    .option('--no-scan', 'do not')
    .option('--source <file>', 'what the documents should be, a JSON object {"id", "vector"} a line')
    .option('--store <folder>', 'the same from a store, such as "maxsimd pull" makes')
    .option('--quantized', 'search with quantized vectors, and measure their error without judging it')
    .addHelpText('after', help)
    .action(async () => done(await run(command.opts<VerifyArguments>(), terminal)))
}

async function run(asked: VerifyArguments, terminal: Terminal): Promise<number> {
  const fromFile = readQueries(asked)
  if (asked.source !== undefined && asked.store !== undefined) {
    throw new UsageError('"--source" and "--store" exclude each other')
  }
  const source = asked.source === undefined ? undefined : readSource(asked.source)
  if (asked.store === undefined) return judge(asked, fromFile, source, terminal)
  const store = await openForReading(asked.store)
  try {
    return await judge(asked, fromFile, store, terminal)
  } finally {
    await store.close()
  }
}

async function judge(
  asked: VerifyArguments,
  fromFile: ReturnType<typeof readQueries>,
  source: VerifyOptions['source'],
  terminal: Terminal,
): Promise<number> {
  const { signal } = terminal
  const progress = progressOn(terminal)
  const collection = await connect(asked, terminal)
  const queries = await takeQueries(fromFile, collection, asked, signal)
  const report = await verify(
    collection,
    queries.map(({ vector }) => vector),
    {
      using: asked.using,
      limit: asked.limit,
      scan: asked.scan,
      source,
      signal,
      onProgress: showPhases(progress),
      ...(asked.quantized && { params: { quantization: { ignore: false, rescore: false } } }),
    },
  )
  progress.clear()
  if (asked.json) printJson(terminal, { ...report, queryIds: queries.map(({ id }) => id ?? null) })
  else terminal.stdout.write(verifyText(report, queries, styleOn(terminal)))
  return report.ok ? exitCodes.well : exitCodes.found
}

function readSource(file: string): ReadonlyMap<PointId, MultiVector> {
  return new Map(
    readVectorFile(file, '--source').map(({ id, vector }, index) => {
      if (id === undefined)
        throw new UsageError(`${file}: vector ${index + 1} has no "id", which a source needs`)
      return [id, vector]
    }),
  )
}
