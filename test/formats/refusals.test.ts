// Refuses invalid files with an error that names the file and the position.

import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { bytesSource, FormatError, readPoints } from '../../src/formats/index.js'
import { pointsOfText } from './points-of-text.js'

const folder = 'test/fixtures/formats'

/** A .npy file with this header and `body` bytes of elements. */
function npy(header: string, body = 0, version = 1): Uint8Array {
  const padded = header.padEnd(117)
  return Uint8Array.of(
    ...[0x93, ...Buffer.from('NUMPY'), version, 0, padded.length, 0, ...Buffer.from(padded)],
    ...new Uint8Array(body),
  )
}

const dict = (shape: string, descr = "'<f4'") =>
  `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }`

/** A safetensors file with this header and `body` bytes of elements. */
function tensors(header: object, body = 0): Uint8Array {
  const json = Buffer.from(JSON.stringify(header))
  const length = [json.length & 255, json.length >> 8, 0, 0, 0, 0, 0, 0]
  return Uint8Array.of(...length, ...json, ...new Uint8Array(body))
}

const f32 = (shape: number[], end: number) => ({ dtype: 'F32', shape, data_offsets: [0, end] })
const example =
  'expected an object such as {"id": 1, "text": "…"} or {"id": 1, "vector": [[0.1, 0.2]]} in each line'

