// Which numbers a store gave to the points of files that have no ids of their own, so that a file that is read again
// replaces its points. One file of JSON in the store's folder, which the store itself takes no notice of:
//
//   {"version": 1, "files": {"corpus.npy": [[0, 1000]]}}     its points have the ids from 0 on, a thousand
//
// A file that grew has further runs of numbers. They are written down before the points are, so that a run of this
// program that is killed leaves none that nobody knows.

import { createFile, openFile, writeText } from '../formats/index.js'

/** Numbers from `first` on. */
type Run = readonly [first: number, count: number]
type Files = Readonly<Record<string, readonly Run[]>>

/** The numbers of one file's points, while it is read. */
export interface AssignedIds {
  /** The id of the file's next point. */
  next(): Promise<number>
  /** The ids of points that it had and has no longer, once all were read. */
  readonly left: readonly number[]
  /** Forgets those, which are gone. */
  close(): Promise<void>
}

const NAME = 'files.json'
/** So many are written down at a time. */
const BLOCK = 65_536

/** The numbers of `file`'s points in the store at `folder`, whose own ids are all below `end`. */
export async function openAssignedIds(folder: string, file: string, end: number): Promise<AssignedIds> {
  const path = `${folder}/${NAME}`
  const { [file]: old = [], ...others } = await readFiles(path)
  const free = [old, ...Object.values(others)]
    .flat()
    .reduce((most, [first, count]) => Math.max(most, first + count), end)
  const write = (runs: readonly Run[]) => writeFiles(path, { ...others, [file]: runs })
  const known = old.reduce((sum, [, count]) => sum + count, 0)
  let [given, reserved] = [0, 0]

  /** The runs with the first `count` numbers, and all others one by one. */
  function cut(count: number): { kept: Run[]; left: number[] } {
    const [kept, left]: [Run[], number[]] = [[], []]
    let rest = count
    for (const [first, length] of [...old, [free, reserved] as const]) {
      const taken = Math.min(rest, length)
      if (taken > 0) kept.push([first, taken])
      for (let i = taken; i < length; i++) left.push(first + i)
      rest -= taken
    }
    return { kept, left }
  }

  return {
    async next() {
      if (given === known + reserved) {
        reserved += BLOCK
        await write([...old, [free, reserved]])
      }
      let rest = given++
      for (const [first, count] of old) {
        if (rest < count) return first + rest
        rest -= count
      }
      return free + rest
    },
    get left() {
      return cut(given).left
    },
    close: () => write(cut(given).kept),
  }
}

async function readFiles(path: string): Promise<Files> {
  const source = await openFile(path).catch((error: { readonly code?: unknown }) => {
    if (error.code !== 'ENOENT') throw error
  })
  if (!source) return {}
  try {
    const text = new TextDecoder().decode(await source.read(0, source.size))
    const { version, files } = JSON.parse(text) as { readonly version: unknown; readonly files: Files }
    if (version !== 1) throw new RangeError(`expected version 1, got ${String(version)}`)
    return files
  } catch (cause) {
    const why = (cause as Error).message
    throw new RangeError(
      `${path} is damaged (${why}); without it, points of files that have no ids of their own are added anew`,
      { cause },
    )
  } finally {
    await source.close()
  }
}

const writeFiles = async (path: string, files: Files) =>
  writeText([`${JSON.stringify({ version: 1, files })}\n`], await createFile(path))
