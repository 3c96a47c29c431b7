// Pooling: Ward's clusters equal SciPy's (test/numpy/make.py), pooled rows are the means of clusters, and pooled
// documents equal PyLate's (test/numpy/pool.py).

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { FlatMultiVector } from '../../src/index.js'
import { meanRow, type PoolMethod, poolPage, poolRows } from '../../src/stages/pooling/index.js'
import { kmeansClusters } from '../../src/stages/pooling/kmeans.js'
import { toUnitRows } from '../../src/stages/pooling/unit-rows.js'
import { wardClusters } from '../../src/stages/pooling/ward.js'
import { expectSame } from '../support/expect-same.js'
import { random, randomRows } from '../support/random.js'
import { errorOf } from '../support/refusal.js'

interface Clustering {
  readonly name: string
  readonly rows: number
  readonly dim: number
  readonly clusters: Readonly<Record<string, readonly number[]>>
}

const { clusterings } = JSON.parse(readFileSync('test/numpy/fixtures.json', 'utf8')) as {
  readonly clusterings: readonly Clustering[]
}

/** The documents of test/numpy/make.py, by the names of its cases. */
const documents: Readonly<Record<string, (rows: number, dim: number) => FlatMultiVector>> = {
  'one pair': (rows, dim) => randomRows(random(1), rows, dim),
  random: (rows, dim) => randomRows(random(2), rows, dim),
  bunched: (rows, dim) => bunchedRows(3, rows, dim, 12),
  'a page': (rows, dim) => bunchedRows(5, rows, dim, 40),
  'equal rows': (rows, dim) => ({
    data: Float32Array.from({ length: rows * dim }, (_, i) => (i % dim === Math.floor(i / dim) % 5 ? 1 : 0)),
    dim,
  }),
  'orthogonal rows': orthogonalRows,
  'many orthogonal rows': orthogonalRows,
  copies: (rows, dim) => copies(randomRows(random(7), 13, dim), rows),
  'copies and zeros': (rows, dim) => {
    const repeated = copies(randomRows(random(8), 20, dim), rows)
    for (let row = 0; row < rows; row += 9) repeated.data.fill(0, row * dim, (row + 1) * dim)
    return repeated
  },
}

/** Repeats rows, some more often than others. */
function copies({ data, dim }: ReturnType<typeof randomRows>, rows: number) {
  const count = data.length / dim
  return {
    data: Float32Array.from(
      { length: rows * dim },
      (_, i) => data[(Math.floor(i / dim) ** 2 % count) * dim + (i % dim)]!,
    ),
    dim,
  }
}

function orthogonalRows(rows: number, dim: number): FlatMultiVector {
  return { data: Float32Array.from({ length: rows * dim }, (_, i) => (i % (dim + 1) === 0 ? 1 : 0)), dim }
}

/** Rows around a few centres, similar to the words of a text. */
function bunchedRows(seed: number, rows: number, dim: number, bunches: number): FlatMultiVector {
  const centres = randomRows(random(seed), bunches, dim).data
  const noise = randomRows(random(seed + 1), rows, dim).data
  const data = noise.map(
    (value, i) => centres[(Math.floor(i / dim) % bunches) * dim + (i % dim)]! + 0.5 * value,
  )
  return { data, dim }
}

/** Numbers clusters by their first rows, as the fixtures do. */
function renumbered(labels: Uint32Array): number[] {
  const numbers = new Map<number, number>()
  return Array.from(labels, label => {
    const number = numbers.get(label) ?? numbers.size
    numbers.set(label, number)
    return number
  })
}

const rowsOf = ({ data, dim }: FlatMultiVector) =>
  Array.from({ length: data.length / dim }, (_, i) => Array.from(data.slice(i * dim, (i + 1) * dim)))

describe.each(clusterings)('wardClusters of $rows rows, $name', ({ name, rows, dim, clusters }) => {
  it.each(Object.entries(clusters))('finds SciPy’s clusters for at most %s clusters', (count, expected) => {
    const unit = Float64Array.from(documents[name]!(rows, dim).data)
    toUnitRows(unit, dim)
    expectSame(renumbered(wardClusters(unit, dim, Number(count))), expected, 'cluster of each row')
  })
})

