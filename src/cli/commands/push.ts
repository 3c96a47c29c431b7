// `maxsimd push`: copies a store into a collection of a server or into a file.

import { Command, Option } from 'commander'
import type { StoredPoint } from '../../collection/collection.js'
import { ConfigDifferenceError } from '../../qdrant/config/config-diff.js'
import {
  createCollection,
  type GrpcOption,
  type QdrantCollection,
  UpsertError,
  type UpsertReport,
} from '../../qdrant/index.js'
import type { Store } from '../../store/index.js'
import { stageCollectionOf } from '../../transfer/carry-stage.js'
import { collectionConfigOf, exportPoints, push } from '../../transfer/index.js'
import { connect, serverAddressOf, withServerRemedy } from '../connection.js'
import { pushStage } from '../first-stage/carry-stage.js'
import {
  type ConnectionOptions,
  countOption,
  shardKeyOption,
  USING_OPTION,
  withConnection,
} from '../options.js'
import { formatCount } from '../output/format-figures.js'
import { helpText } from '../output/help-text.js'
import { countPoints, type PointWriter, pointWriter } from '../point-files.js'
import { DEFAULT_FOLDER, openForReading } from '../store-options.js'
import {
  EXIT_CODES,
  printJson,
  printNotice,
  progressOn,
  type SetExitCode,
  type Terminal,
  UsageError,
} from '../terminal.js'

interface PushArguments extends Omit<ConnectionOptions, 'collection'> {
  readonly collection?: string
  readonly store: string
  readonly out?: string
  readonly resume?: boolean
  readonly batchBytes?: number
  readonly concurrency?: number
  readonly grpc?: GrpcOption
  readonly vectorsOnly?: boolean
}

const HELP = helpText(
  `
Copies all points of a store or a text index, with their vectors and payload, into a collection, which is created if it
does not exist, or into a .npz or .jsonl file. The map of a first stage is put beside it, into COLLECTION.first-stage,
where "npx maxsimd search" finds it. Points that exist are replaced as a whole: payloads and vectors that the store does
not have are lost. --vectors-only keeps them.`,
  [
    'npx maxsimd push --store colbert --collection colbert-search',
    'npx maxsimd push --store colbert --collection colbert-search --vectors-only',
    'npx maxsimd push --store .maxsimd --out notes.npz',
  ],
)

export function createPush(terminal: Terminal, setExitCode: SetExitCode): Command {
  const command = withConnection(new Command('push').option(...USING_OPTION), { collection: 'optional' })
  return command
    .description('copy a store to a server or into a file')
    .option('--store <folder>', 'folder of the text index or store', DEFAULT_FOLDER)
    .option('--out <file>', '.npz or .jsonl file for one of the vectors')
    .option('--resume', 'skip points that the collection already has')
    .option('--vectors-only', 'set the vectors of points that exist; keep their payloads and other vectors')
    .addOption(shardKeyOption())
    .addOption(countOption('--batch-bytes <n>', 'maximum bytes of a request (default: 4000000)'))
    .addOption(countOption('--concurrency <n>', 'maximum number of requests at a time (default: 4)'))
    .addOption(grpcOption())
    .addHelpText('after', HELP)
    .action(async () => setExitCode(await runPush(command.opts<PushArguments>(), terminal)))
}

async function runPush(options: PushArguments, terminal: Terminal): Promise<number> {
  const { collection: name, out } = options
  const destination = name ?? out
  if (destination === undefined || (name !== undefined && out !== undefined)) {
    throw new UsageError('one of --collection <name> and --out <file> is required')
  }
  if (options.using !== undefined && out === undefined) throw new UsageError('"--using" requires --out')
  if (options.resume && name === undefined) throw new UsageError('"--resume" requires --collection')
  if (options.vectorsOnly && name === undefined)
    throw new UsageError('"--vectors-only" requires --collection')
  const write = out === undefined ? undefined : pointWriter(out)
  const store = await openForReading(options.store)
  try {
    const total = Math.max(1, await store.count())
    const progress = progressOn(terminal)
    progress.phase('copying', options.store)
    const onProgress = (points: number) => progress.update(Math.min(1, points / total), points)
    const { points, transport, transportReason }: Copied = write
      ? { points: await pushIntoFile(store, write, options, terminal.signal, onProgress) }
      : await pushIntoCollection(store, destination, options, terminal, onProgress)
    const hasStage = name !== undefined && (await pushStage(options.store, name, options, terminal))
    progress.clear()
    if (options.json) {
      printJson(terminal, {
        ...{ store: options.store, points, into: destination, transport, transportReason },
        ...(hasStage && { firstStage: stageCollectionOf(name) }),
      })
    } else {
      const way = transport === undefined ? '' : ` over ${transport === 'grpc' ? 'gRPC' : 'REST'}`
      // the remedy is for programs
      const reason = transportReason && ` (${transportReason.replace('grpc: { port }', '--grpc PORT')})`
      terminal.stdout.write(
        `copied ${formatCount(points, 'point')} from ${options.store} to ${destination}${way}${reason ?? ''}\n`,
      )
      if (hasStage) terminal.stdout.write(`first stage in ${stageCollectionOf(name)}\n`)
    }
    return EXIT_CODES.success
  } finally {
    await store.close()
  }
}

