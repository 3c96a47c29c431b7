// Lines of JSON, queries and TREC files: names, numbers, and what is refused.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  bytesSource,
  type FileColumns,
  FormatError,
  jsonLines,
  memorySink,
  type PointToWrite,
  readPoints,
  readQrels,
  readQueries,
  readRun,
  writeNpz,
} from '../../src/formats/index.js'
import { random } from '../support/random.js'
import { f32, npzFile, u8 } from './npz-file.js'
import { pointsOfText } from './points-of-text.js'

const sourceOf = (text: string) => bytesSource(new TextEncoder().encode(text), 'a')

async function read(text: string, columns?: FileColumns) {
  const points = []
  for await (const point of readPoints(sourceOf(text), { columns })) points.push(point)
  return points
}

describe('a line of JSON', () => {
  it.each<[string, object]>([
    ['{"id":1,"_id":2,"text":"a"}', { id: 1, payload: { _id: 2 } }],
    ['{"id":null,"_id":2,"text":"a"}', { id: 2, payload: {} }],
    ['{"id":"007","text":"a","payload":{"b":1},"c":2}', { id: '007', payload: { c: 2, b: 1 } }],
    ['{"id":1,"vector":[1],"embedding":[2]}', { id: 1, payload: { embedding: [2] } }],
    ['{"id":1,"vector":null,"embedding":[2]}', { id: 1, payload: {} }],
    ['{"text":"a","__proto__":{"b":1}}', { id: undefined, payload: JSON.parse('{"__proto__":{"b":1}}') }],
    ['{"text":"a","payload":{"__proto__":1}}', { id: undefined, payload: JSON.parse('{"__proto__":1}') }],
    ['{"id":9007199254740993,"text":"a"}', { id: '9007199254740993', payload: {} }],
    ['{"text":"a","n":-12345678901234567890}', { id: undefined, payload: { n: '-12345678901234567890' } }],
    [
      '{"text":"a","n":[9007199254740991,1e400,-1E+400]}',
      { id: undefined, payload: { n: [9007199254740991, '1e400', '-1E+400'] } },
    ],
    ['{"text":"a","n":0.1234567890123456}', { id: undefined, payload: { n: 0.1234567890123456 } }],
    [
      '{"text":"a","n":"12345678901234567890 \\\\\\" 1e999"}',
      { id: undefined, payload: { n: '12345678901234567890 \\" 1e999' } },
    ],
  ])('%s has this id and payload', async (line, { id, payload }: { id?: unknown; payload?: unknown }) => {
    const [point] = await read(line)
    expect([point!.id, point!.payload]).toEqual([id, payload])
    // toEqual does not compare a field with the name "__proto__"
    expect(JSON.stringify(point!.payload)).toBe(JSON.stringify(payload))
  })

  it('has rows if its shape has their number and the dim', async () => {
    const [flat, other] = await read(
      '{"vector":[1,2,3,4,5,6],"shape":[2,3]}\n{"vector":[1,2,3,4],"shape":[2,3]}\n',
    )
    expect([flat!.vector?.dim, flat!.payload]).toEqual([3, {}])
    expect([other!.vector?.dim, other!.payload]).toEqual([4, { shape: [2, 3] }])
  })

  it('has fields with the names of the option columns', async () => {
    const line = '{"doc":"d","colbert":[[1]],"body":"b","text":"t","vector":[2],"id":5,"n":1,"_id":null}'
    const columns = { vector: 'colbert', id: 'doc', text: 'body' }
    expect(await read(line, columns)).toEqual([
      {
        id: 'd',
        vector: { data: Float32Array.of(1), dim: 1 },
        text: 'b',
        payload: { text: 't', vector: [2], id: 5, n: 1, _id: null },
      },
    ])
    expect(await read(line, { ...columns, payload: ['n'] })).toEqual([
      { id: 'd', vector: { data: Float32Array.of(1), dim: 1 }, text: 'b', payload: { n: 1 } },
    ])
  })

  it.each<[string, string]>([
    ['{"vector":[[1],[2,3]]}', '"vector"[1]: expected 1 numbers, as in the first row, got 2'],
    ['{"vector":[[1,2],[3]]}', '"vector"[1]: expected 2 numbers, as in the first row, got 1'],
    [
      '{"text":null}',
      'expected a "vector" or a "text", got no other fields; the option "columns" sets other names',
    ],
    [
      '{"emb":[1],"payload":{}}',
      'expected a "vector" or a "text", got emb; the option "columns" sets other names',
    ],
    ['{"id":"","text":"a"}', '"id" expected a whole number or a text, got ""'],
    ['{"id":1.5,"text":"a"}', '"id" expected a whole number or a text, got 1.5'],
    ['{"id":-1,"text":"a"}', '"id" expected a whole number or a text, got -1'],
    ['{"id":true,"text":"a"}', '"id" expected a whole number or a text, got boolean'],
    ['{"vector":{"a":[1],"b":[2]}}', '"vector": expected rows of numbers, got object'],
  ])('%s is refused', async (line, message) => {
    await expect(pointsOfText(line, 'a')).rejects.toThrow(new FormatError(`a, line 1: ${message}`))
  })
})

