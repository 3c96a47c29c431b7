// Compares both codecs with JSON.parse and with each other, on random responses, on every prefix of a response, and on
// mutations.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadCodec } from '../../../src/kernel/codec/codec.js'
import type { Codec } from '../../../src/kernel/codec/codec-types.js'

const simd = await loadCodec({ kernel: 'simd' })
const reference = await loadCodec({ kernel: 'reference' })
const encoder = new TextEncoder()
const seed = 4

/** Returns the value that a codec reads, or the message of its SyntaxError. Throws other errors. */
function outcome(codec: Codec, text: Uint8Array): unknown {
  try {
    return { value: codec.readResponse(text) }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return error.message
  }
}

/** Any JSON value as a payload; some of its names have a meaning outside of payloads. */
const json = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'binary' }),
    // integers beyond 2^53 would be bigints
    fc.double({ min: -1e15, max: 1e15, noNaN: true }),
    fc.constantFrom(null, true, false, 0, '"', '\\', '[[1.0,2.0]]', '"vector":[1]'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      fc.oneof(fc.string(), fc.constantFrom('vector', 'result', 'points', 'hits', '"')),
      tie('value'),
      {
        maxKeys: 3,
      },
    ),
  ),
})).value

const float = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ min: -1, max: 1, noNaN: true }),
)
const multiVector = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 4 }))
  .chain(([dim, rows]) =>
    fc.array(fc.array(float, { minLength: dim, maxLength: dim }), { minLength: rows, maxLength: rows }),
  )
const dense = fc.array(float, { maxLength: 5 })
const vector = fc.oneof(
  multiVector,
  dense,
  fc.constant(null),
  fc.dictionary(
    fc.string(),
    fc.oneof(multiVector, dense, fc.constant({ indices: [1, 2], values: [0.5, 1.5] })),
    { maxKeys: 3 },
  ),
)
const point = fc.record(
  { id: fc.oneof(fc.nat(), fc.uuid()), payload: json, vector },
  { requiredKeys: ['id'] },
)
const points = fc.array(point, { maxLength: 4 })
const response = fc.record({
  result: fc.oneof(
    points,
    fc.record({ points }),
    fc.record({
      groups: fc.array(fc.record({ hits: points, id: fc.nat(), lookup: point }), { maxLength: 2 }),
    }),
    fc.array(fc.record({ points }), { maxLength: 2 }),
  ),
  status: fc.constant('ok'),
  time: fc.double({ min: 0, max: 1, noNaN: true }),
})

const asFloats = (array: unknown[]): unknown => {
  if (!Array.isArray(array[0])) return Float32Array.from(array as number[])
  return { data: Float32Array.from(array.flat() as number[]), dim: array[0].length }
}

/** Returns what a codec must read, from the object that was written. */
function expected(node: unknown, name?: string): unknown {
  if (typeof node !== 'object' || node === null) return node
  if (name === 'vector') {
    if (Array.isArray(node)) return asFloats(node)
    const entries = Object.entries(node).map(([key, value]) => [
      key,
      Array.isArray(value) ? asFloats(value) : value,
    ])
    return Object.fromEntries(entries)
  }
  if (Array.isArray(node)) return node.map(element => expected(element))
  const entries = Object.entries(node).map(([key, value]) => [
    key,
    key === 'payload' ? value : expected(value, key),
  ])
  return Object.fromEntries(entries)
}