/** What was copied, and how it was sent to a server. */
type Copied = Pick<UpsertReport, 'points' | 'transport' | 'transportReason'>

/** `--grpc auto`, `--grpc off` or `--grpc <port>`. */
function grpcOption(): Option {
  const description = 'send points over gRPC: auto (port 6334 beside 6333), off, or its port (default: auto)'
  return new Option('--grpc <mode>', description).argParser((text): GrpcOption => {
    if (text === 'auto' || text === 'off') return text
    const port = Number(text)
    if (/^\d+$/.test(text) && port > 0 && port < 65_536) return { port }
    throw new UsageError(`"--grpc" expected auto, off or a port, got "${text}"`)
  })
}

function pushIntoFile(
  store: Store,
  write: PointWriter,
  { using }: PushArguments,
  signal: AbortSignal,
  onProgress: (points: number) => void,
): Promise<number> {
  const points = store.scroll({ with_payload: true, with_vector: true, signal })
  return write(countPoints(exportPoints(points, store.config.vectors, using), onProgress))
}

async function pushIntoCollection(
  store: Store,
  name: string,
  options: PushArguments,
  terminal: Terminal,
  onProgress: (points: number) => void,
): Promise<Copied> {
  const collection = await openTarget(store, name, options, terminal)
  const { signal } = terminal
  const { batchBytes, concurrency, vectorsOnly, shardKey: shard_key } = options
  if (!vectorsOnly && !options.resume) await warnOfLostPayloads(store, collection, options, terminal)
  const resume = options.resume ? ({ resume: 'skip' } as const) : {}
  try {
    const settings = { signal, onProgress, batchBytes, concurrency, vectorsOnly, shard_key, ...resume }
    return await push(store, collection, settings)
  } catch (cause) {
    if (!(cause instanceof UpsertError)) throw cause
    // the remedies are for programs
    const again = `run the command again${vectorsOnly ? '' : ' with --resume'}`
    const message = cause.message
      .replace(/(upsert|call updateVectors) again with resume: 'skip'/, again)
      .replace('"batchBytes"', '"--batch-bytes"')
    throw new Error(message, { cause })
  }
}

/** Opens the collection that receives the points. Creates it if it does not exist, unless points have to exist. */
async function openTarget(
  store: Store,
  name: string,
  { grpc, vectorsOnly, ...options }: PushArguments,
  terminal: Terminal,
): Promise<QdrantCollection> {
  if (vectorsOnly) return connect({ ...options, collection: name }, terminal, { grpc })
  const { server, limits } = serverAddressOf(options, terminal)
  const settings = { ...limits, ifExists: 'reuse', grpc } as const
  try {
    return await withServerRemedy(() => createCollection(server, name, collectionConfigOf(store), settings))
  } catch (cause) {
    if (!(cause instanceof ConfigDifferenceError)) throw cause
    throw new Error(`${cause.finding}; ${DIFFERENCE_REMEDIES[cause.gap ?? 'other']}`, { cause })
  }
}

const DIFFERENCE_REMEDIES = {
  missing: 'add the vector with addVector() of maxsimd/qdrant, or choose another collection',
  additional:
    'choose another collection, or pass --vectors-only to change the vectors of the store and nothing else',
  other: 'choose another collection',
} as const

/** Points of a server that are read to find out whether they have payloads. */
const READ_POINTS = 100

/** Prints a notice if points with payloads are going to be replaced by points without any. */
async function warnOfLostPayloads(
  store: Store,
  collection: QdrantCollection,
  { shardKey: shard_key }: PushArguments,
  terminal: Terminal,
): Promise<void> {
  const selection = { with_payload: true, with_vector: false, signal: terminal.signal }
  if (await hasPayload(store.scroll(selection))) return
  if (
    !(await hasPayload(collection.scroll({ ...selection, shard_key, batchPoints: READ_POINTS }), READ_POINTS))
  )
    return
  printNotice(
    terminal,
    `"${collection.name}" has points with payloads, and the store has no payloads: points that exist are replaced, and lose ` +
      'their payloads; --vectors-only keeps them',
  )
}

async function hasPayload(points: AsyncIterable<StoredPoint>, max = Infinity): Promise<boolean> {
  let read = 0
  for await (const { payload } of points) {
    if (payload && Object.keys(payload).length > 0) return true
    if (++read >= max) break
  }
  return false
}
