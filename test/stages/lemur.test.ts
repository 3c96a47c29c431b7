// LEMUR maps against a fit in f64, their bytes, their errors, and what they find.

import { describe, expect, it } from 'vitest'
import { startPackedMemory } from '../../src/core/packed-documents.js'
import { createScorer, type FlatMultiVector } from '../../src/index.js'
import { availableKernels } from '../../src/kernel/load-kernel.js'
import { fitLemur, type Lemur, openLemur } from '../../src/stages/index.js'
import { factorize, invertLower, multiplyLower } from '../../src/stages/lemur/cholesky.js'
import { drawNumbers } from '../../src/stages/lemur/draw-numbers.js'
import { chooseAnchors, countRows, findDistinctRows } from '../../src/stages/lemur/draw-rows.js'
import { fitMap } from '../../src/stages/lemur/fit.js'
import { readLemur, writeLemur } from '../../src/stages/lemur/lemur-bytes.js'
import { createMap } from '../../src/stages/lemur/lemur-map.js'
import { packSamples } from '../../src/stages/lemur/sample-maxima.js'
import { createPcg64 } from '../../src/stages/muvera/pcg64.js'
import { random } from '../support/random.js'
import { errorOf } from '../support/refusal.js'

const DIM = 12

/** The error that a promise rejects with. */
const rejectionOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: Error) => error,
  )

/** Documents of 3 to 6 rows near a few of 40 topics, so that some documents are alike. */
function createDocuments(count: number, seed: number): FlatMultiVector[] {
  const next = random(seed)
  const normal = () => next() + next() + next() - 1.5
  const topics = Array.from({ length: 40 }, () => Array.from({ length: DIM }, normal))
  return Array.from({ length: count }, () => {
    const rows = 3 + Math.floor(4 * next())
    const chosen = Array.from({ length: rows }, () => topics[Math.floor(40 * next())]!)
    const data = Float32Array.from(chosen.flat(), value => value + 0.5 * normal())
    return { data, dim: DIM }
  })
}

const documents = createDocuments(600, 1)
const rowsOf = ({ data, dim }: FlatMultiVector) =>
  Array.from({ length: data.length / dim }, (_, i) => [...data.subarray(i * dim, (i + 1) * dim)])
const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0)

let fitted: Promise<Lemur> | undefined
/** A map of 64 elements for `documents`, fitted once. */
const lemurOf = () => (fitted ??= fitLemur(documents, { size: 64, samples: 1024 }))

/** Solves a x = b for a symmetric positive definite matrix by Gaussian elimination. */
function solve(a: number[][], b: number[]): number[] {
  const m = a.map((row, i) => [...row, b[i]!])
  for (let i = 0; i < m.length; i++) {
    for (let j = i + 1; j < m.length; j++) {
      const factor = m[j]![i]! / m[i]![i]!
      for (let k = i; k <= m.length; k++) m[j]![k]! -= factor * m[i]![k]!
    }
  }
  const x = new Array<number>(m.length).fill(0)
  for (let i = m.length - 1; i >= 0; i--) {
    const rest = m[i]!.slice(i + 1, -1).reduce((sum, value, k) => sum + value * x[i + 1 + k]!, 0)
    x[i] = (m[i]!.at(-1)! - rest) / m[i]![i]!
  }
  return x
}

describe('factorize and invertLower', () => {
  it('give the inverse of a positive definite matrix', () => {
    const matrix = Float64Array.of(4, 2, 0.6, 2, 5, 1, 0.6, 1, 3)
    const factor = matrix.slice()
    factorize(factor, 3)
    expect([...factor.subarray(0, 3), factor[5]]).toEqual([2, 0, 0, 0])
    const inverse = invertLower(factor, 3)
    // (L Lᵀ)⁻¹ = L⁻ᵀ L⁻¹, times the matrix
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        let sum = 0
        for (let k = 0; k < 3; k++) {
          for (let l = 0; l < 3; l++) sum += inverse[l * 3 + i]! * inverse[l * 3 + k]! * matrix[k * 3 + j]!
        }
        expect(sum).toBeCloseTo(i === j ? 1 : 0, 12)
      }
    }
  })

  it('refuse a matrix that is not positive definite', () => {
    expect(errorOf(() => factorize(Float64Array.of(1, 2, 2, 1), 2))).toEqual(
      new RangeError('the matrix is not positive definite in row 1'),
    )
  })
})

