// Arrays in .npy and .npz files: layouts, ids, and the checks of each array.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  bytesSource,
  type FileColumns,
  FormatError,
  memorySink,
  readPoints,
  writeNpz,
} from '../../src/formats/index.js'
import { f32, npyFile, npzFile, type TestArray, texts, u8 } from './npz-file.js'
import { firstDifference, pointsOfText } from './points-of-text.js'

const read = (bytes: Uint8Array) => pointsOfText(bytes, 'a.npz')
const rowsOf = async (bytes: Uint8Array) => (await read(bytes)).map(({ vector }) => [...vector!.data])
const idsOf = async (bytes: Uint8Array) => (await read(bytes)).map(({ id }) => id)

/** Three documents of two rows of dim 2: 0 to 11. */
const cube = f32([3, 2, 2], [...Array(12).keys()])
const rows = f32([3, 1], [1, 2, 3])
const lines = (...values: string[]) => {
  const bytes = Buffer.from(values.map(value => `${value}\n`).join(''))
  return u8([bytes.length], [...bytes])
}

describe('arrays of three dimensions with padding', () => {
  const whole = [
    [0, 1, 2, 3],
    [4, 5, 6, 7],
    [8, 9, 10, 11],
  ]
  const mask = [1, 0, 0, 1, 1, 1]
  const masked = [[0, 1], [6, 7], whole[2]]

  it.each<[string, Record<string, TestArray>, unknown]>([
    ['no padding', { data: cube }, whole],
    ['lengths', { data: cube, lengths: u8([3], [1, 2, 1]) }, [[0, 1], whole[1], [8, 9]]],
    ['a mask', { data: cube, mask: u8([3, 2], mask) }, masked],
    ['a mask of booleans', { mask: { ...u8([3, 2], mask), descr: '|b1' }, tokens: cube }, masked],
    [
      'a mask of 64 bits',
      { data: cube, attention_mask: { descr: '<i8', shape: [3, 2], data: BigInt64Array.from(mask, BigInt) } },
      masked,
    ],
  ])('with %s have the rows that count', async (_, arrays, expected) => {
    expect(await rowsOf(npzFile(arrays))).toEqual(expected)
  })

  it.each<[Record<string, TestArray>, string]>([
    [{ lengths: u8([3], [1, 3, 1]) }, 'lengths: expected 1 to 2 rows in document 1, got 3'],
    [{ lengths: u8([3], [1, 0, 1]) }, 'lengths: expected 1 to 2 rows in document 1, got 0'],
    [{ lengths: u8([2], [1, 1]) }, 'lengths: expected 3 lengths, one for each document, got 2'],
    [{ lengths: u8([4], [1, 1, 1, 1]) }, 'lengths: expected 3 lengths, one for each document, got 4'],
    [{ mask: u8([3, 2], [1, 1, 0, 0, 1, 1]) }, 'mask: expected at least 1 row in document 1, got 0'],
    [
      { mask: u8([3, 3], Array(9).fill(1)) },
      'mask: expected whole numbers or booleans of shape (3, 2), got u8 of shape (3, 3)',
    ],
    [
      { mask: { ...u8([3, 2], mask), fortranOrder: true } },
      'mask: is in Fortran order; save numpy.ascontiguousarray of it',
    ],
    [
      { offsets: u8([4], [0, 2, 4, 6]) },
      'offsets: does not belong to a.npz: data, which has three dimensions',
    ],
    [
      { lengths: u8([3], [1, 1, 1]), mask: u8([3, 2], mask) },
      'mask: does not belong to a.npz: data, which has three dimensions',
    ],
  ])('refuse other padding: %j', async (arrays, message) => {
    await expect(read(npzFile({ data: cube, ...arrays }))).rejects.toThrow(
      new FormatError(`a.npz: ${message}`),
    )
  })
})

