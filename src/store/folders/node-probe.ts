// Tries what a store needs from a folder, once when it is created or opened for writing. A disk that lacks a part of it
// would otherwise fail in the middle of a change.

import { codeOf, type NodeFileSystem } from '../../base/node-files.js'
import type { StoreFile } from './folder.js'
import { StoreFolderError } from './folder-error.js'

/** The folder to try, and its operations. */
export interface ProbeContext {
  readonly fileSystem: NodeFileSystem
  /** The absolute path of the folder. */
  readonly path: string
  /** Opens a file. */
  openFile(path: string, flags: string): Promise<StoreFile>
  syncFolder(): Promise<void>
}

/**
 * Tries all operations of a folder. Leaves no file.
 *
 * @param prefix the path of a file that does not exist
 * @throws StoreFolderError that names the operation which failed
 */
export async function probeFolder(context: ProbeContext, prefix: string): Promise<void> {
  const { fileSystem, path, openFile, syncFolder } = context
  const [first, second] = [`${prefix}.1`, `${prefix}.2`]
  let operation = ''
  const attempt = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
    operation = name
    return run()
  }
  let file: StoreFile | undefined
  try {
    await attempt('create a file', async () => (await openFile(second, 'w')).close())
    file = await attempt('create a file that does not exist', () => openFile(first, 'wx+'))
    await attempt('write a file', () => file!.write(Uint8Array.of(1, 2, 3, 4), 0))
    await attempt('shorten a file', () => file!.truncate(2))
    await attempt('sync a file', () => file!.sync())
    await attempt('read what was written', () => expectBytes(file!))
    await attempt('create a file only if it does not exist', () => expectExclusive(context, first))
    await file.close()
    await attempt('replace a file by another', () => fileSystem.rename(first, second))
    await attempt('sync a folder', syncFolder)
    await attempt('delete a file', () => fileSystem.rm(second, { force: false }))
  } catch (cause) {
    await file?.close().catch(() => undefined)
    for (const each of [first, second]) await fileSystem.rm(each, { force: true }).catch(() => undefined)
    throw new StoreFolderError(path, operation, cause)
  }
}

async function expectBytes(file: StoreFile): Promise<void> {
  const bytes = new Uint8Array(4)
  const length = await file.read(bytes, 0)
  if (length !== 2 || bytes[0] !== 1 || bytes[1] !== 2) throw new Error('other bytes were read')
}

async function expectExclusive({ openFile }: ProbeContext, path: string): Promise<void> {
  const opened = await openFile(path, 'wx').catch((error: unknown) => {
    if (codeOf(error) === 'EEXIST') return undefined
    throw error
  })
  if (!opened) return
  await opened.close()
  throw new Error('two processes can create the same file')
}
