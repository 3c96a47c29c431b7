// Tests the WebAssembly module without the SIMD codec around it. The codec falls back to its other reader, so that its
// results do not show whether the module works. Here it must read what a server writes without that reader, and without
// the host's Number.

import { expect, it, vi } from 'vitest'
import { CODEC } from '../../../src/kernel/codec/codec-bytes.generated.js'
import type { Codec } from '../../../src/kernel/codec/codec-types.js'
import { createReferenceCodec } from '../../../src/kernel/codec/reference-codec.js'
import { createSimdCodec } from '../../../src/kernel/codec/simd-codec.js'
import { END, FOUND, UNKNOWN } from '../../../src/kernel/constants.generated.js'
import { embeddedBytes } from '../../../src/kernel/embedded-binary.js'
import { anyFloats } from '../../support/floats.js'

interface Exports {
  readonly memory: WebAssembly.Memory
  readonly heap: WebAssembly.Global
  readonly count: WebAssembly.Global
  open(text: number, end: number): void
  next(target: number): number
}

const bytes = embeddedBytes(CODEC)
const reference = createReferenceCodec()

/** The value that a codec reads, or its error as a text. */
function outcome(codec: Codec, text: Uint8Array): unknown {
  try {
    return codec.readResponse(text)
  } catch (error) {
    return String(error)
  }
}

/** Returns all results of `next`, the number of numbers that it read, and the number of calls of the host. */
function scan(text: string) {
  let hostCalls = 0
  const nearest = () => ++hostCalls
  const module = new WebAssembly.Module(bytes)
  const { memory, heap, count, open, next } = new WebAssembly.Instance(module, { codec: { nearest } })
    .exports as unknown as Exports
  const encoded = new TextEncoder().encode(text)
  memory.grow(Math.ceil(encoded.length / 65536) + 1)
  new Uint8Array(memory.buffer).set(encoded, heap.value)
  const target = heap.value + encoded.length + 64
  const found: number[] = []
  let numbers = 0
  open(heap.value, heap.value + encoded.length)
  do {
    found.push(next(target))
    if (found.at(-1) === FOUND) numbers += count.value
  } while (found.at(-1) === FOUND)
  return { found, numbers, hostCalls }
}

it('uses SIMD instructions', () => {
  // the opcodes of v128.const and i8x16.swizzle
  const text = Buffer.from(bytes).toString('hex')
  expect(text).toContain('fd0c')
  expect(text).toContain('fd0e')
})

it('reads what a server writes without help', () => {
  const { found, numbers, hostCalls } = scan(
    '{"result":{"points":[{"id":"a\\"b","version":3,"score":1.5,"payload":{"a":["}",{}],"b":null},' +
      '"vector":{"a":[[0.1,-1.5e-7],[1.0,-0.0]],"s":{"indices":[1],"values":[0.5]},"d":[0.25]}},' +
      '{"id":2,"payload":{},"vector":null}]},"status":"ok","time":0.001}',
  )
  expect({ found, numbers, hostCalls }).toEqual({ found: [FOUND, FOUND, END], numbers: 5, hostCalls: 0 })
})

it('reads 100,000 f32 of any exponent without the host', () => {
  const decimals = Array.from(anyFloats(6, 100_000), value => value.toPrecision(9))
  const { found, numbers, hostCalls } = scan(`{"result":{"vector":[${decimals.join(',')}]}}`)
  expect({ found, numbers, hostCalls }).toEqual({ found: [FOUND, END], numbers: 100_000, hostCalls: 0 })
})

it('calls the host if a decimal is almost the middle of two f32', () => {
  expect(scan('{"result":{"vector":[16777217.000000000000001]}}').hostCalls).toBe(1)
})

it('returns UNKNOWN for text that it does not handle', () => {
  for (const text of ['{"result":{"vector":[1.0,[2.0]]}}', '{"r\\u0065sult":1}', '{"result":{vector:[1]}}']) {
    expect(scan(text).found).toEqual([UNKNOWN])
  }
})

it('reads a text that ends near the end of the memory, and refuses a cut one', () => {
  const module = new WebAssembly.Module(bytes)
  const instance = new WebAssembly.Instance(module, { codec: { nearest: () => 0 } })
  const { memory, heap } = instance.exports as unknown as Exports
  const space = memory.buffer.byteLength - heap.value
  for (const close of ['","vector":[0.5,1.5]}]}', '"}]}', '","score":1.5}]}', '"']) {
    for (let beyond = -34; beyond <= 2; beyond++) {
      const open = '{"result":[{"payload":"'
      const padding = 'a'.repeat(space + beyond - open.length - close.length)
      // a new codec each time: the memory of one does not shrink
      const text = new TextEncoder().encode(open + padding + close)
      expect(outcome(createSimdCodec(module), text), `${close} ${beyond}`).toEqual(outcome(reference, text))
    }
  }
})

it('names the remedy where the engine has no memory for a text, and works afterwards', () => {
  const codec = createSimdCodec(new WebAssembly.Module(bytes))
  const text = new TextEncoder().encode(`{"result":[{"vector":[${'0.5,'.repeat(100_000)}1.5]}]}`)
  const rows = new Float32Array(100_000).fill(0.5)
  const cause = new RangeError('no memory')
  const grow = vi.spyOn(WebAssembly.Memory.prototype, 'grow').mockImplementation(() => {
    throw cause
  })
  try {
    for (const call of [() => codec.readResponse(text), () => codec.writeRows(rows, 10, 'float32')]) {
      expect(call).toThrow(
        expect.objectContaining({
          name: 'RangeError',
          message: expect.stringMatching(
            /^the codec's memory cannot hold \d+ bytes; ask the server for fewer points at a time$/,
          ),
          cause,
        }),
      )
    }
  } finally {
    grow.mockRestore()
  }
  expect(codec.readResponse(text)).toMatchObject({ result: [{ vector: { length: 100_001 } }] })
  const written = new TextDecoder().decode(codec.writeRows(rows, 10, 'float32'))
  expect(written).toBe(
    `[${Array(10_000)
      .fill(`[${Array(10).fill('0.5').join(',')}]`)
      .join(',')}]`,
  )
})
