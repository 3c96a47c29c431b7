import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { availableKernels, type Corpus, createScorer, DisposedError, type Scorer } from '../../src/index.js'
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
    'RangeError: "limit" expected a whole number of at least 1, got 0',
  ],
  [
    'a limit of 1.5',
    c => c.rank(query, { limit: 1.5 }),
    'RangeError: "limit" expected a whole number of at least 1, got 1.5',
  ],
  [
    'a limit of NaN',
    c => c.rank(query, { limit: NaN }),
    'RangeError: "limit" expected a whole number of at least 1, got NaN',
  ],
  [
    'a limit that is a string',
    c => c.rank(query, { limit: as('2') }),
    'TypeError: "limit" expected a number, got string',
  ],
  [
    'a limit of 0 on an empty corpus',
    () => scorer.corpus({ dim: 2 }).rank(query, { limit: 0 }),
    'RangeError: "limit" expected a whole number of at least 1, got 0',
  ],
  [
    'a limit of 0 on an empty list',
    () => scorer.rank(query, [], { limit: 0 }),
    'RangeError: "limit" expected a whole number of at least 1, got 0',
  ],
  [
    'an infinite limit',
    () => scorer.rank(query, [query], { limit: Infinity }),
    'RangeError: "limit" expected a whole number of at least 1, got Infinity',
  ],
  [
    'options that are a number',
    c => c.rank(query, as(2)),
    'TypeError: "options" expected an object, got number; valid options of rank: weights, limit, subset, originals, oversampling, onReport',
  ],
  [
    'options that are null',
    c => c.scores(query, as(null)),
    'TypeError: "options" expected an object, got null; valid options of scores: weights',
  ],
  [
    'an index in the subset that is out of range',
    c => c.rank(query, { subset: [0, 3] }),
    'RangeError: "subset[1]" expected a whole number from 0 to 2, got 3; add() returns the index of a document',
  ],
  [
    'a negative index in the subset',
    c => c.rank(query, { subset: [-1] }),
    'RangeError: "subset[0]" expected a whole number from 0 to 2, got -1; add() returns the index of a document',
  ],
  [
    'an index that is not a number',
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
    'RangeError: "index" expected a whole number from 0 to 2, got 3; add() returns the index of a document',
  ],
  [
    'an index to explain that is missing',
    c => c.explain(query, as(undefined)),
    'TypeError: "index" expected a number, got undefined',
  ],
  [
    'an index in an empty corpus',
    () => scorer.corpus({ dim: 2 }).explain(query, 0),
    'RangeError: "index" expected the index of a document, got 0; the corpus is empty',
  ],
  [
    'too few weights',
    c => c.rank(query, { weights: [1] }),
    'RangeError: "weights" expected 2 numbers, one for each query row, got 1',
  ],
  [
    'too many weights',
    c => c.scores(query, { weights: [1, 1, 1] }),
    'RangeError: "weights" expected 2 numbers, one for each query row, got 3',
  ],
  [
    'a weight that is NaN',
    c => c.scores(query, { weights: [1, NaN] }),
    'RangeError: "weights[1]" expected a finite number that f32 holds, got NaN',
  ],
  [
    'a weight that is a string',
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
    'RangeError: "weights" support the metrics dot and cosine, got euclid; omit them',
  ],
  [
    'an unknown metric',
    () => scorer.score(query, query, { metric: as('l2') }),
    'RangeError: "metric" expected one of dot, cosine, euclid, manhattan, got "l2"',
  ],
  [
    'a metric that is not a string',
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
    'a corpus without a dim',
    () => scorer.corpus(as({})),
    'TypeError: "dim" is required: the number of elements in each row, for example 128',
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
    'TypeError: "config" expected an object, got undefined; valid options of corpus: dim, metric, dtype, screen',
  ],
  [
    'a list with a hole',
    () => scorer.rank(query, Object.assign([query], { length: 2 })),
    'TypeError: "documents[1]" expected number[][], Float32Array[] or { data, dim }, got undefined',
  ],
  [
    'a batch with a hole',
    c => c.rankBatch(Object.assign([query], { length: 2 })),
    'TypeError: "queries[1]" expected number[][], Float32Array[] or { data, dim }, got undefined',
  ],
  [
    'a list with a document without rows',
    () => scorer.rank(query, [query, []]),
    'RangeError: "documents[1]" expected at least one row, got none; omit multi-vectors without rows',
  ],
  [
    'documents that are one multi-vector',
    () => scorer.rank(query, as({ data: new Float32Array(2), dim: 2 })),
    'TypeError: "documents" expected an array of multi-vectors, got object',
  ],
]

describe('a wrong argument', () => {
  it.each(misuse)('is refused if it is %s, and the corpus stays usable', (_, call, message) => {
    using corpus = unitCorpus()
    expect(String(errorOf(() => call(corpus)))).toBe(message)
    expect(corpus.rank(query)).toEqual([
      { index: 2, score: 4 },
      { index: 0, score: 1 },
      { index: 1, score: 1 },
    ])
  })
})

