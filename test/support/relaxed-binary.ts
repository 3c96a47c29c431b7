// The relaxed-SIMD binary for engines without relaxed SIMD, so that its tiles are tested everywhere. Each relaxed instruction
// is replaced by SIMD128 code of the same length: three bytes.
//
//   relaxed_swizzle    i8x16.swizzle, nop
//   relaxed_madd       call multiplyAdd         two functions that are appended to the binary
//   relaxed_dot        call fourProducts

import { readFileSync } from 'node:fs'

const V128 = 0x7b
const get = (local: number) => [0x20, local]
const set = (local: number) => [0x21, local]
const simd = (code: number) => (code < 128 ? [0xfd, code] : [0xfd, 0x80 | (code & 127), code >> 7])
const shuffle = (words: readonly number[]) => [
  ...simd(0x0d),
  ...words.flatMap(word => [0, 1, 2, 3].map(byte => 4 * word + byte)),
]

const ADD_I32 = simd(0xae)
const PAIRS = simd(0x7e) // i32x4.extadd_pairwise_i16x8_s
const [MULTIPLY_LOW, MULTIPLY_HIGH] = [simd(0x9c), simd(0x9d)] // i16x8.extmul_{low,high}_i8x16_s
const [MULTIPLY_F32, ADD_F32] = [simd(0xe6), simd(0xe4)]

/** a * b + c in f32. */
const multiplyAdd = [0, ...get(0), ...get(1), ...MULTIPLY_F32, ...get(2), ...ADD_F32, 0x0b]

/** The sums of four products of int8, plus c. With b in 0 ... 127 no sum of two products exceeds int16. */
const fourProducts = [
  ...[1, 2, V128],
  ...[...get(0), ...get(1), ...MULTIPLY_LOW, ...PAIRS, ...set(3)],
  ...[...get(0), ...get(1), ...MULTIPLY_HIGH, ...PAIRS, ...set(4)],
  ...[...get(2), ...get(3), ...get(4), ...shuffle([0, 2, 4, 6]), ...ADD_I32],
  ...[...get(3), ...get(4), ...shuffle([1, 3, 5, 7]), ...ADD_I32],
  0x0b,
]

/** A number as unsigned LEB128. */
const leb = (value: number): number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...leb(Math.floor(value / 128))]

function readLeb(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++]!
    value |= (byte & 127) << shift
    if (byte < 128) return [value, at]
  }
}

/** Replaces an instruction of three bytes. Returns how often it occurred. */
function replace(code: number[], from: readonly number[], to: readonly number[]): number {
  let count = 0
  for (let i = 0; i + 2 < code.length; i++) {
    if (!from.every((byte, k) => code[i + k] === byte)) continue
    code.splice(i, 3, ...to)
    count++
  }
  return count
}

/** A call of a function, in three bytes. */
const call = (index: number) => (index < 128 ? [0x10, index, 0x01] : [0x10, ...leb(index)])

/** Returns `build/relaxed-simd.wasm` without relaxed instructions. Fused multiply-add becomes multiply and add. */
export function relaxedBinaryForEveryEngine(file = 'build/relaxed-simd.wasm'): Uint8Array<ArrayBuffer> {
  const bytes = readFileSync(file)
  const sections: { id: number; count: number; body: number[] }[] = []
  for (let at = 8; at < bytes.length; ) {
    const id = bytes[at]!
    const [size, start] = readLeb(bytes, at + 1)
    const [count, body] = readLeb(bytes, start)
    sections.push({ id, count, body: [...bytes.subarray(body, start + size)] })
    at = start + size
  }
  const section = (id: number) => sections.find(other => other.id === id)!
  const [types, functions, code] = [section(1), section(3), section(10)]
  const first = functions.count
  const replaced = [
    replace(code.body, simd(0x100), [...simd(0x0e), 0x01]),
    replace(code.body, simd(0x105), call(first)),
    replace(code.body, simd(0x113), call(first + 1)),
  ]
  if (replaced.includes(0)) throw new Error(`${file} has no instruction of one kind: ${replaced}`)
  types.body.push(0x60, 3, V128, V128, V128, 1, V128)
  functions.body.push(...leb(types.count), ...leb(types.count))
  for (const body of [multiplyAdd, fourProducts]) code.body.push(...leb(body.length), ...body)
  types.count += 1
  functions.count += 2
  code.count += 2
  const written = sections.flatMap(({ id, count, body }) => {
    const head = leb(count)
    return [id, ...leb(head.length + body.length), ...head, ...body]
  })
  return Uint8Array.from([...bytes.subarray(0, 8), ...written])
}
