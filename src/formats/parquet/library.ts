// Loads hyparquet, and hyparquet-compressors for compressions other than Snappy, when a Parquet file is read. Both are
// optional peer dependencies.

import { MissingPackageError } from '../../base/errors.js'
import { formatError } from '../bytes/byte-source.js'
import type { Decompress } from './pages.js'

type Hyparquet = typeof import('hyparquet')

/** The metadata of a Parquet file. */
export type Metadata = ReturnType<Hyparquet['parquetMetadata']>
export type RowGroup = Metadata['row_groups'][number]
export type ColumnMetadata = NonNullable<RowGroup['columns'][number]['meta_data']>

type Codec = ColumnMetadata['codec']

/** The functions of hyparquet that are used here, and the decompressors. */
export interface ParquetLibrary extends Pick<Hyparquet, 'parquetMetadata' | 'parquetRead' | 'parquetSchema'> {
  /**
   * Returns the decompressor of a codec; undefined for pages that are not compressed.
   *
   * @throws MissingPackageError if hyparquet-compressors is needed and not installed
   */
  decompressorOf(codec: Codec, path: string): Decompress | undefined
}

/**
 * Loads the packages to read the file `name`.
 *
 * @throws MissingPackageError if hyparquet is not installed
 */
export async function loadParquetLibrary(name: string): Promise<ParquetLibrary> {
  const hyparquet = await import('hyparquet').catch((cause: unknown) => {
    throw new MissingPackageError('hyparquet', `reading ${name}`, cause)
  })
  const { parquetMetadata, parquetRead, parquetSchema, snappyUncompress } = hyparquet
  const compressors = await import('hyparquet-compressors').then(
    ({ compressors }) => compressors,
    () => undefined,
  )
  const snappy: Decompress = (bytes, size) => {
    const output = new Uint8Array(size)
    snappyUncompress(bytes, output)
    return output
  }
  return {
    parquetMetadata,
    parquetRead,
    parquetSchema,
    decompressorOf(codec, path) {
      if (codec === 'UNCOMPRESSED') return undefined
      const decompress = compressors?.[codec] ?? (codec === 'SNAPPY' ? snappy : undefined)
      // some writers write 0 bytes for an empty page, and some decompressors refuse a page of 0 bytes
      if (decompress) return (bytes, size) => (size === 0 ? new Uint8Array(0) : decompress(bytes, size))
      if (!compressors) {
        throw new MissingPackageError('hyparquet-compressors', `reading ${path}, compressed by ${codec},`)
      }
      throw formatError(path, `is compressed by ${codec}, which is not supported`)
    },
  }
}
