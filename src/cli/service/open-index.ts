// An index that stays open between searches, and is opened again when it has changed on disk.

import type { LoadedEncoder } from '../encoder-options.js'
import { type OpenSearch, openSearch } from '../store-options.js'
import { folderStamp } from './folder-stamp.js'

/** Thrown by a search of a folder that has no index. */
export class NoIndexError extends Error {
  override readonly name = 'NoIndexError'

  constructor(folder: string) {
    super(`there is no index at "${folder}"; create it with: npx maxsimd index <folder> --store "${folder}"`)
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
  readonly index: OpenSearch
  users: number
  isOld: boolean
}

/** @param load loads the encoder of the index as it is now */
export function createIndexFolder(folder: string, load: () => Promise<LoadedEncoder>): IndexFolder {
  let current: Opened | undefined
  let queue: Promise<unknown> = Promise.resolve()

  async function retire(): Promise<void> {
    const old = current
    current = undefined
    if (!old) return
    old.isOld = true
    if (old.users === 0) await old.index.close()
  }

  /** The current index with one more user. */
  async function refresh(): Promise<Opened> {
    // the stamp is older than the index: a change in between is found by the next call
    const stamp = await folderStamp(folder)
    if (current?.stamp !== stamp) await retire()
    if (stamp === undefined) throw new NoIndexError(folder)
    if (!current) {
      current = { stamp, index: await openWarm(folder, load), users: 0, isOld: false }
    }
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
