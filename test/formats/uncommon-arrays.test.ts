// Valid arrays that are less common: big-endian ids and lengths, headers of Python 2, other names; and the edges of limits.

import { describe, expect, it } from 'vitest'
import { openRows } from '../../src/formats/arrays/array-rows.js'
import { FormatError, memorySink, writeNpz } from '../../src/formats/index.js'
import { f32, npyFile, npzFile, type TestArray, texts, u8 } from './npz-file.js'
import { pointsOfText } from './points-of-text.js'

const read = (bytes: Uint8Array) => pointsOfText(bytes, 'a.npz')
const rowsOf = async (bytes: Uint8Array) => (await read(bytes)).map(({ vector }) => [...vector!.data])
const idsOf = async (bytes: Uint8Array) => (await read(bytes)).map(({ id }) => id)
const rows = f32([3, 1], [1, 2, 3])

/** An array whose elements of `size` bytes have the highest byte first. */
function bigEndian(descr: string, shape: readonly number[], data: ArrayBufferView, size: number): TestArray {
  const little = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return { descr, shape, data: little.map((_, at) => little[at - (at % size) + size - 1 - (at % size)]!) }
}

describe('ids', () => {
  it.each<[string, TestArray, unknown[]]>([
    ['signed numbers', bigEndian('>i8', [3], BigInt64Array.of(1n, 258n, 2n ** 53n), 8), [1, 258, 2n ** 53n]],
    ['unsigned numbers', bigEndian('>u8', [3], BigUint64Array.of(1n, 258n, 3n), 8), [1, 258, 3]],
    ['numbers of 32 bits', bigEndian('>i4', [3], Int32Array.of(1, 258, 3), 4), [1, 258, 3]],
    ['texts', bigEndian('>U2', [3], Uint32Array.of(65, 66, 0x1d11e, 0, 67, 0), 4), ['AB', '𝄞', 'C']],
  ])('are read in big-endian order: %s', async (_, ids, expected) => {
    expect(await idsOf(npzFile({ data: rows, ids }))).toEqual(expected)
  })

  it('up to 2^53 - 1 are numbers', async () => {
    const data = BigUint64Array.of(0n, 2n ** 53n - 1n, 2n ** 53n)
    const found = await idsOf(npzFile({ data: rows, ids: { descr: '<u8', shape: [3], data } }))
    expect(found).toEqual([0, 2 ** 53 - 1, 2n ** 53n])
  })

  it('of bytes keep a byte order mark', async () => {
    const ids = { descr: '|S4', shape: [3], data: Buffer.from('\ufeffab\0\0\0c\0\0\0') }
    expect(await idsOf(npzFile({ data: rows, ids }))).toEqual(['\ufeffa', 'b', 'c'])
  })

  it('have any character of Unicode, and no half of a pair', async () => {
    const idOf = (code: number) =>
      idsOf(
        npzFile({ data: f32([1, 1], [1]), ids: { descr: '<U1', shape: [1], data: Uint32Array.of(code) } }),
      )
    for (const code of [0xd7ff, 0xe000, 0x10ffff]) {
      expect(await idOf(code)).toEqual([String.fromCodePoint(code)])
    }
    for (const code of [0xd800, 0xdfff, 0x110000]) {
      await expect(idOf(code)).rejects.toThrow(new FormatError('a.npz: ids[0]: is not valid Unicode'))
    }
  })

  it('are the numbers of the names of several arrays, with up to 16 digits', async () => {
    const names = ['arr_01', '9007199254740993', '12345678901234567', '0', 'arr_0x']
    const file = npzFile(Object.fromEntries(names.map(name => [name, rows])))
    expect(new Set(await idsOf(file))).toEqual(
      new Set(['arr_01', 9007199254740993n, '12345678901234567', 0, 'arr_0x']),
    )
  })

  it('that are texts beyond 16 bits are written with one character each', async () => {
    const sink = memorySink()
    const vector = { data: Float32Array.of(1), dim: 1 }
    await writeNpz(
      ['𝄞𝄞', 'abc', 7].map(id => ({ id, vector })),
      sink,
    )
    const file = Buffer.from(await sink.blob().arrayBuffer())
    expect(file.includes("'descr': '<U3'")).toBe(true)
    expect(await idsOf(new Uint8Array(file))).toEqual(['𝄞𝄞', 'abc', '7'])
  })
})

