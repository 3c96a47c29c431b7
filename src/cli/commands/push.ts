// `maxsimd push`: a store into a collection of a server, or into a file. Arguments in, figures out.

import { Command } from 'commander'
import { createCollection } from '../../qdrant/index.js'
import { collectionConfigOf, exportPoints, push } from '../../transfer/index.js'
import { type ConnectionOptions, orRemedy, serverOf, usingOption, withConnection } from '../connection.js'
import { defaultFolder, openForReading } from '../store-options.js'
import { exitCodes, printJson, progressOn, type Terminal, UsageError } from '../terminal.js'
import { counted, writerOf } from './pull.js'

interface PushArguments extends Omit<ConnectionOptions, 'collection'> {
  readonly collection?: string
  readonly store: string
  readonly out?: string
  readonly resume?: boolean
}

const help = `
Copies every point of a store, or of an index of texts, with its vectors and payload: into a collection, which is made
where there is none, or into a .npz or .jsonl file.

Example:
  maxsimd push --store colbert --collection colbert-search
  maxsimd push --store .maxsimd --out notes.npz

Exit code: 0 all is there, 2 it could not be done.
`

/** The command, which tells its exit code to `done`. */
export function createPush(terminal: Terminal, done: (code: number) => void): Command {
  const command = withConnection(new Command('push').option(...usingOption), { collection: 'optional' })
  return command
    .description('copy a store to a server or into a file')
    .option('--store <folder>', 'the store, or the index of texts', defaultFolder)
    .option('--out <file>', 'a .npz or .jsonl file, with one of the vectors')
    .option('--resume', 'leave points alone that the collection has already')
    .addHelpText('after', help)
    .action(async () => done(await run(command.opts<PushArguments>(), terminal)))
}

async function run(asked: PushArguments, terminal: Terminal): Promise<number> {
  const { collection: name, out } = asked
  if ((name === undefined) === (out === undefined)) {
    throw new UsageError('expected one of --collection <name> and --out <file>')
  }
  const write = out === undefined ? undefined : writerOf(out)
  const { signal } = terminal
  const store = await openForReading(asked.store)
  try {
    const total = Math.max(1, await store.count())
    const progress = progressOn(terminal)
    progress.stage(`pushing ${asked.store}`)
    const onProgress = (points: number) => progress.at(Math.min(1, points / total), points)
    let points: number
    if (write) {
      const stored = store.scroll({ with_payload: true, with_vector: true, signal })
      points = await write(counted(exportPoints(stored, store.config.vectors, asked.using), onProgress))
    } else {
      const { server, limits } = serverOf(asked, terminal)
      const options = { ...limits, ifExists: 'reuse' } as const
      const make = () => createCollection(server, name!, collectionConfigOf(store), options)
      const collection = await orRemedy(server.url, make)
      const report = await push(store, collection, {
        signal,
        onProgress,
        ...(asked.resume && { resume: 'skip' }),
      })
      points = report.points
    }
    progress.clear()
    if (asked.json) printJson(terminal, { store: asked.store, points, into: name ?? out })
    else terminal.stdout.write(`${points.toLocaleString('en')} points of ${asked.store} in ${name ?? out}\n`)
    return exitCodes.well
  } finally {
    await store.close()
  }
}