describe('ids', () => {
  const big = 2n ** 63n
  it.each<[string, TestArray, unknown[]]>([
    ['whole numbers', u8([3], [7, 0, 255]), [7, 0, 255]],
    [
      'large numbers',
      { descr: '<u8', shape: [3], data: BigUint64Array.of(5n, 2n ** 53n, big) },
      [5, 2n ** 53n, big],
    ],
    ['texts, as they are', texts(['7', '007', 'doc-é 𝄞']), ['7', '007', 'doc-é 𝄞']],
    [
      'texts of bytes',
      { descr: '|S4', shape: [3], data: Buffer.from('7\0\0\0d-17é\0\0') },
      ['7', 'd-17', 'é'],
    ],
  ])('are %s', async (_, ids, expected) => {
    expect(await idsOf(npzFile({ data: rows, ids }))).toEqual(expected)
  })

  it.each(
    (
      [
        [
          { descr: '<i8', shape: [3], data: BigInt64Array.of(1n, -1n, 2n) },
          'ids[1]: "id" expected a whole number or a text, got -1',
        ],
        [
          { ...u8([3], [1, 0, 1]), descr: '|b1' },
          'ids: expected a whole number or a text for each document, got bool of shape (3)',
        ],
        [
          f32([3], [1, 2, 3]),
          'ids: expected a whole number or a text for each document, got f32 of shape (3)',
        ],
        [
          u8([3, 1], [1, 2, 3]),
          'ids: expected a whole number or a text for each document, got u8 of shape (3, 1)',
        ],
        [{ descr: '|S1', shape: [3], data: Uint8Array.of(65, 0xe9, 65) }, 'ids[1]: is not valid UTF-8'],
        [{ descr: '<U1', shape: [3], data: Uint32Array.of(65, 0xd800, 65) }, 'ids[1]: is not valid Unicode'],
        [
          { descr: '<U1', shape: [3], data: Uint32Array.of(65, 0x110000, 65) },
          'ids[1]: is not valid Unicode',
        ],
        [texts(['a', '', 'b']), 'ids[1]: "id" expected a whole number or a text, got ""'],
      ] as [TestArray, string][]
    ).map(([ids, message]) => [message, ids] as const),
  )('are refused: %s', async (message, ids) => {
    await expect(read(npzFile({ data: rows, ids }))).rejects.toThrow(new FormatError(`a.npz: ${message}`))
  })

  it('are texts of up to 4,096 characters', async () => {
    const id = 'x'.repeat(4096)
    const one = f32([1, 1], [1])
    expect(await idsOf(npzFile({ data: one, ids: texts([id]) }))).toEqual([id])
    await expect(read(npzFile({ data: one, ids: texts([`${id}x`]) }))).rejects.toThrow(
      'a.npz: ids: expected a whole number or a text for each document, got text of shape (1)',
    )
  })

  it('of several arrays are their names', async () => {
    const uuid = '00000000-0000-4000-8000-00000000000a'
    const file = npzFile({ arr_1: rows, 12: rows, '007': rows, [uuid]: rows, doc_3: rows })
    expect((await read(file)).map(({ id, payload }) => [id, payload])).toEqual([
      [12, {}],
      [1, {}],
      ['007', {}],
      [uuid, {}],
      ['doc_3', {}],
    ])
  })
})