/** Calls with an option that does not exist, and the error. */
const misspelled: readonly [string, (corpus: Corpus) => unknown, string][] = [
  [
    'score',
    () => scorer.score(query, query, as({ limit: 1 })),
    'unknown option "options.limit"; valid options of score: weights, metric',
  ],
  [
    'rank on a list',
    () => scorer.rank(query, [query], as({ topK: 1 })),
    'unknown option "options.topK"; valid options of rank: weights, metric, limit',
  ],
  [
    'corpus',
    () => scorer.corpus(as({ dims: 2 })),
    'unknown option "config.dims"; valid options of corpus: dim, metric, dtype, screen',
  ],
  [
    'scores',
    c => c.scores(query, as({ weight: [1] })),
    'unknown option "options.weight"; valid options of scores: weights',
  ],
  [
    'rank',
    c => c.rank(query, as({ limt: 1 })),
    'unknown option "options.limt"; valid options of rank: weights, limit, subset, originals, oversampling, onReport',
  ],
  [
    'rankBatch',
    c => c.rankBatch([query], as({ signal: undefined })),
    'unknown option "options.signal"; valid options of rankBatch: weights, limit, subset, originals, oversampling, onReport',
  ],
  [
    'explain',
    c => c.explain(query, 0, as({ metric: 'dot' })),
    'unknown option "options.metric"; valid options of explain: weights',
  ],
]

it.each(misspelled)('%s refuses an unknown option', (_, call, message) => {
  using corpus = unitCorpus()
  expect(() => call(corpus)).toThrow(new RangeError(message))
})

it('createScorer refuses an unknown option', async () => {
  await expect(createScorer(as({ kernels: 'simd' }))).rejects.toThrow(
    new RangeError(
      'unknown option "options.kernels"; valid options of createScorer: kernel, module, maxBytes, threads',
    ),
  )
})

describe('the limit of a ranking', () => {
  const documents = Array.from({ length: 12 }, (_, i) => [[i]])
  function corpusOf(count: number): Corpus {
    const corpus = scorer.corpus({ dim: 1 })
    for (const document of documents.slice(0, count)) corpus.add(document)
    return corpus
  }

  it.each([
    [undefined, 12, 10],
    [undefined, 3, 3],
    [undefined, 0, 0],
    [1, 12, 1],
    [12, 12, 12],
    [13, 12, 12],
    [2 ** 31, 3, 3],
    [Number.MAX_SAFE_INTEGER, 3, 3],
    [5, 0, 0],
  ])('%s with %i documents returns %i results', (limit, count, results) => {
    using corpus = corpusOf(count)
    const originals = (index: number) => documents[index]!
    using rounded = scorer.corpus({ dim: 1, dtype: 'i8' })
    for (const document of documents.slice(0, count)) rounded.add(document)
    const best = Array.from({ length: results }, (_, i) => ({ index: count - 1 - i, score: count - 1 - i }))
    expect(scorer.rank([[1]], documents.slice(0, count), { limit })).toEqual(best)
    expect(corpus.rank([[1]], { limit })).toEqual(best)
    expect(corpus.rankBatch([[[1]], [[1]]], { limit })).toEqual([best, best])
    expect(rounded.rank([[1]], { limit, originals })).toEqual(best)
    expect(rounded.rank([[1]], { limit, originals, oversampling: 2 })).toEqual(best)
  })

  it('is clamped to the size of a subset', () => {
    using corpus = corpusOf(12)
    expect(corpus.rank([[1]], { limit: 5, subset: [3, 4] })).toEqual([
      { index: 4, score: 4 },
      { index: 3, score: 3 },
    ])
    expect(corpus.rank([[1]], { limit: 5, subset: [] })).toEqual([])
  })

  it('does not exist for the scores of an empty corpus, which are an empty array', () => {
    using corpus = corpusOf(0)
    expect([...corpus.scores([[1]])]).toEqual([])
  })
})

describe('a subset', () => {
  it('can repeat indices, have any order, be smaller than the limit, or be empty', () => {
    using corpus = unitCorpus()
    expect(corpus.rank(query, { limit: 3, subset: [1, 0, 1] })).toEqual([
      { index: 0, score: 1 },
      { index: 1, score: 1 },
    ])
    expect(corpus.rank(query, { subset: new Uint32Array([2]) })).toEqual([{ index: 2, score: 4 }])
    expect(corpus.rank(query, { subset: [] })).toEqual([])
  })

  it('is read once, so that an index which changes later is not used', () => {
    using corpus = unitCorpus()
    let reads = 0
    const subset = Object.defineProperty([0], 0, { get: () => (reads++ === 0 ? 2 : 1000) })
    expect(corpus.rank(query, { subset })).toEqual([{ index: 2, score: 4 }])
  })
})