const pylate = JSON.parse(readFileSync('test/numpy/pylate.json', 'utf8')) as {
  readonly dim: number
  readonly cases: readonly {
    readonly rows: number
    readonly factor: number
    readonly protect: number
    readonly products: readonly number[]
  }[]
}

it.each(pylate.cases)(
  'poolRows pools $rows rows by factor $factor, with $protect protected, to PyLate’s rows',
  ({ rows, factor, protect, products }) => {
    const { dim } = pylate
    const { data } = bunchedRows(100 + rows, rows, dim, Math.max(2, Math.floor(rows / 20)))
    const exact = Float64Array.from(data)
    toUnitRows(exact, dim)
    const pooled = rowsOf(poolRows({ data: Float32Array.from(exact), dim }, { factor, protect }))
    const found = pooled.map(row => row.reduce((sum, value, k) => sum + (value * (k + 1)) / dim, 0))
    expect(found).toHaveLength(products.length)
    for (const [i, product] of found.sort((a, b) => a - b).entries())
      expect(Math.abs(product - products[i]!)).toBeLessThan(2e-6)
  },
)

describe('poolRows', () => {
  const document = bunchedRows(31, 41, 16, 6)
  const rows = rowsOf(document)

  it.each<[method: PoolMethod, factor: number, protect: number, expected: number]>([
    ['ward', 2, 1, 1 + 20],
    ['ward', 3, 0, 13],
    ['ward', 100, 2, 2 + 1],
    ['sequential', 2, 0, 20],
    ['sequential', 4, 1, 1 + 10],
    ['sequential', 7, 2, 2 + 5],
    ['ward', 1, 1, 41],
    ['sequential', 2, 41, 41],
    ['sequential', 2, 99, 41],
  ])('by %s with factor %i and %i protected rows returns %i rows', (method, factor, protect, expected) => {
    const pooled = poolRows(document, { method, factor, protect })
    expect(pooled.data.length).toBe(expected * 16)
    expect(pooled.dim).toBe(16)
    expect(pooled.data.subarray(0, Math.min(protect, 41) * 16)).toEqual(
      document.data.subarray(0, Math.min(protect, 41) * 16),
    )
  })

  it('by kmeans returns at most that many rows and puts similar rows together', () => {
    const { data, rowOf } = poolRows(document, { method: 'kmeans', factor: 6, protect: 0 })
    expect(data.length / 16).toBeLessThanOrEqual(6)
    expect(data.length / 16).toBeGreaterThan(3)
    expect(rowOf[0]).toBe(rowOf[6])
    expect(rowOf[1]).not.toBe(rowOf[0])
    expect(poolRows(document, { method: 'kmeans', factor: 6, protect: 0 }).data).toEqual(data)
  })

  it.each(['ward', 'kmeans', 'sequential'] as const)('by %s returns the mean of each cluster', method => {
    const pooled = poolRows(document, { method, factor: 3 })
    const pooledRows = rowsOf(pooled)
    expect(pooled.rowOf.length).toBe(rows.length)
    expect(Math.max(...pooled.rowOf)).toBe(pooledRows.length - 1)
    pooledRows.forEach((mean, to) => {
      const members = rows.filter((_, row) => pooled.rowOf[row] === to)
      expect(members.length).toBeGreaterThan(0)
      mean.forEach((value, k) => {
        const exact = members.reduce((sum, row) => sum + row[k]!, 0) / members.length
        expect(Math.abs(value - exact)).toBeLessThanOrEqual(2 ** -23 * Math.abs(exact))
      })
    })
  })

  it('orders pooled rows by the first rows of their clusters', () => {
    const { rowOf } = poolRows(document, { factor: 4 })
    expect(renumbered(rowOf)).toEqual([...rowOf])
  })

  it('scales means to unit length only with normalize', () => {
    const length = (row: readonly number[]) => Math.hypot(...row)
    const unit = Float32Array.from(document.data)
    toUnitRows(unit, 16)
    const asGiven = rowsOf(poolRows({ data: unit, dim: 16 }, { factor: 3 }))
    expect(Math.min(...asGiven.slice(1).map(length))).toBeLessThan(0.98)
    for (const row of rowsOf(poolRows({ data: unit, dim: 16 }, { factor: 3, normalize: true }))) {
      expect(length(row)).toBeCloseTo(1, 6)
    }
  })

  it('makes one row of equal rows and clusters rows of zeros with each other', () => {
    const row = [0.6, 0.8]
    expect(rowsOf(poolRows([row, row, row, row, row, row], { protect: 0 }))).toEqual([
      [Math.fround(0.6), Math.fround(0.8)],
    ])
    const { rowOf } = poolRows([row, [0, 0], row, [0, 0]], { protect: 0, method: 'ward' })
    expect([...rowOf]).toEqual([0, 1, 0, 1])
  })

  it('returns the same rows for the three forms of multi-vector and does not modify them', () => {
    const before = document.data.slice()
    const pooled = poolRows(document)
    expect(poolRows(rows)).toEqual(pooled)
    expect(poolRows(rows.map(row => Float32Array.from(row)))).toEqual(pooled)
    expect(document.data).toEqual(before)
    expect(poolRows(document, { factor: 1 }).data).not.toBe(document.data)
  })
})

