// The relaxed-SIMD binary for engines without relaxed SIMD, so that its tiles are tested everywhere. Each relaxed instruction
// is replaced by SIMD128 code of the same length: three bytes.
//
//   relaxed_swizzle    i8x16.swizzle, nop
//   relaxed_madd       call multiplyAdd         three functions that are appended to the binary
//   relaxed_dot        call twoProducts
//   relaxed_dot_add    call fourProducts

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
const ADD_PAIRS = simd(0x7e) // i32x4.extadd_pairwise_i16x8_s
const [SIGNED_LOW, SIGNED_HIGH] = [simd(0x87), simd(0x88)] // i16x8.extend_{low,high}_i8x16_s
const [UNSIGNED_LOW, UNSIGNED_HIGH] = [simd(0x89), simd(0x8a)] // i16x8.extend_{low,high}_i8x16_u
const DOT_I16 = simd(0xba)
const NARROW = simd(0x85) // i16x8.narrow_i32x4_s
const [MULTIPLY_F32, ADD_F32] = [simd(0xe6), simd(0xe4)]

/** a * b + c in f32. */
const multiplyAdd = [0, ...get(0), ...get(1), ...MULTIPLY_F32, ...get(2), ...ADD_F32, 0x0b]

/** Sums of two products of a, signed, and b, unsigned. They saturate, as those of x86 do. */
const twoProductsOf = [
  ...[...get(0), ...SIGNED_LOW, ...get(1), ...UNSIGNED_LOW, ...DOT_I16],
  ...[...get(0), ...SIGNED_HIGH, ...get(1), ...UNSIGNED_HIGH, ...DOT_I16],
  ...NARROW,
]
const twoProducts = [0, ...twoProductsOf, 0x0b]

/** Sums of four products, plus c, as on x86 with several instructions. */
const fourInSeveral = [0, ...get(2), ...twoProductsOf, ...ADD_PAIRS, ...ADD_I32, 0x0b]

/** The same as with one instruction: no sum saturates. */
const fourInOne = [
  ...[1, 2, V128],
  ...[...get(0), ...SIGNED_LOW, ...get(1), ...UNSIGNED_LOW, ...DOT_I16, ...set(3)],
  ...[...get(0), ...SIGNED_HIGH, ...get(1), ...UNSIGNED_HIGH, ...DOT_I16, ...set(4)],
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

/** How the emulated engine adds four products of int8: with one instruction, as with AVX-VNNI, or with several. */
export type Int8Products = 'one instruction' | 'several instructions'

/** Returns `build/relaxed-simd.wasm` without relaxed instructions. Fused multiply-add becomes multiply and add. */
export function relaxedBinaryForEveryEngine(
  products: Int8Products = 'one instruction',
  file = 'build/relaxed-simd.wasm',
): Uint8Array<ArrayBuffer> {
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
    replace(code.body, simd(0x112), call(first + 2)),
  ]
  if (replaced.includes(0)) throw new Error(`${file} has no instruction of one kind: ${replaced}`)
  types.body.push(0x60, 3, V128, V128, V128, 1, V128, 0x60, 2, V128, V128, 1, V128)
  functions.body.push(...leb(types.count), ...leb(types.count), ...leb(types.count + 1))
  const fourProducts = products === 'one instruction' ? fourInOne : fourInSeveral
  for (const body of [multiplyAdd, fourProducts, twoProducts]) code.body.push(...leb(body.length), ...body)
  types.count += 2
  functions.count += 3
  code.count += 3
  const written = sections.flatMap(({ id, count, body }) => {
    const head = leb(count)
    return [id, ...leb(head.length + body.length), ...head, ...body]
  })
  return Uint8Array.from([...bytes.subarray(0, 8), ...written])
}
