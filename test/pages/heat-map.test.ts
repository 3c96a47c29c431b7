// Heat of patches, their pictures, and PNG files.

import { inflateSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { drawHeatMap, encodePng, type PageLayout, patchAt, patchHeat } from '../../src/pages/index.js'

/** A page of 2 x 1 tiles with 2 x 2 patches each, between rows of text, and the tile of the whole image. */
const layout: PageLayout = {
  width: 100,
  height: 80,
  rows: 16,
  tiles: { rows: 2, columns: 1 },
  side: 2,
  starts: [1, 6, 11],
}
const rows = (values: Readonly<Record<number, readonly number[]>>) =>
  Array.from({ length: 16 }, (_, row) => values[row] ?? [0, 0])

it('a patch has its tile, line, column and rectangle, and a row of text has no patch', () => {
  expect([0, 5, 10, 15, 16, -1].map(row => patchAt(layout, row))).toEqual(Array(6).fill(undefined))
  expect(patchAt(layout, 2)).toEqual({
    tile: 0,
    line: 0,
    column: 1,
    rectangle: { x: 50, y: 0, width: 50, height: 20 },
  })
  expect(patchAt(layout, 8)).toEqual({
    tile: 1,
    line: 1,
    column: 0,
    rectangle: { x: 0, y: 60, width: 50, height: 20 },
  })
  expect(patchAt(layout, 14)).toEqual({
    tile: 2,
    line: 1,
    column: 1,
    rectangle: { x: 50, y: 40, width: 50, height: 40 },
  })
})

it('heat is the similarity to the best row of the query, scaled over all patches', () => {
  const page = rows({ 0: [9, 9], 2: [2, 0], 8: [0, 1], 14: [-2, 0] })
  const heat = patchHeat(
    [
      [1, 0],
      [0, 1],
    ],
    page,
    layout,
  )
  expect(heat.length).toBe(12)
  const at = (tile: number, line: number, column: number) =>
    heat.find(({ patch }) => patch.tile === tile && patch.line === line && patch.column === column)
  expect(at(0, 0, 1)).toMatchObject({ heat: 1, queryRow: 0 })
  expect(at(1, 1, 0)).toMatchObject({ heat: 0.5, queryRow: 1 })
  expect(at(2, 1, 1)).toMatchObject({ heat: 0, queryRow: 1 })
  // a single row of the query
  const single = patchHeat(
    [
      [1, 0],
      [0, 1],
    ],
    page,
    layout,
    { queryRows: [0] },
  )
  expect(single.filter(({ heat }) => heat === 1)).toHaveLength(1)
  expect(Math.min(...single.map(({ heat }) => heat))).toBe(0)
  expect(patchHeat([[0, 0]], page, layout).every(({ heat }) => heat === 0)).toBe(true)
  // if every patch is unlike the query, the least unlike one has the heat of 1
  const unlike = Array.from({ length: 16 }, (_, row) => [row + 1, 0])
  const heats = patchHeat([[-1, 0]], unlike, layout).map(({ heat }) => heat)
  expect([Math.max(...heats), Math.min(...heats)]).toEqual([1, 0])
})

it('the rows of the query that count are rows of the query, and at least one', () => {
  const query = [
    [1, 0],
    [0, 1],
  ]
  expect(patchHeat(query, rows({ 2: [0, 2] }), layout, { queryRows: [1] })[1]).toMatchObject({ queryRow: 1 })
  expect(() => patchHeat(query, rows({}), layout, { queryRows: [] })).toThrow(
    new RangeError('"queryRows" expected at least 1 row of the query, got 0'),
  )
  for (const row of [-1, 2, 0.5]) {
    expect(() => patchHeat(query, rows({}), layout, { queryRows: [0, row] })).toThrow(
      new RangeError(`"queryRows" expected a whole number from 0 to 1, got ${row}`),
    )
  }
  expect(() => patchHeat(query, rows({}), layout, { rows: [0] } as never)).toThrow(
    'unknown option "options.rows"; valid options of patchHeat: queryRows',
  )
})

it('a heat map draws patches with the least heat, from 0 to 1', () => {
  const heat = patchHeat([[1, 0]], rows({ 2: [2, 0], 8: [1, 0] }), layout)
  const drawn = (least: number) => drawHeatMap(heat, layout, { least }).match(/fill-opacity/g)?.length
  expect([drawn(0), drawn(0.5), drawn(0.51), drawn(1)]).toEqual([8, 2, 1, 1])
  for (const least of [-0.01, 1.01, Number.NaN]) expect(() => drawn(least)).toThrow(RangeError)
  expect(() => drawHeatMap(heat, layout, { most: 1 } as never)).toThrow(
    'unknown option "options.most"; valid options of drawHeatMap: picture, title, least',
  )
  // a page of one picture has no tiles above it
  const single = { ...layout, rows: 4, tiles: { rows: 0, columns: 0 }, starts: [0] }
  const whole = patchHeat([[1]], [[1], [2], [3], [4]], single)
  expect(drawHeatMap(whole, single, { least: 0 }).match(/fill-opacity/g)).toHaveLength(4)
})

it('heat of a wrong page is refused', () => {
  expect(() => patchHeat([[1, 0]], [[1, 0]], layout)).toThrow(
    '"layout" expected the layout of a page of 1 rows; pass that of the encoded image',
  )
  expect(() => patchHeat([[1]], rows({}), layout)).toThrow(/dim|numbers/)
  expect(() => patchHeat([[1, 0]], rows({}), { ...layout, starts: [1, 3, 11] })).toThrow(
    '"layout" expected the layout',
  )
})

it('a heat map draws the patches of tiles over the picture, with a title that is text', () => {
  const heat = patchHeat([[1, 0]], rows({ 2: [2, 0], 8: [1.5, 0], 14: [2, 0] }), layout)
  const svg = drawHeatMap(heat, layout, {
    picture: { bytes: Uint8Array.from([1, 2, 3]) },
    title: 'a <b> & c',
  })
  expect(svg.split('\n')).toEqual([
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 80" width="100" height="80" role="img">',
    '<title>a &lt;b&gt; &amp; c</title>',
    '<image width="100" height="80" href="data:image/png;base64,AQID"/>',
    '<g fill="#e0004d">',
    '<rect x="50" y="0" width="50" height="20" fill-opacity="0.6"/>',
    '<rect x="0" y="60" width="50" height="20" fill-opacity="0.34"/>',
    '</g>',
    '</svg>',
    '',
  ])
  // patches of at least half of the heat are drawn
  const half = patchHeat([[1, 0]], rows({ 2: [2, 0], 3: [1, 0], 8: [0.99, 0] }), layout)
  expect(drawHeatMap(half, layout).match(/fill-opacity/g)).toHaveLength(2)
  expect(drawHeatMap(half, layout, { least: 0.4 }).match(/fill-opacity/g)).toHaveLength(3)
  // a large picture of another type
  const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 31) % 256)
  const [, base64] = /href="data:image\/webp;base64,([^"]+)"/.exec(
    drawHeatMap([], layout, { picture: { bytes, type: 'image/webp' } }),
  )!
  expect(Buffer.compare(Buffer.from(base64!, 'base64'), bytes)).toBe(0)
  const bare = drawHeatMap([], layout)
  for (const part of ['<title>Heat map</title>', '<rect width="100" height="80" fill="white"/>'])
    expect(bare).toContain(part)
  expect(() => drawHeatMap([], layout, { least: 2 })).toThrow('"least" expected a number from 0 to 1, got 2')
})