describe('multiplyLower', () => {
  it('multiplies two lower triangular matrices and leaves the part above the diagonal 0', () => {
    const left = Float64Array.of(2, 0, 0, 3, 5, 0, 7, 11, 13)
    const right = Float64Array.of(1, 0, 0, 2, 4, 0, 8, 16, 32)
    expect([...multiplyLower(left, right, 3)]).toEqual([2, 0, 0, 13, 20, 0, 133, 252, 416])
  })

  it('returns the identity for a matrix and its inverse', () => {
    const lower = Float64Array.of(2, 0, 0, 1, 4, 0, 3, 5, 8)
    expect([...multiplyLower(invertLower(lower, 3), lower, 3)]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1])
  })
})

describe('packSamples', () => {
  it('finds the best similarity of each sample with a document, the same on every kernel', async () => {
    const [first, ...others] = documents.slice(0, 5)
    const results: number[][] = []
    for (const kernelName of availableKernels()) {
      const { kernel } = await startPackedMemory({ kernel: kernelName })
      const before = kernel.memory.used
      const maxima = packSamples(kernel, Float32Array.from(first!.data), DIM, 'dot')
      for (const document of others) {
        const found = maxima.of(document, 'document')
        const expected = rowsOf(first!).map(y => Math.max(...rowsOf(document).map(row => dot(y, row))))
        found.forEach((value, i) => {
          expect(Math.abs(value - expected[i]!)).toBeLessThan(2e-3)
        })
        results.push([...found])
      }
      const used = kernel.memory.used
      maxima.of(others[0]!, 'document')
      for (const wrong of [NaN, 1e35]) {
        expect(errorOf(() => maxima.of([Array(DIM).fill(wrong)], 'document'))).toBeInstanceOf(RangeError)
      }
      expect(kernel.memory.used).toBe(used)
      maxima.dispose()
      expect(kernel.memory.used).toBe(before)
    }
    const perKernel = others.length
    for (let i = perKernel; i < results.length; i++) expect(results[i]).toEqual(results[i % perKernel])
  })
})

describe('drawNumbers', () => {
  it('draws different numbers, each set of them about as often', () => {
    const generator = createPcg64(7)
    const counts = new Map<string, number>()
    for (let i = 0; i < 3000; i++) {
      const drawn = drawNumbers(generator, 5, 2).join()
      counts.set(drawn, (counts.get(drawn) ?? 0) + 1)
    }
    const pairs = [0, 1, 2, 3].flatMap(a => [1, 2, 3, 4].filter(b => b > a).map(b => `${a},${b}`))
    expect([...counts.keys()].sort()).toEqual(pairs)
    for (const count of counts.values()) expect(Math.abs(count - 300)).toBeLessThan(75)
    expect([...drawNumbers(generator, 3, 3)]).toEqual([0, 1, 2])
    expect([...drawNumbers(generator, 3, 4)]).toEqual([0, 1, 2])
  })
})

describe('findDistinctRows', () => {
  it('returns each row once, without rows of zeros', () => {
    const list = [
      [
        [1, 2],
        [0, 0],
        [1, 3],
      ],
      [
        [1, 2],
        [2, 1],
      ],
      [
        [-0, 0],
        [1, 3],
        [-1, 2],
      ],
    ]
    expect([...findDistinctRows(list, countRows(list, 2), 2)]).toEqual([0, 2, 4, 7])
  })

  it('keeps rows that differ in one bit', () => {
    const next = random(3)
    const row = Array.from({ length: 64 }, () => next() - 0.5)
    const words = new Uint32Array(Float32Array.from(row).buffer)
    const changed = Array.from({ length: 64 * 24 }, (_, i) => {
      const copy = words.slice()
      copy[i % 64]! ^= 1 << Math.floor(i / 64)
      return { data: new Float32Array(copy.buffer), dim: 64 }
    })
    expect(findDistinctRows(changed, countRows(changed, 64), 64)).toHaveLength(changed.length)
  })
})

