import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { availableKernels, type Corpus, createScorer, type Scorer } from '../../src/index.js'
import { random, randomRows } from '../support/random.js'
import { errorOf } from '../support/refusal.js'

let scorer: Scorer
beforeAll(async () => {
  scorer = await createScorer()
})

function unitCorpus(): Corpus {
  const corpus = scorer.corpus({ dim: 2 })
  for (const document of [[[1, 0]], [[0, 1]], [[2, 2]]]) corpus.add(document)
  return corpus
}

// biome-ignore lint/suspicious/noExplicitAny: what a caller without types may pass
const as = (value: unknown) => value as any
const query = [
  [1, 0],
  [0, 1],
]

const misuse: readonly [string, (corpus: Corpus) => unknown, string][] = [
  [
    'a limit of 0',
    c => c.rank(query, { limit: 0 }),
    'RangeError: "limit" expected a whole number from 1 to 3, got 0; there are 3 documents',
  ],
  [
    'a limit beyond the corpus',
    c => c.rank(query, { limit: 4 }),
    'RangeError: "limit" expected a whole number from 1 to 3, got 4; there are 3 documents',
  ],
  [
    'a limit of 1.5',
    c => c.rank(query, { limit: 1.5 }),
    'RangeError: "limit" expected a whole number from 1 to 3, got 1.5; there are 3 documents',
  ],
  [
    'a limit of NaN',
    c => c.rank(query, { limit: NaN }),
    'RangeError: "limit" expected a whole number from 1 to 3, got NaN; there are 3 documents',
  ],
  [
    'a limit as text',
    c => c.rank(query, { limit: as('2') }),
    'TypeError: "limit" expected a number, got string',
  ],
  [
    'a limit on an empty corpus',
    () => scorer.corpus({ dim: 2 }).rank(query, { limit: 1 }),
    'RangeError: "limit" expected documents to rank, got 1; add documents first',
  ],
  [
    'a limit on an empty list',
    () => scorer.rank(query, [], { limit: 1 }),
    'RangeError: "limit" expected documents to rank, got 1; add documents first',
  ],
  [
    'a limit beyond the list',
    () => scorer.rank(query, [query], { limit: 2 }),
    'RangeError: "limit" expected a whole number from 1 to 1, got 2; there are 1 documents',
  ],
  [
    'options that are a number',
    c => c.rank(query, as(2)),
    'TypeError: "options" expected an object, got number; for example { limit: 10 }',
  ],
  [
    'options that are null',
    c => c.scores(query, as(null)),
    'TypeError: "options" expected an object, got null; for example { limit: 10 }',
  ],
  [
    'an index in the subset that is out of range',
    c => c.rank(query, { subset: [0, 3] }),
    'RangeError: "subset[1]" expected a whole number from 0 to 2, got 3; add() returns a document\'s index',
  ],
  [
    'a negative index in the subset',
    c => c.rank(query, { subset: [-1] }),
    'RangeError: "subset[0]" expected a whole number from 0 to 2, got -1; add() returns a document\'s index',
  ],
  [
    'an index that is no number',
    c => c.rank(query, { subset: as([0, '1']) }),
    'TypeError: "subset[1]" expected a number, got string',
  ],
  [
    'a subset that is a Set',
    c => c.rank(query, { subset: as(new Set([1])) }),
    'TypeError: "subset" expected an array of document indices, got Set',
  ],
  [
    'an index to explain that is out of range',
    c => c.explain(query, 3),
    'RangeError: "index" expected a whole number from 0 to 2, got 3; add() returns a document\'s index',
  ],
  [
    'an index to explain that is missing',
    c => c.explain(query, as(undefined)),
    'TypeError: "index" expected a number, got undefined',
  ],
  [
    'an index in an empty corpus',
    () => scorer.corpus({ dim: 2 }).explain(query, 0),
    'RangeError: "index" expected a document of the corpus, which is empty, got 0; add() returns a document\'s index',
  ],
  [
    'too few weights',
    c => c.rank(query, { weights: [1] }),
    'RangeError: "weights" expected 2 numbers, one for each query row, got 1',
  ],
  [
    'a weight that is NaN',
    c => c.scores(query, { weights: [1, NaN] }),
    'RangeError: "weights[1]" expected a finite number that f32 holds, got NaN',
  ],
  [
    'a weight as text',
    c => c.scores(query, { weights: as([1, '2']) }),
    'TypeError: "weights[1]" expected a number, got string',
  ],
  [
    'weights that are a number',
    c => c.scores(query, { weights: as(2) }),
    'TypeError: "weights" expected an array of numbers, got number',
  ],
  [
    'weights with a distance',
    () => scorer.score(query, query, { metric: 'euclid', weights: [1, 1] }),
    'RangeError: "weights" go with the metrics dot and cosine, got euclid; leave them out',
  ],
  [
    'an unknown metric',
    () => scorer.score(query, query, { metric: as('l2') }),
    'RangeError: "metric" expected one of dot, cosine, euclid, manhattan, got "l2"',
  ],
  [
    'a metric that is no text',
    () => scorer.corpus({ dim: 2, metric: as(1) }),
    'TypeError: "metric" expected one of dot, cosine, euclid, manhattan, got number',
  ],
  [
    'a metric named like a property of every object',
    () => scorer.corpus({ dim: 2, metric: as('toString') }),
    'RangeError: "metric" expected one of dot, cosine, euclid, manhattan, got "toString"',
  ],
  [
    'an unknown dtype',
    () => scorer.corpus({ dim: 2, dtype: as('f64') }),
    'RangeError: "dtype" expected one of f32, f16, i16, i8, u8, binary, got "f64"',
  ],
  [
    'a corpus of dim 0',
    () => scorer.corpus({ dim: 0 }),
    'RangeError: "dim" expected a whole number from 1 to 65536, got 0',
  ],
  [
    'a corpus of too many dims',
    () => scorer.corpus({ dim: 65537 }),
    'RangeError: "dim" expected a whole number from 1 to 65536, got 65537',
  ],
  [
    'a corpus without a config',
    () => scorer.corpus(as(undefined)),
    'TypeError: "options" expected an object, got undefined; for example { limit: 10 }',
  ],
  [
    'documents that are one multi-vector',
    () => scorer.rank(query, as({ data: new Float32Array(2), dim: 2 })),
    'TypeError: "documents" expected an array of multi-vectors, got object',
  ],
]