describe('arrays beside the data', () => {
  it.each<[string, Record<string, TestArray | Uint8Array>, string]>([
    [
      'offsets that do not begin with 0',
      { offsets: u8([3], [1, 2, 3]) },
      'offsets: expected offsets from 0 on, got 1',
    ],
    [
      'offsets without the number of rows',
      { offsets: u8([3], [0, 1, 2]) },
      'offsets: counts 2 rows, but there are 3',
    ],
    [
      'offsets that do not ascend',
      { offsets: u8([4], [0, 2, 1, 3]) },
      'offsets: expected at least 1 row in document 1, got -1',
    ],
    [
      'lengths and offsets',
      { lengths: u8([1], [3]), offsets: u8([2], [0, 3]) },
      'offsets: is beside lengths; save one of them',
    ],
    [
      'lengths of two dimensions',
      { lengths: u8([1, 1], [3]) },
      'lengths: expected whole numbers in one dimension, got u8 of shape (1, 1)',
    ],
    [
      'lengths that are not whole numbers',
      { lengths: f32([1], [3]) },
      'lengths: expected whole numbers in one dimension, got f32 of shape (1)',
    ],
    [
      'lengths that are texts',
      { lengths: texts(['3']) },
      'lengths: expected whole numbers in one dimension, got text of shape (1)',
    ],
    [
      'lengths that are booleans',
      { lengths: { ...u8([1], [1]), descr: '|b1' } },
      'lengths: expected whole numbers in one dimension, got bool of shape (1)',
    ],
    [
      'a mask of rows',
      { mask: u8([3], [1, 1, 1]) },
      'mask: does not belong to a.npz: data, which has two dimensions',
    ],
    [
      'too few lines of payload',
      { payload: lines('{}', '{}') },
      'payload: expected a line for each document, got 2 lines',
    ],
    [
      'too many lines of payload',
      { payload: lines('{}', '{}', '{}', '{}') },
      'payload: expected 3 lines, one for each document, got more',
    ],
    [
      'payload that is not bytes',
      { payload: f32([1], [1]) },
      'payload: expected bytes (u1) with a line of JSON for each document',
    ],
    [
      'a second array',
      { other: rows },
      'has other arrays beside "data": other; if one has the number of rows of each document, save it as "lengths"; otherwise choose the vectors with the option "columns.vector"',
    ],
  ])('are refused: %s', async (_, arrays, message) => {
    await expect(read(npzFile({ data: rows, ...arrays }))).rejects.toThrow(
      new FormatError(`a.npz: ${message}`),
    )
  })

  it('are read in any order', async () => {
    const file = npzFile({
      ids: u8([2], [7, 8]),
      payload: lines('{"n":1}', '{"n":2}'),
      lengths: u8([2], [2, 1]),
      data: rows,
    })
    expect(await read(file)).toEqual([
      { id: 7, vector: { data: Float32Array.of(1, 2), dim: 1 }, text: undefined, payload: { n: 1 } },
      { id: 8, vector: { data: Float32Array.of(3), dim: 1 }, text: undefined, payload: { n: 2 } },
    ])
  })
})

describe('the option columns', () => {
  const file = npzFile({ colbert: rows, other: rows, names: texts(['a', 'b', 'c']), ids: u8([3], [1, 2, 3]) })
  const readColumns = async (columns: FileColumns) => {
    const points = []
    for await (const point of readPoints(bytesSource(file, 'a.npz'), { columns })) points.push(point)
    return points
  }

  it('names the arrays with the vectors and the ids', async () => {
    const points = await readColumns({ vector: 'colbert', id: 'names' })
    expect(points.map(({ id, vector }) => [id, [...vector!.data]])).toEqual([
      ['a', [1]],
      ['b', [2]],
      ['c', [3]],
    ])
  })

  it.each<[object, Error]>([
    [{ vector: 'x' }, new FormatError('a.npz: has no array "x"; its arrays: colbert, other, names, ids')],
    [{ id: 'x' }, new FormatError('a.npz: has no array "x"; its arrays: colbert, other, names, ids')],
    [
      { text: 'names' },
      new FormatError(
        'a.npz: has arrays only; the options "columns.text" and "columns.payload" do not apply',
      ),
    ],
    [
      { payload: [] },
      new FormatError(
        'a.npz: has arrays only; the options "columns.text" and "columns.payload" do not apply',
      ),
    ],
    [
      { vectors: 'x' },
      new RangeError('unknown option "columns.vectors"; valid options of columns: vector, id, text, payload'),
    ],
    [{ vector: '' }, new TypeError('"columns.vector" expected the name of a column, got ""')],
    [{ id: 3 }, new TypeError('"columns.id" expected the name of a column, got number')],
    [{ payload: 'x' }, new TypeError('"columns.payload" expected an array of names, got string')],
    [{ payload: [3] }, new TypeError('"columns.payload" expected an array of names, got array')],
  ])('refuses %j', async (columns, error) => {
    await expect(readColumns(columns)).rejects.toThrow(error)
  })
})

