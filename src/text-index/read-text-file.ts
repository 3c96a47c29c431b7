// Reads the text files of an index, which may change meanwhile, and decodes their texts.

import { sha256Of } from '../base/whole-files.js'
import { fileSystem } from './file-system.js'
import type { TextFile } from './text-files.js'

/** Larger files are skipped. */
const MAX_FILE_BYTES = 256 * 2 ** 20

/** The bytes of a file, or the reason why it cannot be used. */
export type FileBytes = ReadFile | { readonly reason: string }

/** A file as it was read. */
export interface ReadFile {
  readonly bytes: Uint8Array
  /** The SHA-256 of the bytes in hex. */
  readonly hash: string
  /** Number of bytes. */
  readonly size: number
  /** Time of the last modification, or `CHANGING`. */
  readonly modified: number
  /** Whether the file changed while it was read, each time. The bytes may be parts of several states. */
  readonly isTorn: boolean
}

/** In place of the time of a file whose next change might not be seen: the next update reads it again. */
const CHANGING = -1

/** How often a file is read that changes while it is read. */
const READS = 3

/** File systems keep times in steps of up to two seconds: within a step, another text of the same size has the same time. */
const TIME_STEP = 2000

/**
 * Reads a file.
 *
 * @throws the error of Node if the file cannot be read
 */
export async function readBytes({ path }: Pick<TextFile, 'path'>): Promise<FileBytes> {
  const { open } = await fileSystem()
  for (let read = 1; ; read++) {
    const handle = await open(path, 'r')
    try {
      const before = await handle.stat()
      if (!before.isFile()) return { reason: `${path} is not a file any more` }
      if (before.size > MAX_FILE_BYTES) {
        return { reason: `${path} is larger than ${MAX_FILE_BYTES / 2 ** 20} MiB` }
      }
      const started = Date.now()
      const bytes = await handle.readFile()
      const after = await handle.stat()
      const { size, mtimeMs } = after
      const isTorn = bytes.length !== size || mtimeMs !== before.mtimeMs || size !== before.size
      if (isTorn && read < READS) continue
      const modified = isTorn || Math.abs(started - mtimeMs) < TIME_STEP ? CHANGING : mtimeMs
      return { bytes, hash: await sha256Of(bytes), size: bytes.length, modified, isTorn }
    } finally {
      await handle.close()
    }
  }
}

/**
 * Decodes UTF-16 with a byte order mark, or UTF-8, or windows-1252 if most of the bytes beyond ASCII are not valid UTF-8.
 * Returns undefined for a binary file.
 */
export function decodeText(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  const start = bytes.subarray(0, 8192)
  if (start.includes(0) || String.fromCharCode(...start.subarray(0, 5)) === '%PDF-') return undefined
  const text = new TextDecoder().decode(bytes)
  return isMostlyInvalid(text) ? new TextDecoder('windows-1252').decode(bytes) : text
}

/** Whether more characters beyond ASCII are replacement characters than not. */
function isMostlyInvalid(text: string): boolean {
  if (!text.includes('\ufffd')) return false
  let [invalid, valid] = [0, 0]
  for (let position = 0; position < text.length; position++) {
    const code = text.charCodeAt(position)
    if (code === 0xfffd) invalid++
    else if (code > 127) valid++
  }
  return invalid > valid
}
