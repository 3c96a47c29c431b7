// A .npy file, and .npz: a zip file of them. Deflated arrays are inflated as they are read.

import { type ByteSource, formatError, regionStream } from '../bytes/byte-source.js'
import { openEntry, readDirectory } from '../bytes/zip.js'
import type { FilePoint } from '../file-point.js'
import type { StoredArray } from './array-rows.js'
import { readHeader } from './npy.js'
import { pointsOf } from './points-of-arrays.js'

/** The points of a .npy file. */
export async function* readNpy(source: ByteSource): AsyncGenerator<FilePoint> {
  const header = await readHeader(regionStream(source, 0, source.size, source.name), source.name)
  const { size, byteLength } = header
  if (size + byteLength !== source.size) {
    const shape = `(${header.shape.join(', ')})`
    throw formatError(
      source.name,
      `expected ${byteLength} bytes for the shape ${shape}, got ${source.size - size}`,
    )
  }
  const array: StoredArray = {
    ...header,
    name: '',
    place: source.name,
    open: async () => regionStream(source, size, byteLength, source.name),
    read: (offset, length) => source.read(size + offset, length),
  }
  yield* pointsOf([array], source.name)
}

/** The points of a .npz file. */
export async function* readNpz(source: ByteSource): AsyncGenerator<FilePoint> {
  const arrays: StoredArray[] = []
  for (const entry of await readDirectory(source)) {
    const name = entry.name.replace(/\.npy$/, '')
    const place = `${source.name}: ${name}`
    const opening = await openEntry(source, entry)
    const header = await readHeader(opening, place)
    await opening.close()
    if (header.size + header.byteLength !== entry.size) {
      const shape = `(${header.shape.join(', ')})`
      throw formatError(
        place,
        `expected ${header.byteLength} bytes for the shape ${shape}, got ${entry.size - header.size}`,
      )
    }
    arrays.push({
      ...header,
      name,
      place,
      async open() {
        const stream = await openEntry(source, entry)
        await stream.take(header.size)
        return stream
      },
      read: undefined,
    })
  }
  yield* pointsOf(arrays, source.name)
}