describe('reading responses', () => {
  it('returns what JSON.parse returns, with vectors as f32', () => {
    fc.assert(
      fc.property(response, fc.constantFrom(undefined, 1, '\t'), (object, indent) => {
        const text = JSON.stringify(object, null, indent)
        const want = expected(JSON.parse(text))
        for (const codec of [simd, reference])
          expect(codec.readResponse(encoder.encode(text))).toStrictEqual(want)
      }),
      { seed, numRuns: 1500 },
    )
  })

  it('returns the same value or error with both codecs if bytes are lost, changed, inserted or repeated', () => {
    const special = fc.constantFrom(...encoder.encode('[]{},:"\\0.-+eE1 \n\u0000v'))
    const edits = fc.array(
      fc.record({
        type: fc.constantFrom('drop', 'set', 'insert', 'cut', 'double'),
        where: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        byte: fc.oneof(special, fc.nat(255)),
        length: fc.integer({ min: 1, max: 9 }),
      }),
      { minLength: 1, maxLength: 4 },
    )
    let refused = 0
    let runs = 0
    fc.assert(
      fc.property(response, edits, (object, changes) => {
        let bytes = Array.from(encoder.encode(JSON.stringify(object)))
        for (const { type, where, byte, length } of changes) {
          const at = Math.floor(where * bytes.length)
          if (type === 'drop') bytes.splice(at, length)
          else if (type === 'set') bytes[at] = byte
          else if (type === 'insert') bytes.splice(at, 0, byte)
          else if (type === 'double') bytes.splice(at, 0, ...bytes.slice(at, at + length))
          else bytes = bytes.slice(0, at)
        }
        const text = Uint8Array.from(bytes)
        const result = outcome(simd, text)
        expect(result).toStrictEqual(outcome(reference, text))
        runs++
        if (typeof result === 'string') {
          refused++
          expect(result).toMatch(/^"text" expected .+ at byte \d+, got .+$/s)
        } else expect(() => JSON.parse(new TextDecoder().decode(text))).not.toThrow()
      }),
      { seed, numRuns: 4000 },
    )
    // most texts are invalid, but not all
    expect(refused).toBeGreaterThan(runs / 2)
    expect(refused).toBeLessThan(runs)
  })

  it('refuses every prefix of a response', () => {
    const text = encoder.encode(
      '{"result":{"points":[{"id":1,"payload":{"a":"b\\"c","n":[1,{"x":null}]},"vector":{"a":[[0.5,-1e-7],[1.0,2.0]],' +
        '"s":{"indices":[1],"values":[0.5]},"d":[0.25]}}]},"status":"ok","time":0.001}',
    )
    expect(outcome(simd, text)).toStrictEqual(outcome(reference, text))
    for (let length = 0; length < text.length; length++) {
      const cut = text.slice(0, length)
      expect(outcome(simd, cut)).toMatch(/^"text" expected .+ at byte \d+, got .+$/)
      expect(outcome(simd, cut)).toBe(outcome(reference, cut))
    }
  })

  it('does not read what a longer text has left in memory', () => {
    const long = encoder.encode(`{"result":[{"vector":[${'0.125,'.repeat(500)}1.0]}]}`)
    for (const text of ['{"result":[{"vector":[0.1', '{"result":[{"vector":[12', '{"result":[{"id":"a']) {
      simd.readResponse(long)
      expect(outcome(simd, encoder.encode(text))).toBe(outcome(reference, encoder.encode(text)))
    }
  })
})

/** Texts of `depth` levels in different places of a response. */
const NESTED: Readonly<Record<string, (depth: number) => string>> = {
  'a bare array': depth => '['.repeat(depth) + ']'.repeat(depth),
  'a bare array after a space': depth => ` ${'['.repeat(depth)}${']'.repeat(depth)}`,
  'an array of objects': depth => `[${'{"a":'.repeat(depth - 1)}1${'}'.repeat(depth - 1)}]`,
  objects: depth => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
  'a payload': depth => `{"result":{"payload":${'['.repeat(depth - 2)}${']'.repeat(depth - 2)}}}`,
  results: depth => `{"result":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`,
  'points in points': depth => `{"result":${'{"points":'.repeat(depth - 1)}1${'}'.repeat(depth - 1)}}`,
}

it.each(Object.entries(NESTED))('both codecs read %s of 512 levels and refuse 513', async (_, nested) => {
  const encoder = new TextEncoder()
  for (const kernel of ['simd', 'reference'] as const) {
    const codec = await loadCodec({ kernel })
    expect(codec.readResponse(encoder.encode(nested(512))), kernel).toEqual(JSON.parse(nested(512)))
    expect(() => codec.readResponse(encoder.encode(nested(513))), kernel).toThrow(
      /expected at most 512 levels/,
    )
  }
})
