// The ids that a store assigned to points of files without ids, so that a file that is imported again replaces its
// points. They are kept in a JSON file in the store's folder, which the store itself does not read:
//
//   {"version": 1, "files": {"corpus.npy": [[0, 1000]]}}     the points of corpus.npy have the ids 0 to 999
//
// A file that grew has several ranges. A range is written to the file before its points are stored, so that an import
// that is killed leaves no points with unknown ids.

import { createFile, openFile, writeText } from '../formats/index.js'

/** The ids from `first` on. */
type IdRange = readonly [first: number, count: number]
type RangesByFile = Readonly<Record<string, readonly IdRange[]>>

/** The ids of one file's points, while the file is imported. */
export interface AssignedIds {
  /** Returns the id of the file's next point. */
  next(): Promise<number>
  /** The ids that the file had before and that were not returned by `next`. */
  unused(): readonly number[]
  /** Removes the unused ids from the ranges. */
  close(): Promise<void>
}

/** The name of the file in the store's folder. */
export const ASSIGNED_IDS_FILE = 'files.json'
/** The number of ids that are written to the file at a time. */
const BLOCK_IDS = 65_536

/**
 * Opens the ids of `file` in the store at `folder`.
 *
 * @param end all ids in the store are below it
 * @throws RangeError if the JSON file is damaged
 */
export async function openAssignedIds(folder: string, file: string, end: number): Promise<AssignedIds> {
  const path = `${folder}/${ASSIGNED_IDS_FILE}`
  const { [file]: known = [], ...others } = await readRanges(path)
  const firstFree = [known, ...Object.values(others)]
    .flat()
    .reduce((free, [first, count]) => Math.max(free, first + count), end)
  const write = (ranges: readonly IdRange[]) => writeRanges(path, { ...others, [file]: ranges })
  const knownCount = known.reduce((sum, [, count]) => sum + count, 0)
  let [used, reserved] = [0, 0]
  const split = () => splitRanges([...known, [firstFree, reserved]], used, end)
  return {
    async next() {
      if (used === knownCount + reserved) {
        reserved += BLOCK_IDS
        await write([...known, [firstFree, reserved]])
      }
      let index = used++
      for (const [first, count] of known) {
        if (index < count) return first + index
        index -= count
      }
      return firstFree + index
    },
    unused: () => split().rest,
    close: () => write(split().head),
  }
}

/** Splits ranges into the ranges of the first `count` ids, and the other ids that are below `end`. */
function splitRanges(
  ranges: readonly IdRange[],
  count: number,
  end: number,
): { head: IdRange[]; rest: number[] } {
  const [head, rest]: [IdRange[], number[]] = [[], []]
  let left = count
  for (const [first, length] of ranges) {
    const taken = Math.min(left, length)
    if (taken > 0) head.push([first, taken])
    for (let i = taken; i < length && first + i < end; i++) rest.push(first + i)
    left -= taken
  }
  return { head, rest }
}

const isRange = (range: unknown): range is IdRange =>
  Array.isArray(range) &&
  range.length === 2 &&
  range.every(value => Number.isSafeInteger(value) && value >= 0) &&
  Number.isSafeInteger(range[0] + range[1])

async function readRanges(path: string): Promise<RangesByFile> {
  const source = await openFile(path).catch((error: { readonly code?: unknown }) => {
    if (error.code !== 'ENOENT') throw error
  })
  const ranges: RangesByFile = Object.create(null)
  if (!source) return ranges
  try {
    const text = new TextDecoder().decode(await source.read(0, source.size))
    const { version, files } = JSON.parse(text) as {
      readonly version: unknown
      readonly files: RangesByFile
    }
    if (version !== 1) throw new RangeError(`expected version 1, got ${String(version)}`)
    for (const [name, ranges] of Object.entries(files)) {
      if (!Array.isArray(ranges) || !ranges.every(isRange)) {
        throw new RangeError(`expected pairs of whole numbers for "${name}"`)
      }
    }
    // a file name such as "constructor" must not find a member of Object.prototype
    return Object.assign(ranges, files)
  } catch (cause) {
    throw new RangeError(
      `${path} is damaged (${(cause as Error).message}); delete it to import files without ids as new points`,
      { cause },
    )
  } finally {
    await source.close()
  }
}

const writeRanges = async (path: string, files: RangesByFile) =>
  writeText([`${JSON.stringify({ version: 1, files })}\n`], await createFile(path))