describe('disposing', () => {
  it('a corpus makes every later call throw, and a second dispose does nothing', () => {
    const corpus = unitCorpus()
    corpus.dispose()
    corpus.dispose()
    const error = new DisposedError('corpus', 'make a new one with scorer.corpus()')
    expect(error.message).toBe('"corpus" was disposed; make a new one with scorer.corpus()')
    for (const call of [
      () => corpus.add(query),
      () => corpus.scores(query),
      () => corpus.rank(query),
      () => corpus.rankBatch([]),
      () => corpus.explain(query, 0),
    ]) {
      expect(call).toThrow(error)
      expect(errorOf(call)).toMatchObject({ name: 'DisposedError', code: 'ERR_DISPOSED' })
    }
    expect([corpus.length, corpus.rows, corpus.byteLength]).toEqual([0, 0, 0])
  })

  it('a scorer disposes its corpora', async () => {
    const another = await createScorer()
    const corpus = another.corpus({ dim: 2 })
    corpus.add(query)
    another.dispose()
    another.dispose()
    expect(() => corpus.scores(query)).toThrow(DisposedError)
    const error = new DisposedError('scorer', 'make a new one with createScorer()')
    expect(error.message).toBe('"scorer" was disposed; make a new one with createScorer()')
    expect(() => another.score(query, query)).toThrow(error)
    expect(() => another.rank(query, [query])).toThrow(error)
    expect(() => another.corpus({ dim: 2 })).toThrow(error)
    expect(another.memoryBytes).toBe(0)
  })

  it('a scorer and a corpus happens at the end of a block with `using`', async () => {
    let scorerLeft: Scorer
    {
      using another = await createScorer()
      scorerLeft = another
      let corpusLeft: Corpus
      {
        using corpus = another.corpus({ dim: 2 })
        corpus.add(query)
        corpusLeft = corpus
      }
      expect(() => corpusLeft.add(query)).toThrow(DisposedError)
      expect(another.score(query, query)).toBe(2)
    }
    expect(() => scorerLeft.score(query, query)).toThrow(DisposedError)
  })
})

describe('the memory of a scorer', () => {
  it.each(availableKernels())(
    'refuses a document if it is full, keeps the others, and is reused when it is freed: %s',
    async kernel => {
      using small = await createScorer({ kernel, maxBytes: 2 ** 20 })
      const document = randomRows(random(1), 100, 256)
      const query = randomRows(random(2), 4, 256)
      using first = small.corpus({ dim: 256, screen: 'convert' })
      for (let i = 0; i < 4; i++) first.add(document)
      const second = small.corpus({ dim: 256, screen: 'convert' })
      for (let i = 0; i < 4; i++) second.add(document)
      const before = [first.length, first.byteLength, ...first.scores(query)]
      expect(() => first.add(document)).toThrow(
        /^the kernel's memory cannot hold 102400 bytes more: \d+ of 1048576 are in use; dispose of a corpus, or use a second scorer$/,
      )
      expect([first.length, first.byteLength, ...first.scores(query)]).toEqual(before)
      second.dispose()
      for (let i = 4; i < 8; i++) expect(first.add(document)).toBe(i)
      expect(small.memoryBytes).toBeLessThanOrEqual(2 ** 20)
    },
  )

  it('is freed if a document is refused', async () => {
    using another = await createScorer()
    using corpus = another.corpus({ dim: 1 })
    corpus.add([[1]])
    const used = corpus.byteLength
    const data = new Float32Array(1_000_000)
    data[999_999] = NaN
    expect(() => corpus.add({ data, dim: 1 })).toThrow(RangeError)
    expect(corpus.byteLength).toBe(used)
  })

  it('counts the directory of a corpus, of four words for each document', () => {
    for (const screen of ['off', 'i8'] as const) {
      using corpus = scorer.corpus({ dim: 4, screen })
      for (let i = 0; i < 1000; i++) corpus.add([[1, 2, 3, 4]])
      expect(corpus.byteLength, screen).toBeGreaterThanOrEqual(1000 * (16 + 16))
      expect(corpus.byteLength, screen).toBeLessThan(3 * 1000 * (16 + 16))
    }
  })

  it('holds a corpus in at most 2 % more bytes than its elements', () => {
    using one = scorer.corpus({ dim: 128, screen: 'convert' })
    using other = scorer.corpus({ dim: 128, screen: 'convert' })
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
  it('is chosen by name', async () => {
    for (const kernel of availableKernels()) {
      using another = await createScorer({ kernel })
      expect(another.kernel).toBe(kernel)
    }
  })

  it('is refused if the engine cannot run it', async () => {
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

  it('runs from a module that was compiled elsewhere', async () => {
    const module = new WebAssembly.Module(readFileSync('build/simd.wasm'))
    using another = await createScorer({ module })
    expect(another.kernel).toBe('simd')
    expect(another.score(query, query)).toBe(2)
    await expect(createScorer({ module, kernel: 'relaxed-simd' })).rejects.toThrow(
      new RangeError('"kernel" expected simd, which "module" is, got relaxed-simd; omit one of them'),
    )
  })

  it('does not run from a module that is not from maxsimd', async () => {
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

  it.each([0, 65535, NaN, '1 GB'])('refuses a maximum of %s bytes', async maxBytes => {
    await expect(createScorer({ maxBytes: as(maxBytes) })).rejects.toThrow(
      new RangeError(`"maxBytes" expected a number of at least 65536, got ${maxBytes}`),
    )
  })
})