describe('misuse is refused, and the corpus goes on working', () => {
  it.each(misuse)('%s', (_, call, message) => {
    using corpus = unitCorpus()
    expect(String(errorOf(() => call(corpus)))).toBe(message)
    expect(corpus.rank(query)).toEqual([
      { index: 2, score: 4 },
      { index: 0, score: 1 },
      { index: 1, score: 1 },
    ])
  })
})

describe('a limit that is left out', () => {
  it('gives ten, or all there are', () => {
    const documents = Array.from({ length: 12 }, (_, i) => [[i]])
    expect(scorer.rank([[1]], documents)).toHaveLength(10)
    expect(scorer.rank([[1]], documents.slice(0, 3))).toHaveLength(3)
    expect(scorer.rank([[1]], [])).toEqual([])
    expect(scorer.corpus({ dim: 1 }).rank([[1]])).toEqual([])
    expect([...scorer.corpus({ dim: 1 }).scores([[1]])]).toEqual([])
  })
})

describe('a subset', () => {
  it('may repeat indices, be in any order, be smaller than the limit, or empty', () => {
    using corpus = unitCorpus()
    expect(corpus.rank(query, { limit: 3, subset: [1, 0, 1] })).toEqual([
      { index: 0, score: 1 },
      { index: 1, score: 1 },
    ])
    expect(corpus.rank(query, { subset: new Uint32Array([2]) })).toEqual([{ index: 2, score: 4 }])
    expect(corpus.rank(query, { subset: [] })).toEqual([])
  })
})

describe('disposing', () => {
  it('ends a corpus: every call says so, and a second dispose does nothing', () => {
    const corpus = unitCorpus()
    corpus.dispose()
    corpus.dispose()
    const message = '"corpus" was disposed of; make a new one with scorer.corpus()'
    for (const call of [
      () => corpus.add(query),
      () => corpus.scores(query),
      () => corpus.rank(query),
      () => corpus.explain(query, 0),
    ]) {
      expect(call).toThrow(new TypeError(message))
    }
    expect([corpus.length, corpus.rows, corpus.byteLength]).toEqual([0, 0, 0])
  })

  it('of a scorer ends its corpora with it', async () => {
    const own = await createScorer()
    const corpus = own.corpus({ dim: 2 })
    corpus.add(query)
    own.dispose()
    own.dispose()
    expect(() => corpus.scores(query)).toThrow(TypeError)
    const message = '"scorer" was disposed of; make a new one with createScorer()'
    expect(() => own.score(query, query)).toThrow(new TypeError(message))
    expect(() => own.rank(query, [query])).toThrow(new TypeError(message))
    expect(() => own.corpus({ dim: 2 })).toThrow(new TypeError(message))
    expect(own.memoryBytes).toBe(0)
  })

  it('happens at the end of a block with `using`', async () => {
    let kept: Corpus
    {
      using own = await createScorer()
      using corpus = own.corpus({ dim: 2 })
      corpus.add(query)
      kept = corpus
    }
    expect(() => kept.add(query)).toThrow(TypeError)
  })
})

