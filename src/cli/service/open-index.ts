// An index that stays open between searches, and is opened again when it has changed on disk. While the rows of its passages
// are encoded, it changes every ten seconds and grows slowly, and each opening reads all rows: then it is opened again so
// rarely that opening takes at most a fiftieth of the time.

import { isPageIndex } from '../../pages/page-index/page-catalog.js'
import { countWithoutRows, readCatalog } from '../../text-index/catalog.js'
import type { LoadedEncoder } from '../encoder-options.js'
import { type OpenSearch, openSearch } from '../store-options.js'
import { fileStamp, folderStamp } from './folder-stamp.js'

/** Thrown by a search of a folder that has no index of texts or vectors. */
export class NoIndexError extends Error {
  override readonly name = 'NoIndexError'

  constructor(folder: string, isPages: boolean) {
    super(
      isPages
        ? `"${folder}" is an index of pages, and only indexes of texts and stores are served`
        : `there is no index at "${folder}"; create it with: npx maxsimd index <folder> --store "${folder}"`,
    )
  }
}

/** An index folder, whose index is opened when it is used. */
export interface IndexFolder {
  /**
   * Calls `use` with the current index, which stays open until the call has ended.
   *
   * @throws NoIndexError if the folder has no index
   */
  use<T>(use: (index: OpenSearch) => Promise<T>): Promise<T>
  /** Closes the index when its last use has ended. */
  close(): Promise<void>
}

/** An open index, and the number of calls that use it. */
interface Opened {
  readonly stamp: string
  /** Its passages; undefined if they cannot be compared. */
  readonly passages: string | undefined
  readonly index: OpenSearch
  /** When it was opened, in milliseconds of `performance.now()`, and how long that took. */
  readonly since: number
  readonly duration: number
  /** The stamp of a later state of the folder, which has some more rows only. */
  onlyRows: string | undefined
  users: number
  isOld: boolean
}

/**
 * @param load loads the encoder of the index as it is now
 * @param rowsWait an index that only gets rows is opened again after this many times what opening takes
 */
export function createIndexFolder(
  folder: string,
  load: () => Promise<LoadedEncoder>,
  rowsWait = 50,
): IndexFolder {
  let current: Opened | undefined
  let queue: Promise<unknown> = Promise.resolve()

  async function retire(): Promise<void> {
    const old = current
    current = undefined
    if (!old) return
    old.isOld = true
    if (old.users === 0) await old.index.close()
  }

  async function open(stamp: string): Promise<Opened> {
    const started = performance.now()
    const state = await rowsState(folder)
    const index = await openWarm(folder, load)
    const since = performance.now()
    return {
      stamp,
      passages: state?.passages,
      index,
      since,
      duration: since - started,
      onlyRows: undefined,
      users: 0,
      isOld: false,
    }
  }

  /** Whether a change of the index need not be seen yet: it has some more rows, and not all. */
  async function canWait(opened: Opened, stamp: string | undefined): Promise<boolean> {
    const { passages, since, duration } = opened
    if (passages === undefined || performance.now() >= since + rowsWait * duration) return false
    // the catalog is read once for each change, not for each search
    if (stamp !== undefined && opened.onlyRows === stamp) return true
    const state = await rowsState(folder)
    if (state?.passages !== passages || state.isComplete) return false
    opened.onlyRows = stamp
    return true
  }

  /** The current index with one more user. */
  async function refresh(): Promise<Opened> {
    // the stamp is older than the index: a change in between is found by the next call
    const stamp = await folderStamp(folder)
    if (current && current.stamp !== stamp && !(await canWait(current, stamp))) await retire()
    if (stamp === undefined) throw new NoIndexError(folder, await isPageIndex(folder))
    current ??= await open(stamp)
    current.users++
    return current
  }

  return {
    async use(use) {
      const opened = queue.then(refresh)
      queue = opened.catch(() => undefined)
      const { index } = await opened
      try {
        return await use(index)
      } finally {
        await release(await opened)
      }
    },
    close: retire,
  }
}

/** What tells the passages of a text index from others, and whether all have rows; undefined if it is being updated. */
async function rowsState(
  folder: string,
): Promise<{ readonly passages: string; readonly isComplete: boolean } | undefined> {
  const catalog = await readCatalog(folder).catch(() => undefined)
  if (catalog?.wordFile === undefined) return undefined
  // an update that adds or removes passages writes another word file
  const passages = await fileStamp(folder, catalog.wordFile)
  return passages === undefined ? undefined : { passages, isComplete: countWithoutRows(catalog) === 0 }
}

/** Opens an index and searches it once: a wrong model is an error now, and the rows are in memory for the next search. */
async function openWarm(folder: string, load: () => Promise<LoadedEncoder>): Promise<OpenSearch> {
  const index = await openSearch(folder, load, undefined)
  try {
    await index.search('warm', { limit: 1, explain: false })
    return index
  } catch (error) {
    await index.close()
    throw error
  }
}

async function release(opened: Opened): Promise<void> {
  opened.users--
  if (opened.isOld && opened.users === 0) await opened.index.close()
}