/** k-means as kmeans.ts describes it, in plain arrays. */
function plainKmeans(rows: readonly number[][], count: number): number[] {
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, k) => sum + value * b[k]!, 0)
  const nearest = (row: readonly number[], centres: readonly number[][]) => {
    const similarities = centres.map(centre => dot(row, centre))
    return similarities.indexOf(Math.max(...similarities))
  }
  let centres = [rows[0]!]
  while (centres.length < count) {
    const highest = rows.map(row => Math.max(...centres.map(centre => dot(row, centre))))
    centres.push(rows[highest.indexOf(Math.min(...highest))]!)
  }
  let clusters: number[] = []
  for (let round = 0; round < 10; round++) {
    clusters = rows.map(row => nearest(row, centres))
    centres = centres.map((centre, c) => {
      const own = rows.filter((_, i) => clusters[i] === c)
      if (own.length === 0) return centre
      const sum = centre.map((_, k) => own.reduce((total, row) => total + row[k]!, 0))
      const length = Math.sqrt(dot(sum, sum))
      return length === 0 ? sum : sum.map(value => value / length)
    })
  }
  return clusters
}

it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
  'kmeansClusters finds the clusters of its definition: seed %i',
  seed => {
    const next = random(seed)
    const dim = seed % 2 === 0 ? 2 : 5
    // with axes as rows, many rows are equal and many similarities tie
    const axis = () => {
      const at = Math.floor(next() * dim)
      return Array.from({ length: dim }, (_, k) => (k === at ? Math.sign(next() - 0.5) : 0))
    }
    const values = Array.from({ length: 60 }, () => (seed < 5 ? axis() : [...randomRows(next, 1, dim).data]))
    const unit = Float64Array.from(values.flat())
    toUnitRows(unit, dim)
    const rows = values.map((_, i) => [...unit.subarray(i * dim, (i + 1) * dim)])
    for (const count of [2, 7, 20]) {
      expectSame(
        [...kmeansClusters(unit, dim, count)],
        plainKmeans(rows, count),
        `${count} clusters, seed ${seed}`,
      )
    }
  },
)

it('a document that is larger than Ward’s distances allow can keep all its rows', () => {
  expect(poolRows({ data: new Float32Array(8_194), dim: 1 }, { factor: 1 }).data).toHaveLength(8_194)
})

it('rows of zeros stay zeros when means are normalized', () => {
  const { data } = poolRows(
    [
      [0, 0],
      [0, 0],
      [3, 4],
      [3, 4],
    ],
    { protect: 0, normalize: true },
  )
  expect([...data]).toEqual([0, 0, expect.closeTo(0.6, 6), expect.closeTo(0.8, 6)])
})

it('poolPage has 32 columns by default, and counts the rows before the patches', () => {
  const page = randomRows(random(42), 3 * 32 + 1, 4)
  const { byRows, byColumns } = poolPage(page, { rows: 3, prefix: 1 })
  expect([byRows.data.length, byColumns.data.length]).toEqual([4 * 4, 33 * 4])
  expect(() => poolPage(page, { rows: 3, prefix: 2 })).toThrow('"page" expected at least 98 rows')
})

