// `maxsimd push`: copies a store into a collection of a server or into a file.

import { Command, Option } from 'commander'
import { createCollection, type GrpcOption, UpsertError, type UpsertReport } from '../../qdrant/index.js'
import type { Store } from '../../store/index.js'
import { collectionConfigOf, exportPoints, push } from '../../transfer/index.js'
import { type ConnectionOptions, serverAddressOf, withConnection, withServerRemedy } from '../connection.js'
import { countOption, shardKeyOption, USING_OPTION } from '../options.js'
import { formatCount } from '../output/format-figures.js'
import { helpText } from '../output/help-text.js'
import { countPoints, type PointWriter, pointWriter } from '../point-files.js'
import { DEFAULT_FOLDER, openForReading } from '../store-options.js'
import {
  EXIT_CODES,
  printJson,
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
}

const HELP = helpText(
  `
Copies all points of a store or a text index, with their vectors and payload, into a collection, which is created if it
does not exist, or into a .npz or .jsonl file.`,
  [
    'npx maxsimd push --store colbert --collection colbert-search',
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
    progress.clear()
    if (options.json) {
      printJson(terminal, { store: options.store, points, into: destination, transport, transportReason })
    } else {
      const way = transport === undefined ? '' : ` over ${transport === 'grpc' ? 'gRPC' : 'REST'}`
      const reason = transportReason === undefined ? '' : ` (${transportReason})`
      terminal.stdout.write(
        `copied ${formatCount(points, 'point')} from ${options.store} to ${destination}${way}${reason}\n`,
      )
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
  const { server, limits } = serverAddressOf(options, terminal)
  const config = collectionConfigOf(store)
  const collection = await withServerRemedy(() =>
    createCollection(server, name, config, { ...limits, ifExists: 'reuse', grpc: options.grpc }),
  )
  const { signal } = terminal
  const { batchBytes, concurrency, shardKey: shard_key } = options
  const resume = options.resume ? ({ resume: 'skip' } as const) : {}
  try {
    const settings = { signal, onProgress, batchBytes, concurrency, shard_key, ...resume }
    return await push(store, collection, settings)
  } catch (cause) {
    if (!(cause instanceof UpsertError)) throw cause
    // the remedies are for programs
    const message = cause.message
      .replace(/upsert again with resume: 'skip'/, 'run the command again with --resume')
      .replace('"batchBytes"', '"--batch-bytes"')
    throw new Error(message, { cause })
  }
}