describe('memory', () => {
  it('that is full refuses a document, keeps the rest, and is reused when freed', async () => {
    using small = await createScorer({ maxBytes: 2 ** 20 })
    const document = randomRows(random(1), 100, 256)
    const query = randomRows(random(2), 4, 256)
    using first = small.corpus({ dim: 256 })
    for (let i = 0; i < 4; i++) first.add(document)
    const second = small.corpus({ dim: 256 })
    for (let i = 0; i < 4; i++) second.add(document)
    const before = [first.length, first.byteLength, ...first.scores(query)]
    expect(() => first.add(document)).toThrow(
      /^the kernel's memory cannot hold 102400 bytes more: \d+ of 1048576 are in use; dispose of a corpus, or use a second scorer$/,
    )
    expect([first.length, first.byteLength, ...first.scores(query)]).toEqual(before)
    second.dispose()
    for (let i = 4; i < 8; i++) expect(first.add(document)).toBe(i)
    expect(small.memoryBytes).toBeLessThanOrEqual(2 ** 20)
  })

  it('that a refused document needed is given back', async () => {
    using own = await createScorer()
    using corpus = own.corpus({ dim: 1 })
    corpus.add([[1]])
    const used = corpus.byteLength
    const data = new Float32Array(1_000_000)
    data[999_999] = NaN
    expect(() => corpus.add({ data, dim: 1 })).toThrow(RangeError)
    expect(corpus.byteLength).toBe(used)
  })

  it('costs a corpus its elements and at most 2 % more', () => {
    using one = scorer.corpus({ dim: 128 })
    using other = scorer.corpus({ dim: 128 })
    const next = random(5)
    for (let i = 0; i < 300; i++) {
      // two corpora that grow in turn get in each other's way
      const document = randomRows(next, 64 + Math.floor(128 * next()), 128)
      one.add(document)
      other.add(document)
    }
    for (const corpus of [one, other]) expect(corpus.byteLength / (4 * 128 * corpus.rows)).toBeLessThan(1.02)
  })
})

describe('a kernel', () => {
  it('can be asked for by name', async () => {
    for (const kernel of availableKernels()) {
      using own = await createScorer({ kernel })
      expect(own.kernel).toBe(kernel)
    }
  })

  it('that the engine does not run is refused', async () => {
    await expect(createScorer({ kernel: as('gpu') })).rejects.toThrow(
      new RangeError('"kernel" expected one of relaxed-simd, simd, reference, got "gpu"'),
    )
    if (availableKernels().includes('relaxed-simd')) return
    await expect(createScorer({ kernel: 'relaxed-simd' })).rejects.toThrow(
      new RangeError(
        '"kernel" expected one that this engine runs (simd, reference), got relaxed-simd; omit it to use the fastest',
      ),
    )
  })

  it('comes from a module that was compiled elsewhere', async () => {
    const module = new WebAssembly.Module(readFileSync('dist/simd.wasm'))
    using own = await createScorer({ module })
    expect(own.kernel).toBe('simd')
    expect(own.score(query, query)).toBe(2)
    await expect(createScorer({ module, kernel: 'relaxed-simd' })).rejects.toThrow(
      new RangeError('"kernel" expected simd, which "module" is, got relaxed-simd; omit one of them'),
    )
  })

  it('does not come from another module', async () => {
    const empty = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))
    await expect(createScorer({ module: empty })).rejects.toThrow(
      new TypeError(
        '"module" expected a module made from maxsimd/simd.wasm or maxsimd/relaxed-simd.wasm; this one exports nothing',
      ),
    )
    await expect(createScorer({ module: as(new Uint8Array(8)) })).rejects.toThrow(
      new TypeError('"module" expected a WebAssembly.Module, got Uint8Array'),
    )
  })

  it.each([0, 65535, NaN, '1 GB'])('is not given %s bytes of memory', async maxBytes => {
    await expect(createScorer({ maxBytes: as(maxBytes) })).rejects.toThrow(
      new RangeError(`"maxBytes" expected a number of at least 65536, got ${maxBytes}`),
    )
  })
})
