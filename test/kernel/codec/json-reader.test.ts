import { describe, expect, it } from 'vitest'
import { loadCodec } from '../../../src/kernel/codec/codec.js'
import { f32 } from '../../support/floats.js'

const both = [await loadCodec({ kernel: 'simd' }), await loadCodec({ kernel: 'reference' })].map(
  codec => [codec.kernel, codec] as const,
)

const encoder = new TextEncoder()
const rows = (dim: number, ...values: number[]) => ({ data: f32(...values), dim })

describe.each(both)('reading a response with the %s codec', (_, codec) => {
  const read = (text: string) => codec.readResponse(encoder.encode(text))
  const point = (vector: string) => `{"result":[{"id":1,"vector":${vector}}],"status":"ok","time":0.1}`
  const vectorOf = (vector: string) =>
    (read(point(vector)) as { result: { vector: unknown }[] }).result[0]!.vector

  it.each<[string, string, unknown]>([
    ['a named multi-vector', '{"colbert":[[1.0,2.5],[-3.0,0.25]]}', { colbert: rows(2, 1, 2.5, -3, 0.25) }],
    ['a multi-vector alone', '[[1.0],[2.0]]', rows(1, 1, 2)],
    ['a dense vector alone', '[0.1,-0.0]', f32(0.1, -0)],
    ['several vectors', '{"a":[1.5],"b":[[2.5]]}', { a: f32(1.5), b: rows(1, 2.5) }],
    [
      'a sparse vector beside a dense one',
      '{"s":{"indices":[1,2],"values":[0.5,0.25]},"d":[1.0]}',
      { s: { indices: [1, 2], values: [0.5, 0.25] }, d: f32(1) },
    ],
    [
      'names in any order, the last of two equal ones',
      '{"2":[2.0],"1":[1.0],"2":[3.0]}',
      { 1: f32(1), 2: f32(3) },
    ],
    ['a name with escapes', '{"a\\"[[1]]":[1.0]}', { 'a"[[1]]': f32(1) }],
    ['no vector', 'null', null],
    ['no names', '{}', {}],
    ['empty vectors', '{"a":[],"b":[[]],"c":[[],[]]}', { a: f32(), b: rows(0), c: rows(0) }],
    ['white space', ' [ [ 1.0 , 2.0 ] ,\n\t[ 3 , 4 ]\r] ', rows(2, 1, 2, 3, 4)],
    ['null for a number that JSON cannot hold', '[null,1.0]', f32(Number.NaN, 1)],
    ['other forms of numbers', '[1,-1,0,-0,10,1e2,1E+2,1.5e-2]', f32(1, -1, 0, -0, 10, 100, 100, 0.015)],
  ])('reads %s', (_name, text, expected) => {
    expect(vectorOf(text)).toStrictEqual(expected)
  })

  it.each<[string, string]>([
    ['query', '{"result":{"points":[{"id":1,"score":2.0,"vector":[1.5]}]}}'],
    ['scroll', '{"result":{"points":[{"vector":[1.5],"id":1}],"next_page_offset":null}}'],
    ['batch', '{"result":[{"points":[{"vector":[1.5]}]},{"points":[{"vector":[1.5]}]}]}'],
    ['retrieve', '{"usage":null,"result":[{"vector":[1.5]},{"vector":[1.5]}]}'],
    ['one point', '{"result":{"vector":[1.5]}}'],
    ['groups', '{"result":{"groups":[{"hits":[{"vector":[1.5]}],"id":7,"lookup":{"vector":[1.5]}}]}}'],
    ['lists of lists', '{"result":[[{"vector":[1.5]}],[]]}'],
  ])('finds the vectors of %s', (_name, text) => {
    const expected = JSON.parse(text, (key, value) => (key === 'vector' ? Float32Array.from(value) : value))
    expect(read(text)).toStrictEqual(expected)
  })

  it.each<[string, string]>([
    ['a vector in a payload', '{"result":[{"payload":{"vector":[[1,2]],"points":[{"vector":[1]}]}}]}'],
    ['a vector outside the result', '{"vector":[1],"status":{"vector":[2]},"result":true}'],
    ['other names', '{"result":[{"vectors":[1],"Vector":[2],"points ":[{"vector":[3]}]}]}'],
    [
      'strings that look like a vector',
      '{"result":[{"id":"\\"vector\\":[[1,2]]","payload":{"a":"}]\\\\"}}]}',
    ],
    ['letters beyond ASCII', '{"result":[{"id":"ﬁé\\u00e9😀","payload":{"é":"[{"}}]}'],
    ['other results', '{"result":{"config":{"params":{"vectors":{"size":4}}}},"time":1e-3}'],
    ['a text that is an array', '[{"result":[{"vector":[1]}]}]'],
    ['a plain value', ' "text" '],
    ['deep payloads', `{"result":[{"payload":${'['.repeat(300)}${']'.repeat(300)}}]}`],
    ['empty things', '{"result":[{},{"payload":{}},{"payload":[]},[],{"points":[]}]}'],
    ['the name __proto__', '{"result":[{"__proto__":{"vector":[1]},"payload":{"__proto__":1}}]}'],
    ['a byte order mark in a string', '{"result":[{"id":"\ufeffa"}]}'],
    ['every escape', '{"\\/":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u00AF\\ud83d\\uDE00"}'],
    ['every literal and form of number', '[true,false,null,-0,0.5,-1.25e+3,1E5,2e-7,10,-10.0E-1]'],
  ])('does not change %s', (_name, text) => {
    expect(read(text)).toStrictEqual(JSON.parse(text))
  })

  it('reads names with escapes', () => {
    expect(read('{"result":[{"v\\u0065ctor":[[1.5]]}]}')).toStrictEqual({
      result: [{ vector: rows(1, 1.5) }],
    })
  })

  it('reads results that are nested 60 to 400 levels deep', () => {
    const deep = (inner: string, count: number) =>
      `{"result":${'['.repeat(count)}${inner}${']'.repeat(count)}}`
    for (const count of [60, 70, 400]) {
      expect(JSON.stringify(read(deep('{"vector":[1.5]}', count)))).toBe(deep('{"vector":{"0":1.5}}', count))
    }
  })

  it('reads integers that a number cannot hold as bigints', () => {
    const text =
      '{"result":[{"id":18446744073709551615,"version":9007199254740993,"score":1e20,' +
      '"payload":{"n":-9223372036854775808,"x":12345678901234567890.0},"vector":[1.5]},' +
      '{"id":9007199254740991}]}'
    const first = {
      id: 18446744073709551615n,
      version: 9007199254740993n,
      score: 1e20,
      payload: { n: -9223372036854775808n, x: 12345678901234567000 },
      vector: f32(1.5),
    }
    expect(read(text)).toStrictEqual({ result: [first, { id: 9007199254740991 }] })
  })

  it('returns new arrays', () => {
    const first = vectorOf('[[1.0,2.0]]') as { data: Float32Array }
    vectorOf('[[3.0,4.0]]')
    codec.writeRows(f32(5, 6), 2, 'float32')
    expect(first.data).toStrictEqual(f32(1, 2))
    expect(first.data.buffer.byteLength).toBe(8)
  })

  it('reads a text with a byte order mark, and a text in the middle of a buffer', () => {
    const text = point('[1.5]')
    expect(read(`\ufeff${text}`)).toStrictEqual(read(text))
    expect(codec.readResponse(Buffer.from(`x${text}x`).subarray(1, -1))).toStrictEqual(read(text))
  })

  it.each<[string, string]>([
    ['', 'a value at byte 0, got the end of the text'],
    ['{"result":[', 'a value at byte 11, got the end of the text'],
    ['{"result":[]]', '"," or "}" at byte 12, got "]"'],
    ['{"result":[]}}', 'the end of the text at byte 13, got "}"'],
    [
      '{"result":[{"vector":[[1.0,2.0],[3.0]]}]}',
      'a row of 2 numbers, as the first, at byte 32, got one of 1',
    ],
    ['{"result":[{"vector":[[1.0,"a"]]}]}', 'a number at byte 27, got "\\""'],
    ['{"result":[{"vector":[1.0,[2.0]]}]}', 'a number at byte 26, got "["'],
    ['{"result":[{"vector":[[1.0],2.0]}]}', 'a row at byte 28, got "2"'],
    ['{"result":[{"vector":[1.0 2.0]}]}', '"," or "]" at byte 26, got "2"'],
    ['{"result":[{"vector":[1.0,]}]}', 'a number at byte 26, got "]"'],
    ['{"result":[{"vector":[01.0]}]}', '"," or "]" at byte 23, got "1"'],
    ['{"result":[{"vector":[-00.5]}]}', '"," or "]" at byte 24, got "0"'],
    ['{"result":[{"vector":[1.]}]}', 'a digit at byte 24, got "]"'],
    ['{"result":[{"vector":[.5]}]}', 'a number at byte 22, got "."'],
    ['{"result":[{"vector":[+1.0]}]}', 'a number at byte 22, got "+"'],
    ['{"result":[{"vector":[--1.0]}]}', 'a digit at byte 23, got "-"'],
    ['{"result":[{"vector":[1.0.0]}]}', '"," or "]" at byte 25, got "."'],
    ['{"result":[{"vector":[1.0e]}]}', 'a digit at byte 26, got "]"'],
    ['{"result":[{"vector":[1.0', '"," or "]" at byte 25, got the end of the text'],
    ['{"result":[{"id":é}]}', 'a value at byte 17, got byte 0xc3'],
    ['{"result":[{"id":"\\x"}]}', 'an escape at byte 19, got "x"'],
    ['{"result":[{"id":"\\', 'an escape at byte 19, got the end of the text'],
    ['{"result":[{"id":"\\u00g0"}]}', 'a hexadecimal digit at byte 22, got "g"'],
    ['{"result":[{"id":"\\u00a"}]}', 'a hexadecimal digit at byte 23, got "\\""'],
    ['{"result":[{"id":"abc', 'a quote at byte 21, got the end of the text'],
    ['{"result" 1}', '":" at byte 10, got "1"'],
    ['{result:1}', 'a name in quotes at byte 1, got "r"'],
    ['{"result":1,}', 'a name in quotes at byte 12, got "}"'],
    ['{"result":tru}', 'a value at byte 10, got "t"'],
    ['{"result":-}', 'a digit at byte 11, got "}"'],
    ['{"result":1e+}', 'a digit at byte 13, got "}"'],
    ['{"result":[{"id":"\n"}]}', 'a character or a quote at byte 18, got byte 0x0a'],
    [`{"result":${'['.repeat(600)}`, 'at most 512 levels at byte 521, got "["'],
    [`{"result":{"payload":${'['.repeat(600)}`, 'at most 512 levels at byte 531, got "["'],
  ])('refuses %s', (text, message) => {
    expect(() => read(text)).toThrow(new SyntaxError(`"text" expected ${message}`))
  })

  it('refuses a text that is not a Uint8Array', () => {
    expect(() => codec.readResponse('{}' as unknown as Uint8Array)).toThrow(
      new TypeError('"text" expected a Uint8Array of UTF-8, got string'),
    )
  })
})