describe('each array of a .npz file is checked to its end', () => {
  const ids = u8([3], [1, 2, 3])
  const payload = lines('{}', '{}', '{}')
  // several pieces of the file
  const large = f32([3, 40_000], Array(120_000).fill(0.5))
  const files: Record<string, Record<string, TestArray>> = {
    'data and lengths': { data: large, lengths: u8([3], [1, 1, 1]), ids, payload },
    'data and offsets': { data: rows, offsets: u8([4], [0, 1, 2, 3]), ids, payload },
    'several arrays': { 1: rows, 2: large, 3: rows, ids, payload },
    'padded with lengths': { data: cube, lengths: u8([3], [1, 1, 1]) },
    'with doc_lengths': { data: cube, doc_lengths: u8([3], [1, 1, 1]) },
    'padded with a mask': { data: cube, mask: u8([3, 2], Array(6).fill(1)) },
  }
  const cases = Object.entries(files).flatMap(([title, arrays]) =>
    Object.keys(arrays).map(name => [name, title, arrays] as const),
  )
  it.each(cases)('a damaged byte in the header of %s is found: %s', async (name, _, arrays) => {
    const bytes = npzFile(arrays)
    const start = Buffer.from(bytes).indexOf(`${name}.npy`)
    const blank = Buffer.from(bytes).indexOf('), }', start) + 8
    expect(bytes[blank], 'a blank at the end of the header').toBe(32)
    bytes[blank] = 9
    await expect(read(bytes)).rejects.toThrow(
      new FormatError(`a.npz: ${name}.npy: its checksum is wrong; the file is damaged`),
    )
  })
})

describe('.npy headers', () => {
  const array = f32([2, 2], [1, 2, 3, 4])
  const expected = [
    [1, 2],
    [3, 4],
  ]

  it.each<[string, Partial<TestArray>]>([
    ['version 1', {}],
    ['version 2', { version: 2 }],
    ['version 3', { version: 3 }],
    ['the byte order of the host', { descr: '=f4' }],
    ['no byte order', { descr: '|f4' }],
  ])('are read: %s', async (_, part) => {
    expect(await rowsOf(npyFile({ ...array, ...part }))).toEqual(expected)
  })

  it('of more than 65,535 bytes, and of more than 8 dimensions, are refused', async () => {
    const long = npyFile({ ...array, version: 2 })
    new DataView(long.buffer).setUint32(8, 65_536, true)
    await expect(read(long)).rejects.toThrow('a.npz: expected a header of at most 65535 bytes, got 65536')
    const many = npyFile({ ...array, shape: [1, 1, 1, 1, 1, 1, 1, 2, 2] })
    await expect(read(many)).rejects.toThrow('a.npz: expected at most 8 dimensions, got 9')
    const eight = npyFile({ ...array, shape: [1, 1, 1, 1, 1, 1, 2, 2] })
    await expect(read(eight)).rejects.toThrow('a.npz: expected the shape documents x rows x dim')
  })

  it('of a minor version other than 0 are refused', async () => {
    const bytes = npyFile(array)
    bytes[7] = 1
    await expect(read(bytes)).rejects.toThrow('expected version 1.0, 2.0 or 3.0 of the .npy format, got 1.1')
  })

  it.each<[string, string]>([
    [
      '|O',
      ' (Python objects); save one array per document, or all rows and their lengths; save ids with dtype=str',
    ],
    ['<V2', ' (perhaps bfloat16); save array.astype(numpy.float32)'],
    ['|V12', ' (records); save an array of numbers for each field'],
    ['<f16', '; save array.astype(numpy.float32)'],
    ['<c8', '; save array.astype(numpy.float32)'],
    ['f4', ''],
  ])('of the type %s are refused with a remedy', async (descr, remedy) => {
    await expect(read(npyFile({ ...array, descr }))).rejects.toThrow(
      new FormatError(
        `a.npz: expected elements of type f2, f4, f8, i1 to i8 or u1 to u8, got "${descr}"${remedy}`,
      ),
    )
  })

  it.each<[string, string]>([
    ['|b1', 'expected an array of numbers, got booleans'],
    ['|S1', 'expected an array of numbers, got text'],
  ])('of the type %s are not vectors', async (descr, message) => {
    const file = npyFile({ descr, shape: [2, 2], data: [1, 0, 0, 1] })
    await expect(read(file)).rejects.toThrow(new FormatError(`a.npz: ${message}`))
  })
})

