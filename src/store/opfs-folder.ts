// placeholder
import type { Folder } from './folder.js'
export async function createOpfsFolder(_path: string): Promise<Folder> {
  throw new Error('not yet')
}
