// CRC-32 as zip files have it, a piece at a time, and of two parts put together without their bytes.
// Source: zlib's crc32 and crc32_combine.

import { nodeModule } from '../../base/node-module.js'

const POLYNOMIAL = 0xedb88320

const TABLE = /* @__PURE__ */ (() => {
  const table = new Uint32Array(256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    table[byte] = crc >>> 0
  }
  return table
})()

/** The checksum of what `crc` covers (0: nothing) followed by `bytes`. */
export function crc32(bytes: Uint8Array, crc = 0): number {
  let state = ~crc
  for (let i = 0; i < bytes.length; i++) state = TABLE[(state ^ bytes[i]!) & 255]! ^ (state >>> 8)
  return ~state >>> 0
}

/** The same by zlib, where there is a Node that has it (20.15): several times as fast. */
export const chooseCrc32 = async (): Promise<typeof crc32> =>
  (await nodeModule<{ crc32?: typeof crc32 }>('node:zlib'))?.crc32 ?? crc32

/** The product of two polynomials modulo the CRC's. */
function multiply(a: number, b: number): number {
  let product = 0
  for (let bit = 0x80000000; bit !== 0; bit >>>= 1) {
    if (a & bit) product ^= b
    b = b & 1 ? (b >>> 1) ^ POLYNOMIAL : b >>> 1
  }
  return product >>> 0
}

/** The checksum of two parts one after the other, from those of each; `length`: bytes of the second. */
export function combine(first: number, second: number, length: number): number {
  // x^(8 * length), by squaring; x^0 is the highest bit
  let [power, square] = [0x80000000, 0x00800000]
  for (let left = length; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = multiply(power, square)
    square = multiply(square, square)
  }
  return (multiply(power, first) ^ second) >>> 0
}