describe('an array of JSON', () => {
  it('may have any blanks and line ends', async () => {
    expect((await read('\n [\n{"text":"a"},\r\n\n{"text":\n"b"}]\n')).map(({ text }) => text)).toEqual([
      'a',
      'b',
    ])
  })

  it('may be empty', async () => expect(await read('[]')).toEqual([]))

  it('names the item that is invalid', async () => {
    await expect(read('[{"text":"a"},{"id":1}]')).rejects.toThrow(
      /^a, item 2: expected a "vector" or a "text", got id/,
    )
    await expect(read('[{"text":"a"}')).rejects.toThrow(/^a: is not valid JSON: /)
  })

  it('must begin the file', async () => {
    await expect(read('{"text":"a"}\n[]')).rejects.toThrow(/^a, line 2: expected an object .*, got array$/)
  })
})

describe('writers', () => {
  it('write each f32 with the fewest digits from which it is read', async () => {
    const next = random(11)
    const bits = Uint32Array.from({ length: 3000 }, () => next() * 2 ** 32)
    const data = new Float32Array(bits.buffer).filter(Number.isFinite)
    const { value: line } = await jsonLines([{ id: 1, vector: { data, dim: data.length } }]).next()
    const written = /\[\[(.*)\]\]/.exec(line)![1]!.split(',')
    for (const [index, value] of data.entries()) {
      const text = written[index]!
      const digits = text.replace(/e.*|\D/g, '').replace(/^0+|0+$/g, '').length
      expect(Math.fround(Number(text)), `element ${index}, seed 11`).toBe(value)
      if (digits > 6) expect(Math.fround(Number(value.toPrecision(digits - 1))), text).not.toBe(value)
    }
  })

  it('writes -0, and bigints of ids and payloads with all their digits', async () => {
    const big = 2n ** 63n
    const { value: line } = await jsonLines([
      { id: big, vector: { data: Float32Array.of(-0, 0), dim: 2 }, payload: { n: big, list: [1, -big] } },
    ]).next()
    expect(line).toBe(`{"id":"${big}","vector":[[-0,0]],"payload":{"n":${big},"list":[1,-${big}]}}\n`)
  })

  it('writes rows of one number', async () => {
    const { value: line } = await jsonLines([
      { id: 1, vector: { data: Float32Array.of(1, 2), dim: 1 } },
    ]).next()
    expect(JSON.parse(line!)).toMatchObject({ id: 1, vector: [[1], [2]] })
  })

  const vector = { data: Float32Array.of(1, 2), dim: 2 }
  it.each<[string, object, Error]>([
    [
      'no vector',
      { id: 1 },
      new TypeError('point 1 expected a vector { data: Float32Array, dim }, got undefined'),
    ],
    [
      'rows that are not whole',
      { id: 1, vector: { ...vector, dim: 3 } },
      new RangeError('point 1 expected rows of 3 numbers, got 2 numbers'),
    ],
    [
      'a vector without rows',
      { id: 1, vector: { data: new Float32Array(0), dim: 2 } },
      new RangeError('point 1 expected rows of 2 numbers, got 0 numbers'),
    ],
    [
      'a dim of 0',
      { id: 1, vector: { ...vector, dim: 0 } },
      new RangeError('point 1 expected rows of 0 numbers, got 2 numbers'),
    ],
    [
      'a dim that is not an integer',
      { id: 1, vector: { data: Float32Array.of(1, 2, 3), dim: 1.5 } },
      new RangeError('point 1 expected rows of 1.5 numbers, got 3 numbers'),
    ],
    [
      'a negative dim',
      { id: 1, vector: { ...vector, dim: -2 } },
      new RangeError('point 1 expected rows of -2 numbers, got 2 numbers'),
    ],
    [
      'a payload that is not an object',
      { id: 1, vector, payload: [1] },
      new TypeError('point 1 expected an object as its payload, got array'),
    ],
    [
      'NaN in a payload',
      { id: 1, vector, payload: { a: { b: Number.NaN } } },
      new RangeError(
        'point 1 has the value NaN in its payload at "b", which JSON does not have; write it as text',
      ),
    ],
  ])('refuse %s', async (_, point, error) => {
    const points = [point as PointToWrite]
    await expect(jsonLines(points).next()).rejects.toThrow(error)
    await expect(writeNpz(points, memorySink())).rejects.toThrow(error)
  })
})

