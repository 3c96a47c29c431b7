// `maxsimd pull`: copies a collection from a server into a store or a file.

import { Command } from 'commander'
import type { QdrantCollection } from '../../qdrant/index.js'
import { createStore } from '../../store/index.js'
import { exportPoints, pull, storeConfigOf } from '../../transfer/index.js'
import { connect } from '../connection.js'
import { pullStage } from '../first-stage/carry-stage.js'
import { type ConnectionOptions, shardKeyOption, USING_OPTION, withConnection } from '../options.js'
import { formatCount } from '../output/format-figures.js'
import { helpText } from '../output/help-text.js'
import { countPoints, type PointWriter, pointWriter } from '../point-files.js'
import {
  EXIT_CODES,
  printJson,
  printNotice,
  progressOn,
  type SetExitCode,
  type Terminal,
  UsageError,
} from '../terminal.js'

interface PullArguments extends ConnectionOptions {
  readonly store?: string
  readonly out?: string
  readonly resume?: boolean
}

const HELP = helpText(
  `
Copies all points of a collection, with their vectors and payload, into a store for "npx maxsimd search" and
"npx maxsimd compare", or into a .npz or .jsonl file. A file has no sparse vectors.`,
  [
    'npx maxsimd pull --collection colbert-search --store colbert',
    'npx maxsimd pull -c colbert-search --out colbert.npz',
  ],
)

export function createPull(terminal: Terminal, setExitCode: SetExitCode): Command {
  const command = withConnection(new Command('pull').option(...USING_OPTION))
  return command
    .description('copy a collection from a server into a store or a file')
    .option('--store <folder>', 'folder of the store; created if it does not exist')
    .option('--out <file>', '.npz or .jsonl file for one of the vectors')
    .addOption(shardKeyOption())
    .option('--resume', 'skip points that the store already has')
    .addHelpText('after', HELP)
    .action(async () => setExitCode(await runPull(command.opts<PullArguments>(), terminal)))
}

async function runPull(options: PullArguments, terminal: Terminal): Promise<number> {
  const { store, out } = options
  const destination = store ?? out
  if (destination === undefined || (store !== undefined && out !== undefined)) {
    throw new UsageError('one of --store <folder> and --out <file> is required')
  }
  if (options.using !== undefined && out === undefined) throw new UsageError('"--using" requires --out')
  if (options.resume && store === undefined) throw new UsageError('"--resume" requires --store')
  const write = out === undefined ? undefined : pointWriter(out)
  const collection = await connect(options, terminal)
  const total = Math.max(
    1,
    await collection.count(undefined, { shard_key: options.shardKey, signal: terminal.signal }),
  )
  const progress = progressOn(terminal)
  progress.phase('copying', collection.name)
  const onProgress = (points: number) => progress.update(Math.min(1, points / total), points)
  const points = write
    ? await pullIntoFile(collection, write, options, terminal.signal, onProgress)
    : await pullIntoStore(collection, destination, options, terminal.signal, onProgress)
  if (store !== undefined) await pullStage(collection, store, options, terminal)
  progress.clear()
  const kept = store === undefined ? {} : (storeConfigOf(collection).sparse_vectors ?? {})
  const skippedVectors = Object.keys(collection.config.sparse_vectors ?? {}).filter(name => !(name in kept))
  const skippedSettings = store === undefined ? [] : settingsWithoutPlace(collection.config)
  if (options.json) {
    printJson(terminal, {
      collection: collection.name,
      points,
      into: destination,
      skippedVectors,
      skippedSettings,
    })
  } else {
    terminal.stdout.write(
      `copied ${formatCount(points, 'point')} from ${collection.name} to ${destination}\n`,
    )
  }
  if (skippedVectors.length > 0) {
    printNotice(terminal, `sparse vectors are not copied: ${skippedVectors.join(', ')}`)
  }
  if (skippedSettings.length > 0) {
    printNotice(
      terminal,
      `a store has no ${skippedSettings.join(', ')}: a push to a new collection creates it without them`,
    )
  }
  return EXIT_CODES.success
}

/** The settings of a collection that a store cannot keep, in words. */
function settingsWithoutPlace({
  vectors,
  quantization_config,
  payload_indexes,
}: QdrantCollection['config']): string[] {
  const namesWith = (setting: 'quantization_config' | 'on_disk' | 'memory') =>
    Object.keys(vectors).filter(name => vectors[name]![setting])
  const settings: readonly (readonly [string, readonly string[]])[] = [
    ['quantization', quantization_config ? Object.keys(vectors) : namesWith('quantization_config')],
    ['"on_disk"', namesWith('on_disk')],
    ['"memory"', namesWith('memory')],
    ['payload index', Object.keys(payload_indexes ?? {})],
  ]
  return settings.flatMap(([setting, names]) =>
    names.length > 0
      ? [`${setting} of ${names.map(name => (name === '' ? 'its vector' : name)).join(' and ')}`]
      : [],
  )
}

function pullIntoFile(
  collection: QdrantCollection,
  write: PointWriter,
  { using, shardKey: shard_key }: PullArguments,
  signal: AbortSignal,
  onProgress: (points: number) => void,
): Promise<number> {
  const points = collection.scroll({ with_payload: true, with_vector: true, shard_key, signal })
  return write(countPoints(exportPoints(points, collection.config.vectors, using), onProgress))
}

async function pullIntoStore(
  collection: QdrantCollection,
  path: string,
  { resume, shardKey: shard_key }: PullArguments,
  signal: AbortSignal,
  onProgress: (points: number) => void,
): Promise<number> {
  const store = await createStore({ path, ...storeConfigOf(collection), ifExists: 'reuse' })
  try {
    const options = { shard_key, signal, onProgress, ...(resume && { resume: 'skip' as const }) }
    return (await pull(collection, store, options)).points
  } finally {
    await store.close()
  }
}