describe('large arrays', () => {
  it('in Fortran order are gathered in several blocks', async () => {
    const [count, each, dim] = [220, 20, 250]
    const data = new Float32Array(count * each * dim)
    const value = (i: number, j: number, k: number) => i * 5000 + j * dim + k
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < each; j++)
        for (let k = 0; k < dim; k++) data[i + count * (j + each * k)] = value(i, j, k)
    }
    const header = npyFile({ descr: '<f4', shape: [count, each, dim], data: [], fortranOrder: true })
    const points = await read(new Uint8Array(Buffer.concat([header, new Uint8Array(data.buffer)])))
    expect(points).toHaveLength(count)
    for (const [i, { vector }] of points.entries()) {
      const expected = Float32Array.from({ length: each * dim }, (_, at) => i * 5000 + at)
      expect(firstDifference(vector!.data, expected), `document ${i}`).toBeUndefined()
    }
  })

  it('have rows of up to 65,536 numbers', async () => {
    const file = (dim: number) => {
      const header = npyFile({ descr: '|i1', shape: [1, dim], data: [] })
      return new Uint8Array(Buffer.concat([header, new Uint8Array(dim).fill(7)]))
    }
    expect((await read(file(65_536)))[0]!.vector!.dim).toBe(65_536)
    await expect(read(file(65_537))).rejects.toThrow('expected rows of 1 to 65536 numbers, got 65537')
  })

  it('of one document are read at once, up to 4,194,304 numbers', async () => {
    const file = (dim: number) => {
      const header = npyFile({ descr: '|i1', shape: [1, 2048, dim], data: [] })
      return new Uint8Array(Buffer.concat([header, new Uint8Array(2048 * dim).fill(7)]))
    }
    const [point] = await read(file(2048))
    expect([point!.vector!.dim, point!.vector!.data.length]).toEqual([2048, 4_194_304])
    expect(point!.vector!.data.every(value => value === 7)).toBe(true)
    await expect(read(file(2049))).rejects.toThrow(
      'expected at most 4194304 numbers in a document, got 2048 rows of 2049',
    )
  })
})

it('a document of counted rows has up to 4,194,304 numbers', async () => {
  const file = (count: number) => {
    const data = { descr: '|i1', shape: [count, 1024], data: new Uint8Array(count * 1024) }
    return npzFile({ data, lengths: { descr: '<i4', shape: [1], data: Int32Array.of(count) } })
  }
  expect((await read(file(4096)))[0]!.vector!.data).toHaveLength(4_194_304)
  await expect(read(file(4097))).rejects.toThrow(
    new FormatError(
      'a.npz: data, document 0: expected at most 4194304 numbers in a document, got 4097 rows of 1024',
    ),
  )
})