it('a PNG file has the pixels, and the checksums of its parts', async () => {
  const data = Uint8Array.from({ length: 5 * 3 * 3 }, (_, i) => (i * 47) % 256)
  const file = Buffer.from(await encodePng({ data, width: 5, height: 3 }))
  expect(file.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n')
  const chunks: Record<string, Buffer> = {}
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at)
    chunks[file.toString('latin1', at + 4, at + 8)] = file.subarray(at + 8, at + 8 + length)
    at += 12 + length
  }
  expect(Object.keys(chunks)).toEqual(['IHDR', 'IDAT', 'IEND'])
  expect([...chunks.IHDR!]).toEqual([0, 0, 0, 5, 0, 0, 0, 3, 8, 2, 0, 0, 0])
  // the checksum of the empty last part is the same in every file
  expect(file.subarray(-4).toString('hex')).toBe('ae426082')
  const lines = inflateSync(chunks.IDAT!)
  const pixels: number[] = []
  for (let y = 0; y < 3; y++) {
    expect(lines[y * 16]).toBe(2)
    for (let x = 0; x < 15; x++)
      pixels.push((lines[y * 16 + 1 + x]! + (y === 0 ? 0 : pixels[(y - 1) * 15 + x]!)) % 256)
  }
  expect(pixels).toEqual([...data])
  await expect(encodePng({ data, width: 4, height: 3 })).rejects.toThrow(
    '"data" expected 36 bytes for 4 x 3 pixels, got 45',
  )
})