describe('chooseAnchors', () => {
  it('frees what it takes of the kernel memory', async () => {
    const { kernel } = await startPackedMemory({})
    const rows = Float32Array.from(documents.flatMap(({ data }) => [...data]))
    const used = kernel.memory.used
    const anchors = await chooseAnchors(kernel, rows, DIM, 16, async () => {})
    expect(anchors).toHaveLength(16 * DIM)
    expect(kernel.memory.used).toBe(used)
  })

  it('returns the mean directions of clusters, and an anchor that no row is nearest to as it began', async () => {
    const { kernel } = await startPackedMemory({})
    const unit = (x: number, y: number) => [x / Math.hypot(x, y), y / Math.hypot(x, y)]
    const near = [unit(1, 0), unit(1, 0.1), unit(1, 0.2)]
    const far = [unit(0, 1), unit(0.1, 1), unit(0.3, 1)]
    const anchorsOf = async (rows: number[][], count: number) => {
      const flat = Float32Array.from(rows.flat())
      const anchors = await chooseAnchors(kernel, flat, 2, count, async () => {})
      return rowsOf({ data: anchors, dim: 2 })
    }
    const meanOf = (rows: number[][]) =>
      unit(
        rows.reduce((sum, [x = 0]) => sum + x, 0),
        rows.reduce((sum, [, y = 0]) => sum + y, 0),
      )
    const anchors = await anchorsOf([...near, ...far], 2)
    for (const [i, expected] of [meanOf(near), meanOf(far)].entries()) {
      expected.forEach((value, k) => {
        expect(anchors[i]![k]).toBeCloseTo(value, 6)
      })
    }
    // two anchors begin at the same row: the second gets none
    const same = unit(1, 1).map(Math.fround)
    expect(await anchorsOf([same, same, same, same], 2)).toEqual([same, same])
  })
})

