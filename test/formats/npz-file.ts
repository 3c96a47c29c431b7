// Writes .npy and .npz files with any header, for tests.

import { crc32, localHeader, zipDirectory } from '../../src/formats/bytes/zip-writer.js'

export interface TestArray {
  /** NumPy's type, for example `<f4`. */
  readonly descr: string
  readonly shape: readonly number[]
  /** Elements of the type of `descr`. */
  readonly data: ArrayBufferView | readonly number[]
  readonly fortranOrder?: boolean
  readonly version?: 1 | 2 | 3
}

const bytesOf = (data: TestArray['data']) =>
  ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : Uint8Array.from(data as readonly number[])

/** A .npy file. The last 16 bytes of its header are blanks. */
export function npyFile({ descr, shape, data, fortranOrder = false, version = 1 }: TestArray): Uint8Array {
  const counts = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const dict = `{'descr': '${descr}', 'fortran_order': ${fortranOrder ? 'True' : 'False'}, 'shape': (${counts}), }`
  const text = `${dict.padEnd(dict.length + 16)}\n`
  const length = version === 1 ? Uint16Array.of(text.length) : Uint32Array.of(text.length)
  const magic = Uint8Array.of(0x93, ...Buffer.from('NUMPY'), version, 0)
  return new Uint8Array(Buffer.concat([magic, bytesOf(length), Buffer.from(text), bytesOf(data)]))
}

/** A .npz file of stored arrays, in this order. */
export function npzFile(arrays: Readonly<Record<string, TestArray | Uint8Array>>): Uint8Array {
  const parts: Uint8Array[] = []
  const entries = Object.entries(arrays).map(([name, array]) => {
    const bytes = array instanceof Uint8Array ? array : npyFile(array)
    const entry = { name: name.includes('.') ? name : `${name}.npy`, size: bytes.length, crc: crc32(bytes) }
    parts.push(localHeader(entry), bytes)
    return entry
  })
  const end = parts.reduce((sum, { length }) => sum + length, 0)
  return new Uint8Array(Buffer.concat([...parts, zipDirectory(entries, end)]))
}

export const f32 = (shape: readonly number[], values: readonly number[]): TestArray => ({
  descr: '<f4',
  shape,
  data: Float32Array.from(values),
})

export const u8 = (shape: readonly number[], values: readonly number[]): TestArray => ({
  descr: '|u1',
  shape,
  data: Uint8Array.from(values),
})

/** Texts of UTF-32 characters, as NumPy's type U. */
export function texts(values: readonly string[]): TestArray {
  const width = Math.max(...values.map(value => [...value].length))
  const codes = values.flatMap(value => {
    const characters = [...value].map(character => character.codePointAt(0)!)
    return [...characters, ...Array(width - characters.length).fill(0)]
  })
  return { descr: `<U${width}`, shape: [values.length], data: Uint32Array.from(codes) }
}
