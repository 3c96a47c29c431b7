// The error of a folder in which a store cannot work.

import { messageOf } from '../../base/is-a.js'
import { describeError, hasRemedy } from './node-errors.js'

/**
 * Thrown if a folder does not allow what a store needs, such as writing, syncing, or replacing a file by another: on
 * read-only disks and some network drives. `cause` is the error of the file system.
 */
export class StoreFolderError extends Error {
  override readonly name = 'StoreFolderError'
  readonly code = 'ERR_STORE_FOLDER'

  /** `operation` is what failed, for example `sync a file`. */
  constructor(path: string, operation: string, error: unknown) {
    const cause = describeError(path, error)
    const reason = messageOf(cause)
    const remedy = hasRemedy(cause) ? '' : '; choose a folder on a local disk'
    super(
      `a store cannot be written to "${path}", because it cannot ${operation} there: ${reason}${remedy}`,
      {
        cause,
      },
    )
  }
}
