// Loads hyparquet and its decompressors when a Parquet file is read, and not before.

import { FormatError, formatError } from '../bytes/byte-source.js'
import type { Decompress } from './pages.js'

type Hyparquet = typeof import('hyparquet')

/** The metadata of a Parquet file. */
export type Metadata = ReturnType<Hyparquet['parquetMetadata']>
export type RowGroup = Metadata['row_groups'][number]
export type ColumnMetadata = NonNullable<RowGroup['columns'][number]['meta_data']>

type Codec = ColumnMetadata['codec']

/** The functions of hyparquet that are used here, and the decompressors. */
export interface ParquetLibrary extends Pick<Hyparquet, 'parquetMetadata' | 'parquetRead' | 'parquetSchema'> {
  /** Returns the decompressor of a codec; undefined for pages that are not compressed. */
  decompressorOf(codec: Codec, path: string): Decompress | undefined
}

/** Loads the packages. */
export async function loadParquetLibrary(): Promise<ParquetLibrary> {
  const { parquetMetadata, parquetRead, parquetSchema, snappyUncompress } = await import('hyparquet')
  // undefined where the engine forbids compiling WebAssembly: the package compiles its Snappy when it is imported
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
      if (!decompress) {
        const reason = compressors
          ? 'which is not supported'
          : 'which needs WebAssembly, and this engine forbids compiling it'
        throw formatError(path, `is compressed by ${codec}, ${reason}`)
      }
      // some writers write 0 bytes for an empty page, and some decompressors refuse a page of 0 bytes
      return (bytes, size) => (size === 0 ? new Uint8Array(0) : decompress(bytes, size))
    },
  }
}

/** Reports errors of hyparquet as errors of the file. */
export async function attempt<T>(path: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (cause) {
    if (cause instanceof FormatError) throw cause
    throw formatError(
      path,
      `cannot be read as Parquet: ${(cause as Error).message}; the option "columns.payload" can leave out a column`,
      cause,
    )
  }
}
