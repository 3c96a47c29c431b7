// Reads .npy files, and .npz files: zip files of .npy arrays, stored or deflated.

import { type ByteSource, formatError } from '../bytes/byte-source.js'
import { regionStream } from '../bytes/byte-stream.js'
import { openZip, type ZipArchive } from '../bytes/zip-reader.js'
import type { FileColumns } from '../file-columns.js'
import type { FilePoint } from '../file-point.js'
import { readHeader } from './npy.js'
import { pointsOfArrays } from './points-of-arrays.js'
import { checkByteLength, type StoredArray } from './stored-array.js'

/** The points of a .npy file. */
export async function* readNpy(source: ByteSource, columns: FileColumns = {}): AsyncGenerator<FilePoint> {
  const path = source.name
  const header = await readHeader(regionStream(source, 0, source.size, path), path)
  const { size, byteLength } = header
  checkByteLength(header, source.size - size, path)
  const array: StoredArray = {
    ...header,
    name: '',
    path,
    open: async () => regionStream(source, size, byteLength, path),
    read: (offset, length) => source.read(size + offset, length),
  }
  yield* pointsOfArrays([{ name: '', load: async () => array }], path, { isOrdered: true, columns })
}

/** The points of a .npz file. */
export async function* readNpz(source: ByteSource, columns: FileColumns = {}): AsyncGenerator<FilePoint> {
  const zip = await openZip(source)
  const entries = zip.names.flatMap((name, index) =>
    isArray(name)
      ? [{ name: name.replace(/\.npy$/, ''), load: () => loadArray(zip, index, source.name) }]
      : [],
  )
  if (entries.length === 0) throw formatError(source.name, kindOfZip(zip.names))
  yield* pointsOfArrays(entries, source.name, { isOrdered: true, columns })
}

/** What a zip file without arrays is. */
function kindOfZip(names: readonly string[]): string {
  if (names.some(name => name.endsWith('data.pkl'))) {
    return 'is a PyTorch file; save its tensors with safetensors.torch.save_file'
  }
  if (names.includes('[Content_Types].xml')) return 'is an Office document, not a .npz file'
  return names.length === 0 ? 'has no arrays' : `has no .npy file, only ${names.slice(0, 3).join(', ')}`
}

/** macOS adds files with the attributes of each file, under the same names. */
const isArray = (name: string) => name.endsWith('.npy') && !name.startsWith('__MACOSX/')

async function loadArray(zip: ZipArchive, index: number, file: string): Promise<StoredArray> {
  const entry = await zip.entry(index)
  const name = entry.name.replace(/\.npy$/, '')
  const path = `${file}: ${name}`
  const stream = entry.open()
  try {
    const header = await readHeader(stream, path)
    checkByteLength(header, entry.size - header.size, path)
    // opening an entry takes a millisecond, so the stream goes on from the header to the elements
    return { ...header, name, path, open: async () => stream, read: undefined }
  } catch (error) {
    await stream.close()
    throw error
  }
}
