// The elements of NumPy and safetensors: the least and the largest of each type, or values that need all bits.

import { expect, it } from 'vitest'
import { type ElementType, toFloats, toNumbers } from '../../src/formats/arrays/element-types.js'

it.each<[ElementType, bits: ArrayBufferView, values: readonly number[]]>([
  ['f16', Uint16Array.of(0xbc00, 0x3555), [-1, 0.333251953125]],
  ['bf16', Uint16Array.of(0xbf80, 0x4049), [-1, 3.140625]],
  ['f32', Float32Array.of(-1.5, 2 ** -149), [-1.5, 2 ** -149]],
  ['f64', Float64Array.of(-0.1, 2 ** 100), [-0.1, 2 ** 100]],
  ['i8', Int8Array.of(-128, 127), [-128, 127]],
  ['u8', Uint8Array.of(128, 255), [128, 255]],
  ['i16', Int16Array.of(-32_768, 32_767), [-32_768, 32_767]],
  ['u16', Uint16Array.of(32_768, 65_535), [32_768, 65_535]],
  ['i32', Int32Array.of(-(2 ** 31), 2 ** 31 - 1), [-(2 ** 31), 2 ** 31 - 1]],
  ['u32', Uint32Array.of(2 ** 31, 2 ** 32 - 1), [2 ** 31, 2 ** 32 - 1]],
  ['i64', BigInt64Array.of(-(2n ** 63n), 2n ** 62n), [-(2 ** 63), 2 ** 62]],
  ['u64', BigUint64Array.of(2n ** 62n, 2n ** 63n), [2 ** 62, 2 ** 63]],
])('elements of the type %s are read in both byte orders', (type, bits, values) => {
  const little = new Uint8Array(bits.buffer)
  const size = little.length / values.length
  const big = little.map((_, at) => little[at - (at % size) + size - 1 - (at % size)]!)
  for (const [bytes, isLittle] of [
    [little, true],
    [big, false],
  ] as const) {
    expect(toNumbers(bytes, type, isLittle)).toEqual(values)
    expect([...toFloats(bytes, type, isLittle)]).toEqual(values.map(Math.fround))
  }
})