describe('queries', () => {
  it('have the id 0, a number or a text, or the number of their line', async () => {
    const text =
      '{"id":0,"text":"a"}\n\n{"_id":"x","query":"b"}\n{"text":"c"}\nq4\td\te\n{"id":"","text":"f"}\n'
    const queries = []
    for await (const { name, text: query } of readQueries(sourceOf(text))) queries.push([name, query])
    expect(queries).toEqual([
      ['0', 'a'],
      ['x', 'b'],
      ['4', 'c'],
      ['q4', 'd e'],
      ['', 'f'],
    ])
  })

  it.each([
    ['the names of arrays', ['q1', 'second'], ['q1', 'second']],
    ['the numbers in the names of arrays', ['arr_0', 'arr_17'], ['0', '17']],
  ])('have %s, in files of arrays', async (_, names, expected) => {
    const entry = (begin: number) => ({ dtype: 'F32', shape: [1, 2], data_offsets: [begin, begin + 8] })
    const header = JSON.stringify({ [names[0]!]: entry(0), [names[1]!]: entry(8) })
    const length = new Uint8Array(BigUint64Array.of(BigInt(header.length)).buffer)
    const data = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer)
    const file = bytesSource(new Uint8Array([...length, ...new TextEncoder().encode(header), ...data]))
    const queries = []
    for await (const { name, vector, text } of readQueries(file))
      queries.push([name, [...vector!.data], text])
    expect(queries).toEqual([
      [expected[0], [1, 2], undefined],
      [expected[1], [3, 4], undefined],
    ])
  })

  it('have the positions of the rows, from 0 on, in an array of rows', async () => {
    const npy = readFileSync('test/fixtures/formats/cube-little-f4.npy')
    const positions = []
    for await (const { name, vector } of readQueries(bytesSource(npy, 'q.npy')))
      positions.push([name, vector!.dim])
    expect(positions.map(([name]) => name)).toEqual(positions.map((_, index) => String(index)))
    expect(positions.length).toBeGreaterThan(1)
  })

  it('have the name in the payload of an array without ids', async () => {
    const sink = memorySink()
    const vector = { data: Float32Array.of(1), dim: 1 }
    await writeNpz([{ id: 5, vector, payload: { name: 'q' } }], sink)
    const file = Buffer.from(await sink.blob().arrayBuffer())
    const names = []
    for await (const { name } of readQueries(bytesSource(file))) names.push(name)
    expect(names).toEqual(['5'])
    const text = '{"name":"first"}\n'
    const payload = u8([text.length], [...Buffer.from(text)])
    for await (const { name } of readQueries(bytesSource(npzFile({ data: f32([1, 1], [1]), payload }))))
      names.push(name)
    expect(names).toEqual(['5', 'first'])
  })

  it('are refused without an id', async () => {
    await expect(readQueries(sourceOf('where are spiders?')).next()).rejects.toThrow(
      'a, line 1: expected {"id": "q1", "text": "…"}, or an id, a tab and a text',
    )
  })

  it('are refused with the name of a damaged file', async () => {
    const broken = bytesSource(readFileSync('test/fixtures/formats/documents.npz').subarray(0, 200), 'q.npz')
    await expect(readQueries(broken).next()).rejects.toThrow(/^q\.npz: /)
  })
})

describe('TREC files are read as trec_eval reads them', () => {
  const plain = (map: ReadonlyMap<string, ReadonlyMap<string, number>>) =>
    Object.fromEntries([...map].map(([query, values]) => [query, Object.fromEntries(values)]))

  it('qrels with comments, signs and a fraction of zeros', async () => {
    const text = '# q9 0 d 1\n q1 0 d#1 -1\n  # more\nq1 0 d2 1.0\n#q1 0 d3 1\nq2\t0\td1\t+2 \n'
    expect(plain(await readQrels(sourceOf(text)))).toEqual({ q1: { 'd#1': -1, d2: 1 }, q2: { d1: 2 } })
  })

  it('runs with comments, blanks in the tag and words after it', async () => {
    const text =
      '# comment\nq1 Q0 d1 1 2.5 a tag of words\n\nq1 0 #d2 x -1.5e-3 t\nq1 Q0 d3 1 .5 t # comment\n'
    expect(plain(await readRun(sourceOf(text)))).toEqual({ q1: { d1: 2.5, '#d2': -0.0015, d3: 0.5 } })
  })

  it.each(['1.5', '0x1', '1e1', 'one', '1234567890'])('a grade of %s is refused', async grade => {
    await expect(readQrels(sourceOf(`q 0 d ${grade}`))).rejects.toThrow(
      `a, line 1: expected "query 0 document grade", or "query document grade" as in BEIR, got "q 0 d ${grade}"`,
    )
  })

  it.each(['0x10', '0b1', 'NaN', 'Infinity', '1e999', '1,5', '--1'])(
    'a score of %s is refused',
    async score => {
      await expect(readRun(sourceOf(`q Q0 d 1 ${score} t`))).rejects.toThrow(
        `a, line 1: expected "query Q0 document rank score tag", got "q Q0 d 1 ${score} t"`,
      )
    },
  )

  it('a header is a header in the first line only', async () => {
    await expect(readQrels(sourceOf('q\td\t1\nquery-id\tcorpus-id\tscore\n'))).rejects.toThrow(
      'a, line 2: expected',
    )
  })
})