describe('zip files', () => {
  it.each<[string, Record<string, Uint8Array>, string]>([
    [
      'of PyTorch',
      { 'archive/data.pkl': Uint8Array.of(1) },
      'is a PyTorch file; save its tensors with safetensors.torch.save_file',
    ],
    ['of Office', { '[Content_Types].xml': Uint8Array.of(1) }, 'is an Office document, not a .npz file'],
    ['of texts', { 'README.txt': Uint8Array.of(1) }, 'has no .npy file, only README.txt'],
    ['without files', {}, 'has no arrays'],
    ['of bytes that are no array', { 'data.npy': new Uint8Array(16) }, 'data: is not a .npy array'],
  ])('%s are refused', async (_, files, message) => {
    await expect(read(npzFile(files))).rejects.toThrow(new FormatError(`a.npz: ${message}`))
  })

  /** A file with the fixed fields of each entry in the directory changed. */
  const patched = (file: string, change: (view: DataView, entry: number) => void) => {
    const bytes = new Uint8Array(readFileSync(`test/fixtures/formats/${file}`))
    const view = new DataView(bytes.buffer)
    for (let at = 0; at + 4 <= bytes.length; at++)
      if (view.getUint32(at, true) === 0x02014b50) change(view, at)
    return bytes
  }

  it('with encrypted files are refused', async () => {
    const bytes = patched('offsets.npz', (view, entry) => view.setUint16(entry + 8, 1, true))
    await expect(read(bytes)).rejects.toThrow(/^a\.npz: embeddings\.npy: is encrypted$/)
  })

  it('with files that end after the zip file, or that are stored and have two sizes, are refused', async () => {
    const far = patched('lengths.npz', (view, entry) => {
      view.setUint32(entry + 20, 1e8, true)
      view.setUint32(entry + 24, 1e8, true)
    })
    await expect(read(far)).rejects.toThrow(/is outside of the zip file$/)
    // the directory says that a file begins 20 bytes before the end, where its header does not fit
    const late = patched('lengths.npz', (view, entry) => {
      for (const field of [20, 24]) view.setUint32(entry + field, 20, true)
      view.setUint32(entry + 42, view.byteLength - 20, true)
    })
    await expect(read(late)).rejects.toThrow(/is outside of the zip file$/)
    // an extra field of 65,535 bytes before the contents
    const moved = patched('lengths.npz', (view, entry) => {
      view.setUint16(view.getUint32(entry + 42, true) + 28, 0xffff, true)
    })
    await expect(read(moved)).rejects.toThrow(/is outside of the zip file$/)
    const uneven = patched('lengths.npz', (view, entry) => {
      view.setUint32(entry + 24, view.getUint32(entry + 24, true) - 1, true)
    })
    await expect(read(uneven)).rejects.toThrow(/is stored, but has two different sizes$/)
  })

  it('with other compressions are refused', async () => {
    const bytes = patched('offsets.npz', (view, entry) => view.setUint16(entry + 10, 12, true))
    await expect(read(bytes)).rejects.toThrow(
      /expected a stored or deflated file, got compression method 12$/,
    )
  })

  it('that claim more than deflate can make are refused before they are inflated', async () => {
    const bytes = patched('offsets.npz', (view, entry) => view.setUint32(entry + 24, 1e9, true))
    await expect(read(bytes)).rejects.toThrow(
      /claims that \d+ bytes inflate to 1000000000, which is impossible$/,
    )
  })

  it('that claim as much as deflate can make are not refused for that', async () => {
    const claiming = (more: number) =>
      read(
        patched('offsets.npz', (view, entry) => {
          view.setUint32(entry + 24, 1032 * view.getUint32(entry + 20, true) + more, true)
        }),
      )
    await expect(claiming(1)).rejects.toThrow(/ bytes inflate to \d+, which is impossible$/)
    await expect(claiming(0)).rejects.toThrow(/ expected 96 bytes for the shape \(12, 4\), got \d+$/)
  })
})

it('writeNpz writes rows of several pieces with the right checksums', async () => {
  const sink = memorySink()
  const data = Float32Array.from({ length: 200_000 }, (_, index) => index)
  const points = [1, 2].map(id => ({ id, vector: { data, dim: 8 } }))
  await writeNpz(points, sink)
  const found = await read(new Uint8Array(await sink.blob().arrayBuffer()))
  expect(found.map(({ id }) => id)).toEqual([1, 2])
  for (const { vector } of found) expect(firstDifference(vector!.data, data)).toBeUndefined()
})
