// Opens the files that a command line names. Errors name the path and the reason in words.

import { stat } from 'node:fs/promises'
import { codeOf } from '../base/node-files.js'
import { type ByteSource, openFile } from '../formats/index.js'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'the file or folder does not exist',
  ENOTDIR: 'the file or folder does not exist',
  EISDIR: 'it is a folder',
  EACCES: 'you have no permission to read it',
  EPERM: 'you have no permission to read it',
  ELOOP: 'it is a symbolic link that leads to itself',
}

/**
 * Opens a file.
 *
 * @throws Error that names the path and the reason
 */
export async function openNamedFile(path: string): Promise<ByteSource> {
  try {
    return await openFile(path)
  } catch (cause) {
    throw namedFileError(path, cause)
  }
}

/** The error of a file that cannot be read: with the reason in words, if the system has a common one. */
export function namedFileError(path: string, cause: unknown): unknown {
  const reason = REASONS[codeOf(cause) ?? '']
  if (reason === undefined) return cause
  // a name that is not UTF-8 reaches a program with U+FFFD in it
  const remedy = path.includes('\ufffd') ? '; its name is not valid UTF-8: rename it' : ''
  return new Error(`"${path}" cannot be read: ${reason}${remedy}`, { cause })
}

/** @throws Error that names the path and the reason, if one of the paths does not exist or cannot be looked at */
export async function checkPaths(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await stat(path).catch((cause: unknown) => {
      throw namedFileError(path, cause)
    })
  }
}
