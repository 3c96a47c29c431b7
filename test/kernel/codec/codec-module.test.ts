// The WebAssembly module by itself. The SIMD codec asks its other reader where the module gives up, so that results alone
// do not show that the module works: here it must do without, and without the host's Number on what a server writes.

import { expect, it } from 'vitest'
import { CODEC } from '../../../src/kernel/codec/codec-bytes.generated.js'
import { embeddedBytes } from '../../../src/kernel/embedded-binary.js'
import { anyFloats } from '../../support/floats.js'

const FOUND = 1
const END = 0
const UNKNOWN = -1

interface Exports {
  readonly memory: WebAssembly.Memory
  readonly heap: WebAssembly.Global
  readonly count: WebAssembly.Global
  open(text: number, end: number): void
  next(target: number): number
}

const bytes = embeddedBytes(CODEC)

/** What `next` says until it says no more, the numbers it read, and how often it asked the host. */
function scan(text: string) {
  let asked = 0
  const nearest = () => ++asked
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
  return { found, numbers, asked }
}

it('runs on SIMD', () => {
  // v128.const and i8x16.swizzle
  const text = Buffer.from(bytes).toString('hex')
  expect(text).toContain('fd0c')
  expect(text).toContain('fd0e')
})

it('reads what a server writes by itself', () => {
  const { found, numbers, asked } = scan(
    '{"result":{"points":[{"id":"a\\"b","version":3,"score":1.5,"payload":{"a":["}",{}],"b":null},' +
      '"vector":{"a":[[0.1,-1.5e-7],[1.0,-0.0]],"s":{"indices":[1],"values":[0.5]},"d":[0.25]}},' +
      '{"id":2,"payload":{},"vector":null}]},"status":"ok","time":0.001}',
  )
  expect({ found, numbers, asked }).toEqual({ found: [FOUND, FOUND, END], numbers: 5, asked: 0 })
})

it('reads 100,000 f32 of any exponent without the host', () => {
  const decimals = Array.from(anyFloats(6, 100_000), value => value.toPrecision(9))
  const { found, numbers, asked } = scan(`{"result":{"vector":[${decimals.join(',')}]}}`)
  expect({ found, numbers, asked }).toEqual({ found: [FOUND, END], numbers: 100_000, asked: 0 })
})

it('asks the host where a decimal is as good as the middle between two f32', () => {
  expect(scan('{"result":{"vector":[16777217.000000000000001]}}').asked).toBe(1)
})

it('gives up at what it does not know', () => {
  for (const text of ['{"result":{"vector":[1.0,[2.0]]}}', '{"r\\u0065sult":1}', '{"result":{vector:[1]}}']) {
    expect(scan(text).found).toEqual([UNKNOWN])
  }
})