describe('fitLemur', () => {
  it('draws each different row once, so that frequent rows and rows of zeros are not what it fits to', async () => {
    const [frequent] = createDocuments(1, 77)
    const zeros = new Float32Array(DIM)
    const mixed = documents.slice(0, 200).map(({ data }) => ({
      data: Float32Array.from([...frequent!.data.subarray(0, DIM), ...data, ...zeros]),
      dim: DIM,
    }))
    const { samples } = readLemur((await fitLemur(mixed, { size: 16, samples: 4096 })).toBytes())
    const distinct = rowsOf({ data: samples, dim: DIM }).map(row => row.join())
    const rows = documents.slice(0, 200).reduce((sum, { data }) => sum + data.length / DIM, 0)
    expect(distinct).toHaveLength(rows + 1)
    expect(new Set(distinct).size).toBe(rows + 1)
    expect(distinct).not.toContain(zeros.join())
  })

  it('predicts what a least-squares fit of the same features in f64 predicts', async () => {
    const lemur = await fitLemur(documents, { size: 32, samples: 128 })
    const { anchors, samples, size } = readLemur(lemur.toBytes())
    const flat = (data: Float32Array) => rowsOf({ data, dim: DIM })
    const kernelFunctions = (row: number[]) => flat(anchors).map(anchor => Math.exp(dot(row, anchor) - 1))
    const features = flat(samples).map(kernelFunctions)
    // the anchors' own kernel matrix is the norm of the ridge, which is 1e-4 of the mean second moment
    const gram = flat(anchors).map((anchor, i) =>
      kernelFunctions(anchor).map((value, j) => value + (i === j ? 1e-4 : 0)),
    )
    const moments = gram.map((_, i) =>
      gram.map((_, j) => features.reduce((sum, f) => sum + f[i]! * f[j]!, 0) / features.length),
    )
    const trace = features.reduce((sum, f) => sum + dot(f, solve(gram, f)), 0) / features.length
    const ridge = (1e-4 * trace) / size
    const system = moments.map((row, i) => row.map((value, j) => value + ridge * gram[i]![j]!))
    const query = documents[7]!
    const expected: number[] = []
    const found: number[] = []
    for (const document of documents.slice(0, 20)) {
      const best = flat(samples).map(y => Math.max(...rowsOf(document).map(row => dot(y, row))))
      const right = gram.map(
        (_, i) => features.reduce((sum, f, n) => sum + f[i]! * best[n]!, 0) / features.length,
      )
      const weights = solve(system, right)
      const unit = rowsOf(query).map(row => ({ row, length: Math.hypot(...row) }))
      expected.push(
        unit.reduce(
          (sum, { row, length }) =>
            sum + length * dot(kernelFunctions(row.map(value => value / length)), weights),
          0,
        ),
      )
      found.push(dot(lemur.query(query), lemur.document(document)))
    }
    // scores differ by a constant, which is the same for all documents
    const offset = expected[0]! - found[0]!
    const spread = Math.max(...expected) - Math.min(...expected)
    expect(spread).toBeGreaterThan(1)
    found.forEach((value, i) => {
      expect(Math.abs(value + offset - expected[i]!)).toBeLessThan(2e-3 * spread)
    })
  })

  it('finds nine of the ten best documents among fifty candidates of six hundred', async () => {
    const lemur = await lemurOf()
    using scorer = await createScorer()
    const exact = scorer.corpus({ dim: DIM })
    const vectors = scorer.corpus({ dim: lemur.size, dtype: 'i8' })
    for (const document of documents) {
      exact.add(document)
      vectors.add([lemur.document(document)])
    }
    const shares = createDocuments(40, 1).map((_, i) => {
      const query = createDocuments(3, 50 + i)[2]!
      const best = exact.rank(query).map(({ index }) => index)
      const found = new Set(vectors.rank([lemur.query(query)], { limit: 50 }).map(({ index }) => index))
      return best.filter(index => found.has(index)).length / best.length
    })
    expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeGreaterThan(0.9)
  })

  it('gives the same map for the same seed, and another for another', async () => {
    const options = { size: 16, samples: 200 }
    const [first, second, other] = await Promise.all(
      [1, 1, 2].map(seed => fitLemur(documents.slice(0, 100), { ...options, seed })),
    )
    expect(second!.toBytes()).toEqual(first!.toBytes())
    expect(second!.name).toMatch(/^[0-9a-f]{8}$/)
    expect(other!.name).not.toBe(first!.name)
  })

  it('weights the rows of a query, and ignores the length of rows with cosine', async () => {
    const lemur = await lemurOf()
    const [a = [], b = []] = rowsOf(documents[3]!)
    const weighted = lemur.query([a, b], { weights: [2, 0.5] })
    const scaled = lemur.query([a.map(value => 2 * value), b.map(value => value / 2)])
    const largest = Math.max(...weighted.map(Math.abs))
    weighted.forEach((value, i) => {
      expect(Math.abs(value - scaled[i]!)).toBeLessThan(1e-3 * largest)
    })
    const cosine = await fitLemur(documents, { size: 16, metric: 'cosine' })
    const once = cosine.query([a])
    cosine.query([a.map(value => 4 * value)]).forEach((value, i) => {
      expect(value).toBeCloseTo(once[i]!, 4)
    })
    const doubled = { data: documents[5]!.data.map(value => 2 * value), dim: DIM } as FlatMultiVector
    const vector = cosine.document(documents[5]!)
    cosine.document(doubled).forEach((value, i) => {
      expect(value).toBeCloseTo(vector[i]!, 3)
    })
  })

  it('reports drift for documents of another kind, and none for more of the same', async () => {
    const lemur = await lemurOf()
    const same = lemur.drift(documents.slice(100, 300))
    expect(same.isDue).toBe(false)
    const next = random(9)
    const others = Array.from({ length: 60 }, () => ({
      data: Float32Array.from({ length: 4 * DIM }, () => next() - 0.5),
      dim: DIM,
    }))
    const drift = lemur.drift(others)
    expect(drift.isDue).toBe(true)
    expect(drift.error).toBeGreaterThan(2 * drift.fittedError)
  })

  it('makes vectors whose elements have a mean of 0 and a deviation of 1 over the documents', async () => {
    const few = documents.slice(0, 120)
    const lemur = await fitLemur(few, { size: 16, samples: 64 })
    const vectors = few.map(document => lemur.document(document))
    for (let k = 0; k < 16; k++) {
      const values = vectors.map(vector => vector[k]!)
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      const square = values.reduce((sum, value) => sum + value ** 2, 0) / values.length
      expect(Math.abs(mean)).toBeLessThan(1e-3)
      expect(Math.abs(square - 1)).toBeLessThan(1e-2)
    }
  })

  it('ignores a row of zeros in a query', async () => {
    const [a = []] = rowsOf(documents[3]!)
    for (const metric of ['dot', 'cosine'] as const) {
      const lemur = await fitLemur(documents.slice(0, 60), { size: 16, samples: 64, metric })
      expect(lemur.query([a, new Array(DIM).fill(0)])).toEqual(lemur.query([a]))
    }
  })

  it('measures the share of the variance that predictions miss, and takes a map as due above 1.25 times it', async () => {
    const few = documents.slice(0, 40)
    const lemur = await fitLemur(few, { size: 16, samples: 64 })
    const { error, fittedError, isDue } = lemur.drift(few)
    // each number is reduced by its mean over the documents
    const rows = few.flatMap(rowsOf).map(row => row.map(value => value / Math.hypot(...row)))
    const vectors = few.map(document => lemur.document(document))
    const centred = (values: number[]) => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      return values.map(value => value - mean)
    }
    let [missed, total] = [0, 0]
    for (const row of rows) {
      const query = lemur.query([row])
      const predicted = centred(vectors.map(vector => dot(vector, query)))
      const actual = centred(few.map(each => Math.max(...rowsOf(each).map(other => dot(row, other)))))
      actual.forEach((value, i) => {
        missed += (predicted[i]! - value) ** 2
        total += value ** 2
      })
    }
    expect(Math.abs(error - missed / total)).toBeLessThan(1e-3 * error)
    // the documents of the fit are few, so that all of them were measured
    expect(Math.abs(fittedError - error)).toBeLessThan(1e-2 * error)
    expect(isDue).toBe(false)
    const parts = readLemur(lemur.toBytes())
    for (const [share, expected] of [
      [1.24, false],
      [1.26, true],
    ] as const) {
      const changed = await openLemur(writeLemur({ ...parts, error: error / share }))
      expect(changed.drift(few)).toEqual({ error, fittedError: error / share, isDue: expected })
    }
  })

  it('reads the rows of at most 200 documents to measure drift', async () => {
    const lemur = await fitLemur(documents.slice(0, 60), { size: 16, samples: 64 })
    const read = new Set<number>()
    const counted = documents.slice(0, 260).map(({ data }, i) => ({
      get data() {
        read.add(i)
        return data
      },
      dim: DIM,
    }))
    lemur.drift(counted)
    expect(read.size).toBe(200)
  })

  it('leaves nothing in the kernel memory but the map', async () => {
    const [fitting, opening] = [await startPackedMemory({}), await startPackedMemory({})]
    const map = await fitMap(fitting.kernel, documents, {
      ...{ dim: DIM, metric: 'dot', size: 16, samples: 64, leastSamples: 32, seed: 1 },
      pause: async () => {},
    })
    const opened = createMap(opening.kernel, map.parts)
    // what documents need is made with the first one
    expect(opened.document(documents[0]!, 'document')).toEqual(map.document(documents[0]!, 'document'))
    expect(fitting.kernel.memory.used).toBe(opening.kernel.memory.used)
  })

  it('reports progress, and stops when its signal is aborted', async () => {
    const stop = new AbortController()
    stop.abort(new Error('enough'))
    expect(await rejectionOf(fitLemur(documents, { size: 16, signal: stop.signal }))).toEqual(
      new Error('enough'),
    )
    // a fit that is too short for a pause
    const few = Array.from({ length: 60 }, (_, i) => [[Math.cos(i), Math.sin(i)]])
    expect(await rejectionOf(fitLemur(few, { size: 16, signal: stop.signal }))).toEqual(new Error('enough'))
    const shares: number[] = []
    await fitLemur(documents, { size: 32, onProgress: done => shares.push(done) })
    expect(shares).toEqual([...shares].sort((a, b) => a - b))
    expect(shares.at(-1)).toBe(1)
  })

  it('names what is wrong with documents and options', async () => {
    const refused = async (input: unknown, options?: object) =>
      (await rejectionOf(fitLemur(input as FlatMultiVector[], options)))?.message
    expect(await refused([])).toBe(
      '"documents" expected at least 1 document, got 0; pass documents of the collection',
    )
    expect(await refused(5)).toBe('"documents" expected multi-vectors, got number')
    expect(await refused([[[1, 2]], [[1, 2, 3]]], { size: 16 })).toBe(
      '"documents[1][0]" expected 2 numbers, got 3; all rows have the same dim',
    )
    expect(await refused(documents.slice(0, 20), { size: 512 })).toBe(
      '"documents" expected at least 1024 different rows to fit a size of 512, got 94; pass more documents, or a size of at most 47',
    )
    expect(await refused([[[1, 2]]], { size: 16 })).toBe(
      '"documents" expected at least 32 different rows to fit a size of 16, got 1; pass more documents',
    )
    expect(
      await refused(
        Array.from({ length: 200 }, () => documents[0]),
        { size: 16 },
      ),
    ).toBe(
      `"documents" expected at least 32 different rows to fit a size of 16, got ${rowsOf(documents[0]!).length}; pass more documents`,
    )
    expect(await refused(documents, { size: 64, samples: 100 })).toBe(
      '"samples" expected a whole number from 128 to 65536, got 100; a size of 64 needs 2 for each element',
    )
    expect(await refused(documents, { sise: 64 })).toBe(
      'unknown option "options.sise"; valid options of fitLemur: dim, metric, size, samples, seed, signal, onProgress',
    )
    const lemur = await lemurOf()
    expect(errorOf(() => lemur.document([[1, 2]]))).toEqual(
      new RangeError('"document[0]" expected 12 numbers, got 2; all rows have the same dim'),
    )
    expect(errorOf(() => lemur.drift([documents[0]!]))).toEqual(
      new RangeError(
        '"documents" expected at least 2 documents, got 1; pass documents that were added since the fit',
      ),
    )
  })
})

