// A folder of a browser's origin private file system.

import { isError } from '../../base/is-a.js'
import { type Folder, type Lock, NotAFileError, StoreLockedError } from './folder.js'
import { type OpfsHandle, readableFile, replaceContents, writableFile } from './opfs-file.js'

type Directory = FileSystemDirectoryHandle

/** Finds the folder, and creates it if `create`. Returns undefined if it does not exist. */
type FindDirectory = (create: boolean) => Promise<Directory | undefined>

/** Returns undefined in place of a file or folder that does not exist. */
async function unlessMissing<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation
  } catch (error) {
    if (isError(error) && error.name === 'NotFoundError') return undefined
    throw error
  }
}

/** Returns the folder at `path`, with `/` between names. It need not exist. */
export async function createOpfsFolder(path: string): Promise<Folder> {
  const names = path.split('/').filter(name => name !== '' && name !== '.')
  const find = directoryFinder(names)
  const handleOf = async (name: string): Promise<OpfsHandle> =>
    (await find(true))!.getFileHandle(name, { create: true })
  return {
    path,
    list: async () => namesIn(await find(false)),
    async open(name, writable) {
      const directory = await find(false)
      const handle = directory && (await unlessMissing(fileHandle(directory, name)))
      if (!handle) return undefined
      return writable ? unlessMissing(writableFile(handle)) : readableFile(handle)
    },
    async create(name) {
      const file = await writableFile(await handleOf(name))
      await file.truncate(0)
      return file
    },
    replace: async (name, bytes) => replaceContents(await handleOf(name), bytes),
    async remove(name) {
      const directory = await find(false)
      if (directory) await unlessMissing(directory.removeEntry(name))
    },
    async sync() {},
    lock: () => acquireLock(path, `maxsimd store ${names.join('/')}`),
  }
}

/**
 * Returns the handle of a file that exists.
 *
 * @throws NotAFileError for a folder; there are no links
 */
async function fileHandle(directory: Directory, name: string): Promise<OpfsHandle> {
  try {
    return await directory.getFileHandle(name)
  } catch (error) {
    const isFolder = isError(error) && error.name === 'TypeMismatchError'
    throw isFolder ? new NotAFileError(name, 'a folder') : error
  }
}

function directoryFinder(names: readonly string[]): FindDirectory {
  let known: Directory | undefined
  const search = async (create: boolean) => {
    let directory = await navigator.storage.getDirectory()
    for (const name of names) directory = await directory.getDirectoryHandle(name, { create })
    return directory
  }
  return async create => {
    known ??= await unlessMissing(search(create))
    return known
  }
}

async function namesIn(directory: Directory | undefined): Promise<string[]> {
  const names: string[] = []
  // TypeScript's type of a directory has no methods that list it
  const keys = (directory as unknown as { keys(): AsyncIterable<string> } | undefined)?.keys()
  if (keys) for await (const name of keys) names.push(name)
  return names
}

/** Acquires the lock `name`. The browser releases it when the page or worker ends, however it ends. */
function acquireLock(path: string, name: string): Promise<Lock> {
  return new Promise((resolve, reject) => {
    const held = navigator.locks.request(name, { ifAvailable: true }, lock => {
      if (!lock) {
        throw new StoreLockedError(
          `the store at "${path}" is locked by another page or worker; close it there`,
        )
      }
      return new Promise<void>(unlock => {
        resolve({
          async check() {},
          async release() {
            unlock()
            await held
          },
        })
      })
    })
    held.catch(reject)
  })
}
