// The checksum of `assembly/checksum.ts` in plain TypeScript, for short inputs and for engines without WebAssembly.

import { alignedBytes } from '../base/aligned-bytes.js'
import { P1, P2, P3, P4, P5 } from './constants.generated.js'

/** Adds a word to the chain. */
function mix(hash: number, word: number): number {
  const mixed = hash ^ Math.imul(word, P3)
  return Math.imul((mixed << 17) | (mixed >>> 15), P4)
}

/** Returns the checksum of bytes: an unsigned 32-bit integer, the same on every machine. */
export function checksumOf(bytes: Uint8Array): number {
  const { length } = bytes
  const wordCount = length >>> 2
  const { buffer, byteOffset } = alignedBytes(bytes)
  // signed, because before the engine optimizes, it would allocate memory for each word from 2^31 on
  const words = new Int32Array(buffer, byteOffset, wordCount)
  const lanes = new Int32Array(16)
  for (let lane = 0; lane < 16; lane++) lanes[lane] = lane + 1
  const laneWords = wordCount & ~15
  for (let first = 0; first < laneWords; first += 16) {
    for (let lane = 0; lane < 16; lane++) {
      const before = lanes[lane]!
      lanes[lane] = Math.imul(((before << 13) | (before >>> 19)) ^ words[first + lane]!, P1)
    }
  }
  let hash = Math.imul(length, P5)
  for (let lane = 0; lane < 16; lane++) hash = mix(hash, lanes[lane]!)
  for (let i = laneWords; i < wordCount; i++) hash = mix(hash, words[i]!)
  for (let i = 4 * wordCount; i < length; i++) hash = mix(hash, bytes[i]!)
  hash = Math.imul(hash ^ (hash >>> 15), P2)
  hash = Math.imul(hash ^ (hash >>> 13), P3)
  return (hash ^ (hash >>> 16)) >>> 0
}