describe('poolPage', () => {
  // the patch in row r and column c is [r, c]; two rows before the patches, one after
  const grid = { rows: 2, columns: 3, prefix: 2 }
  const page = [
    [9, 9],
    [8, 8],
    [0, 0],
    [0, 1],
    [0, 2],
    [1, 0],
    [1, 1],
    [1, 2],
    [7, 7],
  ]

  it('returns a row for each grid row and each grid column, and the rows before and after the patches', () => {
    const { byRows, byColumns } = poolPage(page, grid)
    expect(rowsOf(byRows)).toEqual([
      [9, 9],
      [8, 8],
      [0, 1],
      [1, 1],
      [7, 7],
    ])
    expect(rowsOf(byColumns)).toEqual([
      [9, 9],
      [8, 8],
      [0.5, 0],
      [0.5, 1],
      [0.5, 2],
      [7, 7],
    ])
  })

  it('pools the 1,030 rows of ColPali to 38 and 38', () => {
    const { byRows, byColumns } = poolPage(randomRows(random(41), 1030, 128))
    expect([byRows.data.length, byColumns.data.length]).toEqual([38 * 128, 38 * 128])
  })
})

it('meanRow returns a mean of unit length, or the plain mean without normalize', () => {
  expect(
    meanRow(
      [
        [3, 0],
        [0, 4],
      ],
      { normalize: false },
    ),
  ).toEqual(Float32Array.of(1.5, 2))
  expect(
    meanRow([
      [3, 0],
      [0, 4],
    ]),
  ).toEqual(Float32Array.of(0.6, 0.8))
  expect(
    meanRow([
      [1, 0],
      [-1, 0],
    ]),
  ).toEqual(Float32Array.of(0, 0))
})

it.each<[name: string, run: () => unknown, text: string]>([
  [
    'a factor of 0',
    () => poolRows([[1]], { factor: 0 }),
    'RangeError: "factor" expected a whole number of at least 1, got 0',
  ],
  [
    'a fractional factor',
    () => poolRows([[1]], { factor: 1.5 }),
    'RangeError: "factor" expected a whole number of at least 1, got 1.5',
  ],
  [
    'an unknown method',
    () => poolRows([[1]], { method: 'median' as PoolMethod }),
    'RangeError: "method" expected one of ward, kmeans, sequential, got "median"',
  ],
  [
    'a string for normalize',
    () => poolRows([[1]], { normalize: 'yes' as unknown as boolean }),
    'TypeError: "normalize" expected true or false, got string',
  ],
  [
    'a number instead of options',
    () => poolRows([[1]], 2 as unknown as object),
    'TypeError: "options" expected an object, got number; valid options of poolRows: factor, method, protect, normalize',
  ],
  [
    'an unknown option',
    () => poolRows([[1]], { protected: 1 } as object),
    'RangeError: unknown option "options.protected"; valid options of poolRows: factor, method, protect, normalize',
  ],
  [
    'an unknown option of meanRow',
    () => meanRow([[1]], { normalise: false } as object),
    'RangeError: unknown option "options.normalise"; valid options of meanRow: normalize',
  ],
  [
    'an unknown option of poolPage',
    () => poolPage([[1]], { lines: 1 } as object),
    'RangeError: unknown option "grid.lines"; valid options of poolPage: rows, columns, prefix',
  ],
  [
    'a document without rows',
    () => poolRows([]),
    'RangeError: "document" expected at least one row, got none; omit multi-vectors without rows',
  ],
  [
    'infinity',
    () =>
      poolRows([
        [1, 2],
        [3, Number.POSITIVE_INFINITY],
      ]),
    'RangeError: "document[1][1]" expected a finite number, got Infinity; check the encoder that made it',
  ],
  [
    'more rows than Ward’s distances fit into memory',
    () => poolRows({ data: new Float32Array(8_194), dim: 1 }),
    'RangeError: "document" expected at most 8192 rows to pool by ward, got 8193; use sequential or kmeans',
  ],
  [
    'a page smaller than its grid',
    () => poolPage([[1], [2], [3]], { rows: 2, columns: 2 }),
    'RangeError: "page" expected at least 4 rows (0 before 2 x 2 patches), got 3; take the grid from the model\'s processor',
  ],
])('pooling refuses %s', (_, run, text) => {
  expect(String(errorOf(run))).toBe(text)
})
