// The element types of NumPy and safetensors, and their conversion to f32.

import { float16ToNumber } from '../../base/float16.js'

/**
 * The bytes of an element, by its type: f float, bf brain float, i signed integer, u unsigned integer; then the bits.
 */
export const ELEMENT_BYTES = {
  f16: 2,
  f32: 4,
  f64: 8,
  bf16: 2,
  i8: 1,
  u8: 1,
  i16: 2,
  u16: 2,
  i32: 4,
  u32: 4,
  i64: 8,
  u64: 8,
} as const

export type ElementType = keyof typeof ELEMENT_BYTES

export const isInteger = (type: ElementType): boolean => /^[iu]/.test(type)

export const isLittleEndianHost = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** The f32 value of every half: a lookup takes a tenth of the time of the computation. */
let halves: Float32Array | undefined

function allHalves(): Float32Array {
  halves ??= Float32Array.from({ length: 65_536 }, (_, bits) => float16ToNumber(bits))
  return halves
}

/** The elements in `bytes` as a new f32 array. f64 and integers above 2^24 are rounded to nearest. */
export function toFloats(bytes: Uint8Array, type: ElementType, littleEndian: boolean): Float32Array {
  const { buffer, byteOffset, length } = bytes
  if (type === 'u8') return Float32Array.from(bytes)
  if (type === 'i8') return Float32Array.from(new Int8Array(buffer, byteOffset, length))
  const count = length / ELEMENT_BYTES[type]
  if (type === 'f32' && littleEndian === isLittleEndianHost) {
    const floats = new Float32Array(count)
    new Uint8Array(floats.buffer).set(bytes)
    return floats
  }
  const view = new DataView(buffer, byteOffset, length)
  if (type === 'bf16') {
    // a bf16 is the upper half of an f32
    const words = Uint32Array.from({ length: count }, (_, i) => view.getUint16(2 * i, littleEndian) << 16)
    return new Float32Array(words.buffer)
  }
  const read = elementReader(view, type, littleEndian)
  const floats = new Float32Array(count)
  for (let i = 0; i < count; i++) floats[i] = read(i)
  return floats
}

/** The elements in `bytes`. Integers beyond 2^53 are rounded to nearest. */
export function toNumbers(bytes: Uint8Array, type: ElementType, littleEndian: boolean): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const read = elementReader(view, type, littleEndian)
  return Array.from({ length: bytes.length / ELEMENT_BYTES[type] }, (_, index) => read(index))
}

function elementReader(view: DataView, type: ElementType, littleEndian: boolean): (index: number) => number {
  switch (type) {
    case 'f16': {
      const table = allHalves()
      return i => table[view.getUint16(2 * i, littleEndian)]!
    }
    case 'bf16':
      return i => new Float32Array(Uint32Array.of(view.getUint16(2 * i, littleEndian) << 16).buffer)[0]!
    case 'f32':
      return i => view.getFloat32(4 * i, littleEndian)
    case 'f64':
      return i => view.getFloat64(8 * i, littleEndian)
    case 'i8':
      return i => view.getInt8(i)
    case 'u8':
      return i => view.getUint8(i)
    case 'i16':
      return i => view.getInt16(2 * i, littleEndian)
    case 'u16':
      return i => view.getUint16(2 * i, littleEndian)
    case 'i32':
      return i => view.getInt32(4 * i, littleEndian)
    case 'u32':
      return i => view.getUint32(4 * i, littleEndian)
    case 'i64':
      return i => Number(view.getBigInt64(8 * i, littleEndian))
    case 'u64':
      return i => Number(view.getBigUint64(8 * i, littleEndian))
    default:
      throw new TypeError(type satisfies never)
  }
}
