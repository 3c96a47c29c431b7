// The dimension of a token in Qdrant's BM25 vectors: the absolute value of its 32-bit MurmurHash3 (seed 0), as a signed
// integer. https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp

const encoder = new TextEncoder()
let bytes = new Uint8Array(256)

/** The dimension of a token, from 0 to 2^31. */
export function tokenIndex(token: string): number {
  // a UTF-16 unit takes at most three bytes
  if (bytes.length < 3 * token.length) bytes = new Uint8Array(6 * token.length)
  const { written } = encoder.encodeInto(token, bytes)
  return Math.abs(murmur3(bytes, written))
}

/** The hash of the first `length` bytes. */
function murmur3(input: Uint8Array, length: number): number {
  const end = length & ~3
  let hash = 0
  for (let i = 0; i < end; i += 4) {
    const word = input[i]! | (input[i + 1]! << 8) | (input[i + 2]! << 16) | (input[i + 3]! << 24)
    hash ^= scramble(word)
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0
  }
  let tail = 0
  for (let i = length - 1; i >= end; i--) tail = (tail << 8) | input[i]!
  hash ^= scramble(tail) ^ length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

function scramble(word: number): number {
  const mixed = Math.imul(word, 0xcc9e2d51)
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593)
}