describe('openLemur', () => {
  it('opens a map that makes the same vectors', async () => {
    const lemur = await lemurOf()
    const opened = await openLemur(lemur.toBytes())
    expect({ ...opened, document: 0, query: 0, drift: 0, toBytes: 0 }).toEqual({
      ...{ dim: DIM, size: 64, metric: 'dot', name: lemur.name },
      ...{ document: 0, query: 0, drift: 0, toBytes: 0 },
    })
    expect(opened.toBytes()).toEqual(lemur.toBytes())
    expect(opened.document(documents[1]!)).toEqual(lemur.document(documents[1]!))
    expect(opened.query(documents[1]!)).toEqual(lemur.query(documents[1]!))
  })

  it('opens a map anywhere in a Buffer, and does not keep the bytes', async () => {
    const bytes = (await lemurOf()).toBytes()
    const buffer = Buffer.concat([Buffer.of(0), bytes]).subarray(1)
    const opened = await openLemur(buffer)
    buffer.fill(0)
    expect(opened.toBytes()).toEqual(bytes)
  })

  it('refuses bytes that were cut or changed, and other bytes', async () => {
    const bytes = (await lemurOf()).toBytes()
    const remedy = 'pass what lemur.toBytes() returned, or fit the map again'
    const refused = async (value: unknown) => (await rejectionOf(openLemur(value as Uint8Array)))?.message
    const changed = (at: number) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))
    const expected = '"bytes" expected the bytes of a LEMUR map, got'
    expect(await refused(bytes.subarray(0, -4))).toBe(
      `${expected} ${bytes.length - 4} of ${bytes.length} bytes; ${remedy}`,
    )
    expect(await refused(changed(1000))).toBe(`${expected} bytes that were changed; ${remedy}`)
    expect(await refused(changed(33))).toBe(`${expected} bytes that were changed; ${remedy}`)
    expect(await refused(changed(7))).toBe(`${expected} those of another version of maxsimd; ${remedy}`)
    expect(await refused(changed(0))).toBe(`${expected} other bytes; ${remedy}`)
    expect(await refused(new Uint8Array(3))).toBe(`${expected} other bytes; ${remedy}`)
    expect(await refused('lemur')).toBe(
      '"bytes" expected a Uint8Array, got string; pass what lemur.toBytes() returned',
    )
  })
})
