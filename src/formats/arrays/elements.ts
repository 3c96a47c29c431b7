// What numbers look like in files: the element types of NumPy and safetensors, and how they become f32.

import { float16ToNumber } from '../../base/float16.js'

/** Element types: float, brain float, signed, unsigned; bits. */
export type ElementType =
  | 'f16'
  | 'f32'
  | 'f64'
  | 'bf16'
  | 'i8'
  | 'u8'
  | 'i16'
  | 'u16'
  | 'i32'
  | 'u32'
  | 'i64'
  | 'u64'

/** Bytes of one. */
export const BYTES: Readonly<Record<ElementType, number>> = {
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
}

const isLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** Every half as an f32: looking one up takes a tenth of the time that working it out does. */
let halves: Float32Array | undefined

function allHalves(): Float32Array {
  halves ??= Float32Array.from({ length: 65_536 }, (_, bits) => float16ToNumber(bits))
  return halves
}

/** The numbers of `bytes` in a fresh f32 array; f64 and wide integers round to nearest. */
export function toFloats(bytes: Uint8Array, type: ElementType, little: boolean): Float32Array {
  if (type === 'u8') return Float32Array.from(bytes)
  const { buffer, byteOffset, length } = bytes
  if (type === 'i8') return Float32Array.from(new Int8Array(buffer, byteOffset, length))
  const count = length / BYTES[type]
  if (type === 'f32' && little === isLittle) {
    const floats = new Float32Array(count)
    new Uint8Array(floats.buffer).set(bytes)
    return floats
  }
  const view = new DataView(buffer, byteOffset, length)
  if (type === 'bf16') {
    // the upper half of an f32
    const words = Uint32Array.from({ length: count }, (_, i) => view.getUint16(2 * i, little) << 16)
    return new Float32Array(words.buffer)
  }
  const read = reader(view, type, little)
  const floats = new Float32Array(count)
  for (let i = 0; i < count; i++) floats[i] = read(i)
  return floats
}

/** The numbers of `bytes` as they are; 64-bit integers beyond 2^53 lose their last bits. */
export function toNumbers(bytes: Uint8Array, type: ElementType, little: boolean): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const read = reader(view, type, little)
  return Array.from({ length: bytes.length / BYTES[type] }, (_, index) => read(index))
}

function reader(view: DataView, type: ElementType, little: boolean): (index: number) => number {
  switch (type) {
    case 'f16': {
      const table = allHalves()
      return i => table[view.getUint16(2 * i, little)]!
    }
    case 'bf16':
      return i => new Float32Array(Uint32Array.of(view.getUint16(2 * i, little) << 16).buffer)[0]!
    case 'f32':
      return i => view.getFloat32(4 * i, little)
    case 'f64':
      return i => view.getFloat64(8 * i, little)
    case 'i8':
      return i => view.getInt8(i)
    case 'u8':
      return i => view.getUint8(i)
    case 'i16':
      return i => view.getInt16(2 * i, little)
    case 'u16':
      return i => view.getUint16(2 * i, little)
    case 'i32':
      return i => view.getInt32(4 * i, little)
    case 'u32':
      return i => view.getUint32(4 * i, little)
    case 'i64':
      return i => Number(view.getBigInt64(8 * i, little))
    case 'u64':
      return i => Number(view.getBigUint64(8 * i, little))
  }
}
