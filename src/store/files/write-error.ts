// The error of a store whose files could not be written.

import { messageOf } from '../../base/is-a.js'
import { StoreLockedError } from '../folders/folder.js'

/**
 * Thrown if a store's files could not be written or synced, and by every later change until the store is opened again:
 * after an error, only the files tell what is on the disk. Reading goes on. `cause` is the error of the file system.
 */
export class StoreWriteError extends Error {
  override readonly name = 'StoreWriteError'
  readonly code = 'ERR_STORE_WRITE'

  constructor(path: string, cause: unknown) {
    const reason = messageOf(cause)
    super(`the store at "${path}" could not be written: ${reason}; close it, and open it again`, { cause })
  }
}

/** Returns the error of a change that failed. */
export const writeFailure = (path: string, cause: unknown): Error =>
  cause instanceof StoreLockedError || cause instanceof StoreWriteError
    ? cause
    : new StoreWriteError(path, cause)