describe('arrays that divide the rows', () => {
  const two = [[1, 2], [3]]
  it.each<[string, Record<string, TestArray>]>([
    ['doclens', { data: rows, doclens: u8([2], [2, 1]) }],
    ['doc_lens', { vectors: rows, doc_lens: u8([2], [2, 1]) }],
    [
      'lengths in big-endian order',
      { data: rows, lengths: bigEndian('>i8', [2], BigInt64Array.of(2n, 1n), 8) },
    ],
    [
      'offsets in big-endian order',
      { data: rows, offsets: bigEndian('>i2', [3], Int16Array.of(0, 2, 3), 2) },
    ],
  ])('are read: %s', async (_, arrays) => {
    expect(await rowsOf(npzFile(arrays))).toEqual(two)
  })

  it.each(['data', 'vectors', 'embeddings'])('are not needed by rows with the name %s', async name => {
    expect(await rowsOf(npzFile({ [name]: rows }))).toEqual([[1], [2], [3]])
  })

  it('are read as a mask in big-endian order', async () => {
    const cube = f32([2, 2, 1], [1, 2, 3, 4])
    const mask = bigEndian('>i2', [2, 2], Int16Array.of(1, 1, 0, 256), 2)
    expect(await rowsOf(npzFile({ data: cube, mask }))).toEqual([[1, 2], [4]])
  })

  it('of no documents belong to an array without rows', async () => {
    for (const shape of [
      [0, 0],
      [0, 4],
      [0, 0, 0],
    ])
      expect(await read(npyFile(f32(shape, [])))).toEqual([])
    const empty = { data: f32([0, 4], []), lengths: u8([0], []), ids: u8([0], []) }
    expect(await read(npzFile(empty))).toEqual([])
  })
})

describe('.npy headers', () => {
  /** A file of version 2 with this header and 16 bytes of elements. */
  const withHeader = (header: string) => {
    const start = [
      0x93,
      ...Buffer.from('NUMPY'),
      2,
      0,
      ...new Uint8Array(Uint32Array.of(header.length).buffer),
    ]
    const elements = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer)
    return new Uint8Array(Buffer.concat([Uint8Array.from(start), Buffer.from(header), elements]))
  }
  const expected = [
    [1, 2],
    [3, 4],
  ]

  it.each([
    ['of Python 2', "{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 2L), }"],
    ['with other quotes', '{"descr": "<f4", "fortran_order": False, "shape": (2, 2)}'],
    ['with more blanks', "{'descr' :  '<f4' , 'fortran_order' : False , 'shape' :  ( 2 , 2 ) }"],
  ])('are read: %s', async (_, header) => {
    expect(await rowsOf(withHeader(header))).toEqual(expected)
  })

  it('have up to 65,535 bytes', async () => {
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }"
    expect(await rowsOf(withHeader(header.padEnd(65_535)))).toEqual(expected)
    await expect(rowsOf(withHeader(header.padEnd(65_536)))).rejects.toThrow(
      new FormatError('a.npz: expected a header of at most 65535 bytes, got 65536'),
    )
  })

  it('of texts without characters are refused', async () => {
    await expect(read(npyFile({ descr: '<U0', shape: [2, 2], data: [] }))).rejects.toThrow(
      'expected elements of type f2, f4, f8, i1 to i8 or u1 to u8, got "<U0"',
    )
  })
})

describe('arrays in Fortran order in a .npz file', () => {
  const cube = { ...f32([2, 1, 2], [1, 2, 3, 4]), fortranOrder: true }

  it('are read, and checked to their end', async () => {
    const bytes = npzFile({ data: cube })
    expect(await rowsOf(bytes)).toEqual([
      [1, 3],
      [2, 4],
    ])
    const blank = Buffer.from(bytes).indexOf('), }') + 8
    bytes[blank] = 9
    await expect(read(bytes)).rejects.toThrow(
      new FormatError('a.npz: data.npy: its checksum is wrong; the file is damaged'),
    )
  })

  it('have up to 48 MiB, because all of them is in memory', async () => {
    const rowsOfSize = (byteLength: number) =>
      openRows({
        array: {
          name: 'data',
          path: 'a: data',
          type: 'u8',
          characters: 0,
          littleEndian: true,
          fortranOrder: true,
          shape: [byteLength, 1],
          byteLength,
          open: () => Promise.reject(new Error('opened')),
          read: undefined,
        },
        type: 'u8',
        rows: 1,
        dim: 1,
      })
    await expect(rowsOfSize(48 << 20)).rejects.toThrow('opened')
    await expect(rowsOfSize((48 << 20) + 1)).rejects.toThrow(
      'a: data: is deflated and in Fortran order, with more than 50331648 bytes; save numpy.ascontiguousarray of it',
    )
  })
})

it('a zip file whose entry has another header than its directory is refused', async () => {
  const message = 'a.npz: data.npy: its header differs from the zip directory; the file is damaged'
  for (const [offset, value] of [
    [0, 0x51],
    [26, 7],
    [30, 'e'.charCodeAt(0)],
  ] as const) {
    const bytes = npzFile({ ids: texts(['a']), data: f32([1, 1], [1]) })
    const header = Buffer.from(bytes).indexOf('data.npy') - 30
    bytes[header + offset] = value
    await expect(read(bytes), `byte ${offset}`).rejects.toThrow(new FormatError(message))
  }
})