describe('readPoints', () => {
  it.each<[string, string | Uint8Array, string]>([
    [
      'a text',
      'hello',
      'a: has an unknown format; expected .npy, .npz, safetensors, Parquet or JSON lines in UTF-8',
    ],
    [
      'an incomplete gzip file',
      Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3),
      'a: cannot be decompressed as gzip: unexpected end of file',
    ],
    [
      'a gzip file of other contents',
      gzipSync('hello'),
      'a: is compressed with gzip, which is read for JSON only; decompress it first',
    ],
    ['an encrypted Parquet file', 'PARE', 'a: is an encrypted Parquet file; write it without encryption'],
    ['an Arrow file', 'ARROW1\0\0', 'a: is an Arrow or Feather file; write Parquet'],
    [
      'a Python pickle',
      Uint8Array.of(0x80, 4, 0x95),
      'a: is a Python pickle; write .npz, safetensors or Parquet',
    ],
    ['UTF-16', Uint8Array.of(0xff, 0xfe, 0x7b, 0), 'a: is text in UTF-16; write UTF-8'],
    ['a zstd file', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd), 'a: is compressed with zstd; decompress it first'],
    ['rows without a name', '[[1,2],[3,4]]\n', `a, item 1: ${example.replace('line', 'item')}, got array`],
    ['a line that is not JSON', '{"id":1,\n', 'a, line 1: is not valid JSON: …'],
    ['a line that is not an object', '{"text":"a"}\n[1]', `a, line 2: ${example}, got array`],
    [
      'a point without a vector and a text',
      '{"id":1,"vector":null}',
      'a, line 1: expected a "vector" or a "text", got id; the option "columns" sets other names',
    ],
    [
      'rows of two lengths',
      '{"vector":[[1,2],[3]]}',
      'a, line 1: "vector"[1]: expected 2 numbers, as in the first row, got 1',
    ],
    [
      'an element that is not a number',
      '{"vector":[[1,null]]}',
      'a, line 1: "vector"[0][1]: expected a number, got null',
    ],
    [
      'an element of a vector with a shape that is not a number',
      '{"vector":[1,null],"shape":[1,2]}',
      'a, line 1: "vector"[1]: expected a number, got null',
    ],
    [
      'a row that is not a list',
      '{"vector":[[1],2]}',
      'a, line 1: "vector"[1]: expected a list of numbers, got number',
    ],
    [
      'a vector without rows',
      '{"vector":[]}',
      'a, line 1: "vector": expected at least 1 row of numbers, got 0',
    ],
    [
      'a vector that is a text',
      '{"vector":"x"}',
      'a, line 1: "vector": expected rows of numbers, got string',
    ],
    [
      'a payload that is a list',
      '{"text":"a","payload":[]}',
      'a, line 1: "payload" expected an object, got array',
    ],
    [
      'Python objects',
      npy(dict('(1, 4)', "'|O'")),
      'a: expected elements of type f2, f4, f8, i1 to i8 or u1 to u8, got "|O" (Python objects); save one array per document, or all rows and their lengths; save ids with dtype=str',
    ],
    [
      'complex numbers',
      npy(dict('(1, 4)', "'<c8'")),
      'a: expected elements of type f2, f4, f8, i1 to i8 or u1 to u8, got "<c8"; save array.astype(numpy.float32)',
    ],
    [
      'an array with too few elements',
      npy(dict('(2, 4)'), 16),
      'a: expected 32 bytes for the shape (2, 4), got 16',
    ],
    [
      'an array that is too large for a file',
      npy(dict('(9007199254740993, 4)'), 16),
      'a: the shape (9007199254740992, 4) is too large for a file',
    ],
    [
      'an array without dimensions',
      npy(dict('()'), 4),
      'a: expected the shape documents x rows x dim, or rows x dim, got ()',
    ],
    ['documents without rows', npy(dict('(1, 0, 4)')), 'a: expected at least 1 row in each document, got 0'],
    ['rows without numbers', npy(dict('(1, 0)')), 'a: expected rows of 1 to 65536 numbers, got 0'],
    [
      'an unknown version of .npy',
      npy(dict('(1, 4)'), 16, 9),
      'a: expected version 1.0, 2.0 or 3.0 of the .npy format, got 9.0',
    ],
    [
      'a .npy header that is not a dict',
      npy('hello'),
      'a: expected a header with descr, fortran_order and shape, got "hello"',
    ],
    ['an incomplete .npy header', npy(dict('(1, 4)'), 16).slice(0, 60), 'a: ends 67 bytes too early'],
    [
      'an incomplete zip file',
      Uint8Array.from(Buffer.from('PK\x03\x04')),
      'a: has no zip directory at its end; the file is incomplete',
    ],
    ['a tensor outside of the file', tensors({ a: f32([1, 4], 16) }, 8), 'a: a: is outside of the file'],
    [
      'a tensor with too few elements',
      tensors({ a: f32([1, 4], 8) }, 8),
      'a: a: expected 16 bytes for the shape (1, 4), got 8',
    ],
    [
      'a tensor of 9 dimensions',
      tensors({ a: f32(Array(9).fill(1), 4) }, 4),
      'a: a: expected at most 8 dimensions, got 9',
    ],
    [
      'a tensor that is too large for a file',
      tensors({ a: f32([2 ** 52, 4], 8) }, 8),
      'a: a: the shape (4503599627370496, 4) is too large for a file',
    ],
    [
      'a tensor of an unknown type',
      tensors({ a: { ...f32([1], 4), dtype: 'F8' } }, 4),
      'a: a: expected one of F16, F32, F64, BF16, I8, U8, I16, U16, I32, U32, I64, U64, BOOL, got "F8"',
    ],
    [
      'a tensor without offsets',
      tensors({ a: { dtype: 'F32', shape: [1] } }),
      'a: a: expected a dtype, a shape and two data_offsets',
    ],
    ['a file without arrays', tensors({}), 'a: has no array of vectors'],
    [
      'a header of safetensors that is not JSON',
      Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, ...Buffer.from('{x}')),
      'a: its header is not valid JSON: …',
    ],
    [
      'a document of three dimensions',
      tensors({ 1: f32([1, 1], 4), 2: { ...f32([1, 1, 1], 0), data_offsets: [4, 8] } }, 8),
      'a: 2: expected a document of the shape rows x dim, got (1, 1, 1)',
    ],
    [
      'truth values as ids',
      tensors({ data: f32([1, 1], 4), ids: { dtype: 'BOOL', shape: [1], data_offsets: [4, 5] } }, 5),
      'a: ids: expected a whole number or a text for each document, got bool of shape (1)',
    ],
    [
      'tensors that overlap',
      tensors({ 1: f32([1, 2], 8), 2: { ...f32([1, 2], 0), data_offsets: [4, 12] } }, 12),
      'a: 2: expected to begin at byte 8 of the data, got 4',
    ],
    [
      'bytes after the last tensor',
      tensors({ 1: f32([1, 2], 8) }, 12),
      'a: has 4 bytes after its last tensor',
    ],
    [
      'a tensor that is larger than the file',
      tensors({ a: f32([1, 65_537], 4) }, 4),
      'a: a: expected 262148 bytes for the shape (1, 65537), got 4',
    ],
    [
      'a length of 0',
      tensors({ data: f32([2, 1], 8), lengths: { dtype: 'U8', shape: [1], data_offsets: [8, 9] } }, 9),
      'a: lengths: expected at least 1 row in document 0, got 0',
    ],
    [
      'arrays beside the data',
      tensors({ data: f32([1, 1], 4), other: { ...f32([1, 1], 0), data_offsets: [4, 8] } }, 8),
      'a: has other arrays beside "data": other; if one has the number of rows of each document, save it as "lengths"; otherwise choose the vectors with the option "columns.vector"',
    ],
    [
      'ids beside several tensors, which are not in order',
      tensors(
        {
          x: f32([1, 1], 4),
          y: { ...f32([1, 1], 0), data_offsets: [4, 8] },
          ids: { dtype: 'U8', shape: [2], data_offsets: [8, 10] },
        },
        10,
      ),
      'a: has ids or payload beside several arrays, whose order is not kept; save data and lengths',
    ],
  ])('refuses %s', async (_, content, message) => {
    const error = await pointsOfText(content, 'a').catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(FormatError)
    expect((error as FormatError).code).toBe('ERR_FORMAT')
    expect((error as Error).message.replace(/(is not valid JSON: ).*/, '$1…')).toBe(message)
  })

  it('refuses a safetensors file that is too short for its header', async () => {
    const first = (bytes: Uint8Array) => readPoints(bytesSource(bytes, 'a'), { format: 'safetensors' }).next()
    await expect(first(new Uint8Array(7))).rejects.toThrow('a: is too short for a safetensors file')
    const bytes = tensors({ a: f32([1], 4) })
    const header = bytes.length - 8
    bytes[0]!++
    await expect(first(bytes)).rejects.toThrow(
      `a: expected a header of at most ${header} bytes, got ${header + 1}`,
    )
  })

  it('reads tensors in any order of the header, with an empty one between them', async () => {
    const empty = { dtype: 'U8', shape: [0], data_offsets: [8, 8] }
    const lengths = { dtype: 'U8', shape: [1], data_offsets: [8, 9] }
    const bytes = tensors({ lengths, payload: empty, data: f32([2, 1], 8) }, 9)
    bytes[bytes.length - 1] = 2
    await expect(pointsOfText(bytes, 'a')).rejects.toThrow(
      'a: payload: expected a line for each document, got 0 lines',
    )
  })

  it('refuses an id that is not a whole number', async () => {
    await expect(pointsOfText('{"id":-1,"text":"a"}')).rejects.toThrow(/^a\.jsonl, line 1: "id" expected /)
  })

  it('refuses an .npz array with a wrong checksum', async () => {
    const bytes = new Uint8Array(readFileSync(`${folder}/lengths.npz`))
    const position = Buffer.from(bytes).indexOf("'shape': (12, 4)") + 100
    bytes[position]! ^= 1
    await expect(pointsOfText(bytes, 'a.npz')).rejects.toThrow(
      new FormatError('a.npz: data.npy: its checksum is wrong; the file is damaged'),
    )
  })

  it.each<[string, number, string]>([
    ['too few', 1, 'a: lengths: counts 1 row, but there are 2'],
    ['too many', 3, 'a: lengths: counts at least 3 rows, but there are 2'],
  ])('refuses lengths that count %s rows', async (_, length, message) => {
    const header = { data: f32([2, 1], 8), lengths: { dtype: 'U8', shape: [1], data_offsets: [8, 9] } }
    const bytes = tensors(header, 9)
    bytes[bytes.length - 1] = length
    await expect(pointsOfText(bytes, 'a')).rejects.toThrow(new FormatError(message))
  })

  it.each<[number, string]>([
    [1, 'a: ids: expected an id for each document, got 1; without "lengths", each row is a document'],
    [3, 'a: ids: expected 2 ids, one for each document, got 3'],
  ])('refuses %i ids of two documents', async (count, message) => {
    const header = {
      data: f32([2, 1], 8),
      ids: { dtype: 'U8', shape: [count], data_offsets: [8, 8 + count] },
    }
    await expect(pointsOfText(tensors(header, 8 + count), 'a')).rejects.toThrow(new FormatError(message))
  })

  it.each<[object, string]>([
    [
      { formt: 'npy' },
      'unknown option "options.formt"; valid options of readPoints: format, columns, signal',
    ],
    [{ format: 'csv' }, '"format" expected one of npy, npz, safetensors, parquet, jsonl, got "csv"'],
  ])('refuses the options %j', async (options, message) => {
    const points = readPoints(bytesSource(new Uint8Array(0)), options)
    await expect(points.next()).rejects.toThrow(new RangeError(message))
  })
})
