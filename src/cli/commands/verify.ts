// `maxsimd verify`: checks that a server's scores equal the kernel's, up to rounding.

import { Command } from 'commander'
import { pointIdOfFile } from '../../collection/file-id.js'
import { isUuid } from '../../collection/point-id.js'
import type { MultiVector } from '../../index.js'
import { type PointId, type VerifyOptions, verify } from '../../qdrant/index.js'
import { connect } from '../connection.js'
import { type DocumentNames, faultyPoints, readNames } from '../document-names.js'
import {
  type ConnectionOptions,
  countOption,
  shardKeyOption,
  USING_OPTION,
  withConnection,
} from '../options.js'
import { helpText } from '../output/help-text.js'
import { showPhases } from '../output/progress-labels.js'
import { verifyText } from '../output/verify-text.js'
import {
  chooseQueries,
  type FileVector,
  type QueryFileOptions,
  readVectorFile,
  readVectorQueries,
  VECTOR_FILE,
  withQueryOptions,
} from '../query-file.js'
import { openForReading } from '../store-options.js'
import {
  EXIT_CODES,
  printJson,
  progressOn,
  type SetExitCode,
  styleOn,
  type Terminal,
  UsageError,
} from '../terminal.js'

interface VerifyArguments extends ConnectionOptions, QueryFileOptions {
  readonly limit: number
  readonly scan?: boolean
  readonly source?: string
  readonly store?: string
  readonly quantized?: boolean
}

/** The documents that the collection should contain. */
interface ExpectedDocuments {
  readonly source: NonNullable<VerifyOptions['source']>
  /** Names that the source has and a payload may lack. */
  readonly names: DocumentNames
}

const HELP = helpText(
  `
Runs each query on the server, fetches the hits with their vectors, computes their scores in the kernel with the
server's arithmetic, and checks that each difference is within the bound of f32 rounding. Scans the collection for
points that the server missed, and for the recall of the exact best. Exit code 1: a score, the order or a document is
wrong, or a point was missed. Exit code 3: nothing is wrong, but scores of quantized vectors were not judged.`,
  [
    'npx maxsimd verify --collection colbert-search --sample 5',
    'npx maxsimd verify -c colbert-search --queries queries.jsonl --source documents.jsonl --json',
  ],
)

export function createVerify(terminal: Terminal, setExitCode: SetExitCode): Command {
  const command = withQueryOptions(withConnection(new Command('verify').option(...USING_OPTION)))
  return command
    .description("check a server's scores")
    .addOption(countOption('--limit <n>', 'maximum number of hits of each query', 10))
    .addOption(shardKeyOption())
    .option('--scan', 'scan all points for missed ones (default: if there are at most 10,000)')
    .option('--no-scan', 'skip the full scan for missed points')
    .option('--source <file>', `compare stored documents with this file: ${VECTOR_FILE}`)
    .option(
      '--store <folder>',
      'compare stored documents with this store, for example from "npx maxsimd pull"',
    )
    .option(
      '--quantized',
      'search with quantized vectors; report their error and recall without judging them',
    )
    .addHelpText('after', HELP)
    .action(async () => setExitCode(await runVerify(command.opts<VerifyArguments>(), terminal)))
}

async function runVerify(options: VerifyArguments, terminal: Terminal): Promise<number> {
  const fromFile = await readVectorQueries(options)
  if (options.source !== undefined && options.store !== undefined) {
    throw new UsageError('"--source" and "--store" cannot be combined')
  }
  const file = options.source === undefined ? undefined : await readSource(options.source)
  if (options.store === undefined) return verifyCollection(options, fromFile, file, terminal)
  const store = await openForReading(options.store)
  try {
    return await verifyCollection(options, fromFile, { source: store, names: new Map() }, terminal)
  } finally {
    await store.close()
  }
}

async function verifyCollection(
  options: VerifyArguments,
  fromFile: readonly FileVector[] | undefined,
  expected: ExpectedDocuments | undefined,
  terminal: Terminal,
): Promise<number> {
  const { using, shardKey: shard_key, limit, scan, quantized, json } = options
  const { signal } = terminal
  const source = expected?.source
  const progress = progressOn(terminal)
  const collection = await connect(options, terminal)
  const queries = await chooseQueries(fromFile, collection, options, signal)
  const vectors = queries.map(({ vector }) => vector)
  const report = await verify(collection, vectors, {
    using,
    shard_key,
    limit,
    scan,
    source,
    signal,
    onProgress: showPhases(progress),
    ...(quantized && { params: { quantization: { ignore: false, rescore: false } } }),
  })
  progress.clear()
  const sampled = fromFile ? [] : queries.flatMap(({ id }) => id ?? [])
  const collections = source && 'retrieve' in source ? [collection, source] : [collection]
  const read = await readNames([...faultyPoints(report), ...sampled], collections, signal)
  const names = new Map([...(expected?.names ?? []), ...read])
  if (json) {
    const queryIds = queries.map(({ id }) => id ?? null)
    const documentIds = Object.fromEntries(
      faultyPoints(report).flatMap(id => (names.has(id) ? [[id, names.get(id)]] : [])),
    )
    printJson(terminal, { ...report, ok: report.ok ?? null, queryIds, documentIds })
  } else terminal.stdout.write(verifyText(report, queries, styleOn(terminal), names))
  if (report.ok === undefined) return EXIT_CODES.notJudged
  return report.ok ? EXIT_CODES.success : EXIT_CODES.problems
}

/** @throws UsageError if a document has no id */
async function readSource(file: string): Promise<ExpectedDocuments> {
  const source = new Map<PointId, MultiVector>()
  const names = new Map<PointId, string>()
  for (const [index, { id, vector }] of (await readVectorFile(file, '--source')).entries()) {
    if (id === undefined) throw new UsageError(`${file}: vector ${index + 1} has no "id"; a source needs ids`)
    const pointId = pointIdOfFile(id)
    source.set(pointId, vector)
    if (typeof pointId === 'string' && !isUuid(String(id))) names.set(pointId, String(id))
  }
  return { source, names }
}
