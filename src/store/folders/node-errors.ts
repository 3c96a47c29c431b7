// Errors of Node's file system, with the path and a remedy. Node's own errors have a code and a system call only.

import { isError } from '../../base/is-a.js'
import { codeOf } from '../../base/node-files.js'

const REMEDIES: Readonly<Record<string, string>> = {
  EROFS: 'the disk is read-only; open the store with { readOnly: true }',
  EACCES:
    'permission denied; change the permissions, or, to read only, open the store with { readOnly: true }',
  EPERM:
    'the operation is not permitted; change the permissions, or, to read only, open the store with { readOnly: true }',
  ENOSPC: 'the disk is full; free some space',
  EDQUOT: 'the disk quota is exceeded; free some space',
  EFBIG: 'the disk allows no larger file; choose another disk',
  EMFILE: 'the process has too many open files; close some, or raise the limit (ulimit -n)',
  ENFILE: 'the system has too many open files; close some',
  EISDIR: 'a folder has the name of a file; rename it',
  ENOTDIR: 'a part of the path is a file; choose another path',
  ELOOP: 'the path has too many symbolic links; choose another path',
  ENAMETOOLONG: 'the path is too long; choose a shorter one',
  EIO: 'the disk reports an error; check the disk',
  EBUSY: 'another process uses it; close it there',
}

/** Returns true if the message of a described error ends with a remedy. */
export const hasRemedy = (error: unknown): boolean => Object.hasOwn(REMEDIES, codeOf(error) ?? '')

/** Runs an operation on a file. An error of the file system gets the path and a remedy, and keeps its `code`. */
export async function withPath<T>(path: string, operation: Promise<T>): Promise<T> {
  try {
    return await operation
  } catch (error) {
    throw describeError(path, error)
  }
}

/** Returns an error of the file system with the path and a remedy; other errors as they are. */
export function describeError(path: string, cause: unknown): unknown {
  // fs.rm has errors of its own, such as ERR_FS_EISDIR
  const code = codeOf(cause)?.replace(/^ERR_FS_/, '')
  const isOfSystem = isError(cause) && /^E[A-Z0-9]+$/.test(code ?? '') && !(cause instanceof FileError)
  return isOfSystem ? new FileError(path, code!, cause) : cause
}

/** An error of the file system. */
class FileError extends Error {
  override readonly name = 'FileError'

  constructor(
    path: string,
    readonly code: string,
    cause: Error,
  ) {
    super(`"${path}": ${REMEDIES[code] ?? cause.message} (${code})`, { cause })
  }
}
