// Values of another realm are accepted: of a frame, of jsdom, of the edge runtime of Next.js, here of node:vm.

import { readFileSync } from 'node:fs'
import { createContext, runInContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { isA, isError, messageOf } from '../../src/base/is-a.js'
import { createStaticEncoder } from '../../src/encode/static/index.js'
import { createScorer, type MultiVector } from '../../src/index.js'
import { loadCodec } from '../../src/kernel/codec/codec.js'
import { poolRows } from '../../src/stages/pooling/index.js'
import { createStore } from '../../src/store/index.js'

const realm = createContext({
  binary: readFileSync('build/simd.wasm'),
  codec: readFileSync('build/codec.wasm'),
})
const other = (code: string) => runInContext(`(${code})`, realm)

it.each([
  ['ArrayBuffer', 'new ArrayBuffer(1)'],
  ['DataView', 'new DataView(new ArrayBuffer(1))'],
  ['Date', 'new Date()'],
  ['Float32Array', 'new Float32Array(1)'],
  ['Map', 'new Map()'],
  ['Promise', 'Promise.resolve()'],
  ['Uint16Array', 'new Uint16Array(1)'],
  ['Uint8Array', 'new Uint8Array(1)'],
  ['WebAssembly.Module', 'new WebAssembly.Module(Uint8Array.from(binary))'],
] as const)('finds a %s of any realm, and nothing else', (name, code) => {
  expect(isA(other(code), name)).toBe(true)
  expect(isA(new Function('binary', `return ${code}`)(readFileSync('build/simd.wasm')), name)).toBe(true)
  for (const value of [undefined, null, 1, {}, [], new Set(), 'text']) expect(isA(value, name)).toBe(false)
})

it('names the reason of any error', () => {
  expect(isA(Buffer.from('a'), 'Uint8Array')).toBe(true)
  expect(messageOf(other("new TypeError('wrong')"))).toBe('wrong')
  expect(isError(new DOMException('gone', 'AbortError'))).toBe(true)
  expect(messageOf('text')).toBe('text')
  expect(messageOf(undefined)).toBe('undefined')
})

describe('values of another realm', () => {
  it.each([
    ['arrays', '[[1, 0], [0, 2]]'],
    ['rows', '[Float32Array.of(1, 0), Float32Array.of(0, 2)]'],
    ['flat rows', '{ data: Float64Array.of(1, 0, 0, 2), dim: 2 }'],
  ])('are multi-vectors as %s', async (_, code) => {
    const rows: MultiVector = other(code)
    for (const threads of [undefined, 1] as const) {
      const scorer = await (threads ? createScorer({ threads }) : createScorer())
      expect(await scorer.score(rows, rows)).toBe(5)
      const corpus = scorer.corpus({ dim: 2 })
      await corpus.add(rows)
      const options = { subset: other('[0]'), weights: other('Float32Array.of(1, 0.5)'), limit: 1 }
      expect(await corpus.rank(rows, options)).toEqual([{ index: 0, score: 3 }])
      expect(await scorer.rank(rows, other(`[${code}, ${code}]`))).toHaveLength(2)
      await scorer.dispose()
    }
    expect(poolRows(rows, other('{ factor: 1 }')).rowOf).toHaveLength(2)
  })

  it('are modules of kernels and of the codec', async () => {
    using scorer = await createScorer({ module: other('new WebAssembly.Module(Uint8Array.from(binary))') })
    expect(scorer.kernel).toBe('simd')
    const codec = await loadCodec({ module: other('new WebAssembly.Module(Uint8Array.from(codec))') })
    expect(codec.kernel).toBe('simd')
  })

  it.each(['simd', 'reference'] as const)('are rows and responses for the %s codec', async kernel => {
    const codec = await loadCodec({ kernel })
    expect(new TextDecoder().decode(codec.writeRows(other('Float32Array.of(1, 2)'), 2, 'float32'))).toBe(
      '[[1.0,2.0]]',
    )
    const text = other('Uint8Array.from([123, 125])')
    expect(codec.readResponse(text)).toEqual({})
  })

  it('are signals: any object with the methods of one', async () => {
    const controller = new AbortController()
    const foreign = Object.create(null, {
      aborted: { get: () => controller.signal.aborted },
      reason: { get: () => controller.signal.reason },
      throwIfAborted: { value: () => controller.signal.throwIfAborted() },
      addEventListener: { value: controller.signal.addEventListener.bind(controller.signal) },
      removeEventListener: { value: controller.signal.removeEventListener.bind(controller.signal) },
    })
    const scorer = await createScorer({ threads: 1 })
    const corpus = scorer.corpus({ dim: 2 })
    await corpus.add([[1, 0]])
    expect(await corpus.rank([[1, 0]], { signal: foreign })).toHaveLength(1)
    controller.abort(new Error('enough'))
    await expect(corpus.rank([[1, 0]], { signal: foreign })).rejects.toThrow('enough')
    await scorer.dispose()
  })

  it('are word vectors for the static encoder', async () => {
    const bytes = readFileSync('data/words.bin')
    Object.assign(realm, { words: bytes })
    for (const code of ['Uint8Array.from(words)', 'Uint8Array.from(words).buffer']) {
      const encoder = await createStaticEncoder(other(code))
      expect(encoder.dim).toBeGreaterThan(0)
    }
  })

  it('are points, payloads and filters of a store', async () => {
    const store = await createStore({ vectors: other("{ v: { size: 2, distance: 'Dot' } }") })
    await store.upsert(other('[{ id: 1, vector: { v: [[1, 0]] }, payload: { at: [1, { b: 2 }] } }]'))
    const hits = await store.query(
      other('[[1, 0]]'),
      other("{ using: 'v', filter: { must: [] }, with_payload: true }"),
    )
    expect(hits).toMatchObject([{ id: 1, payload: { at: [1, { b: 2 }] } }])
    await store.close()
  })
})
