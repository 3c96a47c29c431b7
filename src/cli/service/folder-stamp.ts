// A stamp of an index folder, which changes when the index does.

import { readdir, stat } from 'node:fs/promises'
import { codeOf } from '../../base/node-files.js'

/** The stamp of the text index or the store in a folder; undefined if there is neither. */
export async function folderStamp(folder: string): Promise<string | undefined> {
  // an update writes index.json last
  const catalog = await fileStamp(folder, 'index.json')
  if (catalog !== undefined) return catalog
  const names = await readdir(folder).catch(ignoreMissing)
  if (!names?.includes('manifest')) return undefined
  const parts = await Promise.all(
    names
      .filter(name => name === 'manifest' || name.endsWith('.log'))
      .sort()
      .map(name => fileStamp(folder, name)),
  )
  return parts.join()
}

/** The stamp of a file; undefined if it does not exist. */
export async function fileStamp(folder: string, name: string): Promise<string | undefined> {
  const stats = await stat(`${folder}/${name}`, { bigint: true }).catch(ignoreMissing)
  return stats && [name, stats.ino, stats.size, stats.mtimeNs].join(':')
}

/** @throws the error, unless the file or folder does not exist */
function ignoreMissing(cause: unknown): undefined {
  const code = codeOf(cause)
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw cause
}
