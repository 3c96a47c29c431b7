// Files of Node that are read and replaced as a whole.

import { codeOf, type NodeFileHandle, readFully } from './node-files.js'
import { nodeModule } from './node-module.js'
import { joinPath } from './paths.js'

/** The parts of node:fs/promises that are used here. */
export interface WholeFileSystem {
  stat(path: string): Promise<{ isFile(): boolean }>
  open(path: string, flags: 'r'): Promise<Pick<NodeFileHandle, 'read' | 'stat' | 'close'>>
  writeFile(path: string, content: string | Uint8Array, options: { readonly flag: 'wx' }): Promise<void>
  rm(path: string, options: { readonly force: true }): Promise<void>
  rename(from: string, to: string): Promise<void>
  mkdir(path: string, options: { readonly recursive: true }): Promise<unknown>
}

/** The part of node:crypto that is used here. */
interface Crypto {
  createHash(name: string): { update(bytes: Uint8Array): { digest(encoding: 'hex'): string } }
}

/**
 * The bytes of a file, or undefined if the file does not exist.
 *
 * @throws RangeError for anything but a file: to read a named pipe or a device may never end
 */
export async function readWholeFile(
  { stat, open }: WholeFileSystem,
  path: string,
): Promise<Uint8Array | undefined> {
  try {
    if (!(await stat(path)).isFile())
      throw new RangeError(`"${path}" is not a file; remove it, and index again`)
    const handle = await open(path, 'r')
    try {
      // Node's readFile reads half a megabyte at a time
      const bytes = new Uint8Array((await handle.stat()).size)
      return bytes.subarray(0, await readFully(handle, bytes, 0))
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Replaces a file of a folder as a whole: readers see the old content or the new one. A link is replaced, and not followed. */
export async function replaceWholeFile(
  { mkdir, rm, writeFile, rename }: WholeFileSystem,
  folder: string,
  name: string,
  content: string | Uint8Array,
): Promise<void> {
  await mkdir(folder, { recursive: true })
  const path = joinPath(folder, name)
  await rm(`${path}.new`, { force: true })
  await writeFile(`${path}.new`, content, { flag: 'wx' })
  await rename(`${path}.new`, path)
}

/** The SHA-256 of bytes, in hex. */
export async function sha256Of(bytes: Uint8Array): Promise<string> {
  const { createHash } = (await nodeModule<Crypto>('node:crypto'))!
  return createHash('sha256').update(bytes).digest('hex')
}
