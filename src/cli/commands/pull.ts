// `maxsimd pull`: a collection of a server into a store or a file. Arguments in, figures out.

import { Command } from 'commander'
import { createFile, jsonLines, type PointToWrite, writeNpz, writeText } from '../../formats/index.js'
import { createStore } from '../../store/index.js'
import { exportPoints, pull, storeVectorsOf } from '../../transfer/index.js'
import { type ConnectionOptions, connect, usingOption, withConnection } from '../connection.js'
import { exitCodes, printJson, progressOn, type Terminal, tell, UsageError } from '../terminal.js'

interface PullArguments extends ConnectionOptions {
  readonly store?: string
  readonly out?: string
  readonly resume?: boolean
}

const help = `
Copies every point of a collection with its vectors and payload, page by page: into a store, where "maxsimd compare" and
"maxsimd search" find it, or into a .npz or .jsonl file. Sparse vectors stay behind.

Example:
  maxsimd pull --collection colbert-search --store colbert
  maxsimd pull -c colbert-search --out colbert.npz

Exit code: 0 all is there, 2 it could not be done.
`

/** The command, which tells its exit code to `done`. */
export function createPull(terminal: Terminal, done: (code: number) => void): Command {
  const command = withConnection(new Command('pull').option(...usingOption))
  return command
    .description('copy a collection from a server into a store or a file')
    .option('--store <folder>', 'the store, which is made where there is none')
    .option('--out <file>', 'a .npz or .jsonl file, with one of the vectors')
    .option('--resume', 'leave points alone that the store has already')
    .addHelpText('after', help)
    .action(async () => done(await run(command.opts<PullArguments>(), terminal)))
}

async function run(asked: PullArguments, terminal: Terminal): Promise<number> {
  if ((asked.store === undefined) === (asked.out === undefined)) {
    throw new UsageError('expected one of --store <folder> and --out <file>')
  }
  const write = asked.out === undefined ? undefined : writerOf(asked.out)
  const { signal } = terminal
  const collection = await connect(asked, terminal)
  const total = Math.max(1, await collection.count())
  const sparse = Object.keys(collection.config.sparse_vectors ?? {})
  const progress = progressOn(terminal)
  progress.stage(`pulling ${asked.collection}`)
  const onProgress = (points: number) => progress.at(Math.min(1, points / total), points)
  let points: number
  if (write) {
    const stored = collection.scroll({ with_payload: true, with_vector: true, signal })
    points = await write(counted(exportPoints(stored, collection.config.vectors, asked.using), onProgress))
  } else {
    const path = asked.store!
    const store = await createStore({ path, vectors: storeVectorsOf(collection), ifExists: 'reuse' })
    try {
      const report = await pull(collection, store, {
        signal,
        onProgress,
        ...(asked.resume && { resume: 'skip' }),
      })
      points = report.points
    } finally {
      await store.close()
    }
  }
  progress.clear()
  if (asked.json)
    printJson(terminal, {
      collection: asked.collection,
      points,
      into: asked.store ?? asked.out,
      left: sparse,
    })
  else
    terminal.stdout.write(
      `${points.toLocaleString('en')} points of ${asked.collection} in ${asked.store ?? asked.out}\n`,
    )
  if (sparse.length > 0) tell(terminal, `sparse vectors stay behind: ${sparse.join(', ')}`)
  return exitCodes.well
}

/** What writes points to a file of this name, and tells how many. */
export function writerOf(file: string): (points: AsyncIterable<PointToWrite>) => Promise<number> {
  if (/\.npz$/i.test(file)) return async points => writeNpz(points, await createFile(file))
  if (!/\.(?:jsonl|ndjson)$/i.test(file))
    throw new UsageError(`"--out" expected a .npz or a .jsonl file, got ${file}`)
  return async points => {
    let count = 0
    const counting = counted(points, sum => {
      count = sum
    })
    await writeText(jsonLines(counting), await createFile(file))
    return count
  }
}

/** The points, counted while they pass. */
export async function* counted<T>(
  points: AsyncIterable<T>,
  onCount: (count: number) => void,
): AsyncGenerator<T> {
  let count = 0
  for await (const point of points) {
    yield point
    onCount(++count)
  }
}
