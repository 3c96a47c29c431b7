// The checksum of `assembly/checksum.ts` in plain TypeScript: for what is small, and where there is no WebAssembly.

const P1 = 0x9e3779b1
const P2 = 0x85ebca77
const P3 = 0xc2b2ae3d
const P4 = 0x27d4eb2f
const P5 = 0x165667b1

function take(hash: number, word: number): number {
  const mixed = hash ^ Math.imul(word, P3)
  return Math.imul((mixed << 17) | (mixed >>> 15), P4)
}

/** The checksum of bytes: a whole number below 2^32, the same on every machine. */
export function checksumOf(bytes: Uint8Array): number {
  const { buffer, byteOffset, length } = bytes
  const words = length >>> 2
  const isAligned = byteOffset % 4 === 0
  const data = isAligned
    ? new Uint32Array(buffer, byteOffset, words)
    : new Uint32Array(bytes.slice(0, 4 * words).buffer)
  const lanes = new Int32Array(16)
  for (let lane = 0; lane < 16; lane++) lanes[lane] = lane + 1
  const striped = words & ~15
  for (let at = 0; at < striped; at += 16) {
    for (let lane = 0; lane < 16; lane++) {
      const before = lanes[lane]!
      lanes[lane] = Math.imul(((before << 13) | (before >>> 19)) ^ data[at + lane]!, P1)
    }
  }
  let hash = Math.imul(length, P5)
  for (let lane = 0; lane < 16; lane++) hash = take(hash, lanes[lane]!)
  for (let at = striped; at < words; at++) hash = take(hash, data[at]!)
  for (let at = 4 * words; at < length; at++) hash = take(hash, bytes[at]!)
  hash = Math.imul(hash ^ (hash >>> 15), P2)
  hash = Math.imul(hash ^ (hash >>> 13), P3)
  return (hash ^ (hash >>> 16)) >>> 0
}
