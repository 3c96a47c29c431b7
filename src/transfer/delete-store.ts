// Deletes the store that an import created, if the import failed before its first point was stored.

import { nodeModule } from '../base/node-module.js'
import { isStoreFile } from '../store/files/file-names.js'
import { folderAt } from '../store/folders/folder.js'
import { ASSIGNED_IDS_FILE } from './assigned-ids.js'

/** Deletes the files of a store, and its folder if that is empty then. */
export async function deleteStore(path: string): Promise<void> {
  const folder = await folderAt(path)
  for (const name of await folder.list()) {
    if (isStoreFile(name) || name === ASSIGNED_IDS_FILE) await folder.remove(name)
  }
  const system = await nodeModule<{ rmdir(path: string): Promise<void> }>('node:fs/promises')
  // a folder with other files stays
  await system?.rmdir(path).catch(() => undefined)
}
