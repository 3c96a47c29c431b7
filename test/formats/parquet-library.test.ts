// The decompressors of Parquet in an engine that forbids compiling WebAssembly, where the package with most of them cannot be
// imported.

import { expect, it, vi } from 'vitest'
import { FormatError } from '../../src/formats/index.js'
import { loadParquetLibrary } from '../../src/formats/parquet/library.js'

vi.mock('hyparquet-compressors', () => {
  throw new Error('WebAssembly.Module(): wasm code generation disallowed')
})

const { decompressorOf } = await loadParquetLibrary()

it('pages in Snappy are decompressed, and others are refused with the reason', () => {
  const snappy = decompressorOf('SNAPPY', 'a')!
  // a length of 6, then a literal of 3 bytes and a copy of 3 bytes from 3 bytes before
  expect([...snappy(Uint8Array.of(6, 8, 1, 2, 3, 10, 3, 0), 6)]).toEqual([1, 2, 3, 1, 2, 3])
  expect(snappy(new Uint8Array(0), 0)).toEqual(new Uint8Array(0))
  expect(decompressorOf('UNCOMPRESSED', 'a')).toBeUndefined()
  expect(() => decompressorOf('ZSTD', 'a: x')).toThrow(
    new FormatError(
      'a: x: is compressed by ZSTD, which needs WebAssembly, and this engine forbids compiling it',
    ),
  )
})
