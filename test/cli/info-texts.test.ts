// What `maxsimd info` prints of less usual collections, stores and indexes, and the tables of `search --explain`.

import { describe, expect, it } from 'vitest'
import { collectionInfoText } from '../../src/cli/output/collection-info-text.js'
import { formatBytes } from '../../src/cli/output/format-figures.js'
import { hitsText } from '../../src/cli/output/hits-text.js'
import { storeInfoText } from '../../src/cli/output/store-info-text.js'
import { createStyle } from '../../src/cli/output/style.js'

const plain = createStyle(false)

describe('of a collection', () => {
  const info = {
    ...{ version: '1.19.0', status: 'green', points: 1, segments: 1, shards: 1, active: 1, replicas: 1 },
    ...{ queued: 0, warnings: [], size: { points: 0, rows: {} } },
    estimate: { disk: 0, resident: 0, cached: 0, vectors: { '': { originals: 0, quantized: 0, graph: 0 } } },
    config: { vectors: { '': { size: 2, distance: 'Dot' } }, payload_indexes: {} },
  }

  it('a vector without a name and without documents has no rows per document', () => {
    const lines = collectionInfoText('c', info as never, plain).split('\n')
    expect(lines.slice(1, 3)).toEqual(['  (unnamed): 2 x float32, Dot, graph', '    originals 0 B'])
    const size = { points: 0, rows: { '': 0 } }
    expect(collectionInfoText('c', { ...info, size } as never, plain)).not.toContain('rows per document')
  })

  it('the name is bold, and where the figures come from is dim', () => {
    const lines = collectionInfoText('c', info as never, createStyle(true)).split('\n')
    expect(lines[0]!.startsWith('\x1b[1mc\x1b[22m, Qdrant 1.19.0: ')).toBe(true)
    expect(lines.at(-2)).toContain('page cache \x1b[2m(estimated from 0 documents)\x1b[22m')
  })
})

describe('of a store', () => {
  const info = {
    ...{ points: 2, segments: 2, bytes: 10, dead: 0, memory: { budget: 100 }, damage: [] },
    vectors: { '': { rows: 2, bytes: 10, on_disk: false } },
  }
  const vectors = { '': { size: 2, datatype: 'float32', distance: 'Dot' } }
  const linesOf = (more: object) =>
    storeInfoText('s', info as never, vectors as never, more, plain)
      .split('\n')
      .slice(1, -3)

  it('a vector without a name that is one row', () => {
    expect(storeInfoText('s', info as never, vectors as never, {}, plain)).toBe(
      's: 2 points in 2 segments, 10 B on disk\n  (unnamed): 2 x float32, Dot, one row, 1.0 rows per document\n' +
        '    10 B of vectors, in memory after the first query\n',
    )
  })

  it('the texts of an index, which are lines or paragraphs', () => {
    const texts = { encoder: 'static', files: 1, lines: true, withoutRows: 0 }
    expect(linesOf({ texts })).toEqual(['  lines of 1 file, encoder static'])
    expect(linesOf({ texts: { ...texts, files: 2, lines: false, withoutRows: 1 } })).toEqual([
      '  paragraphs of 2 files, encoder static, 1 passage without rows yet',
    ])
  })

  it('the pages of an index, whose model may divide a page into tiles', () => {
    const pages = { encoder: 'm', resolution: 150, files: 1, problems: ['a.pdf is damaged'] }
    const layout = (rows: number, columns: number) => ({ side: 14, tiles: { rows, columns } })
    const first = '  pages of 1 file, model m, 150 pixels per inch'
    const last = '  not in the index: a.pdf is damaged'
    expect(linesOf({ pages: { ...pages, layout: layout(3, 4) } })).toEqual([
      first,
      '  the first page has 3 x 4 tiles and the whole page, each of 14 x 14 patches',
      last,
    ])
    expect(linesOf({ pages: { ...pages, layout: layout(0, 0) } })[1]).toBe(
      '  the first page has 14 x 14 patches',
    )
    expect(linesOf({ pages: { ...pages, layout: undefined } })).toEqual([first, last])
  })
})

it.each([
  [0.4, '0 B'],
  [1000, '1.0 kB'],
  [1.25e12, '1.3 TB'],
  [2e15, '2000.0 TB'],
])('formatBytes(%d) is %s', (value, text) => {
  expect(formatBytes(value)).toBe(text)
})

describe('a table of --explain', () => {
  const hit = { location: 'a', score: 1, text: 'text', matches: [] }
  const token = (text: string) => ({ text, start: 0, end: text.length })

  it('is aligned by the columns that a terminal uses, and leaves the cell of an unknown weight empty', () => {
    const rows = [
      {
        row: 0,
        similarity: 0.5,
        contribution: 0.25,
        weight: 0.5,
        token: token('日本語の'),
        queryToken: token('a'),
      },
      { row: 12, similarity: -1, contribution: 10, token: token('b') },
    ]
    expect(hitsText([{ ...hit, rows }], plain)).toBe(
      ' 1. a  1.000\n    text\n' +
        '    question  document    similarity  weight  contribution\n' +
        '    0 a       0 日本語の      0.5000  0.5000        0.2500\n' +
        '    1         12 b           -1.0000               10.0000\n',
    )
    const unweighted = rows.map(({ weight: _, ...row }) => row)
    expect(hitsText([{ ...hit, rows: unweighted }], plain)).toContain(
      '    question  document    similarity  contribution\n    0 a ',
    )
  })

  it('of words has their similarity and weight, and takes the place of the strongest matches', () => {
    const matches = [
      {
        query: 'insects',
        document: '蜘蛛',
        similarity: 0.75,
        weight: 0.5,
        contribution: 0.375,
        start: 0,
        end: 0,
      },
      { query: 'x', document: 'x', contribution: 0, start: 0, end: 0 },
    ]
    expect(hitsText([{ ...hit, matches, rows: [] }], plain)).toBe(
      ' 1. a  1.000\n    text\n' +
        '    question  document  similarity  weight  contribution\n' +
        '    insects   蜘蛛          0.7500  0.5000        0.3750\n' +
        '    x         x             1.0000  0.0000        0.0000\n',
    )
  })

  it('names the patch of a row as far as it is known', () => {
    const rowOf = (patch: object) => ({ row: 3, similarity: 1, contribution: 1, patch })
    const rows = [rowOf({ tile: 0, line: 1, column: 2 }), rowOf({ tile: 4 }), rowOf({})]
    const names = hitsText([{ ...hit, rows: rows as never }], plain)
      .split('\n')
      .slice(3, 6)
    expect(names.map(line => line.slice(14).split('  ')[0])).toEqual([
      '3 tile 0, line 1, column 2',
      '3 tile 4',
      '3',
    ])
  })
})
