// SHA-1 (RFC 3174), for UUIDs of version 5. Web Crypto has it only as a promise, and only on secure pages; ids are needed
// at once and everywhere.

const START = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0] as const

/** The 20 bytes of the hash. */
export function sha1(message: Uint8Array): Uint8Array {
  const padded = new Uint8Array((((message.length + 8) >> 6) + 1) << 6)
  padded.set(message)
  padded[message.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setBigUint64(padded.length - 8, BigInt(message.length) * 8n)
  const state = Int32Array.from(START)
  const words = new Int32Array(80)
  for (let block = 0; block < padded.length; block += 64) {
    for (let i = 0; i < 16; i++) words[i] = view.getInt32(block + 4 * i)
    addBlock(state, words)
  }
  const hash = new DataView(new ArrayBuffer(20))
  for (const [i, word] of state.entries()) hash.setInt32(4 * i, word)
  return new Uint8Array(hash.buffer)
}

const rotate = (word: number, bits: number) => (word << bits) | (word >>> (32 - bits))

function addBlock(state: Int32Array, words: Int32Array): void {
  for (let i = 16; i < 80; i++) {
    words[i] = rotate(words[i - 3]! ^ words[i - 8]! ^ words[i - 14]! ^ words[i - 16]!, 1)
  }
  let [a, b, c, d, e] = state as unknown as [number, number, number, number, number]
  for (let i = 0; i < 80; i++) {
    const [mixed, constant] =
      i < 20
        ? [(b & c) | (~b & d), 0x5a827999]
        : i < 40
          ? [b ^ c ^ d, 0x6ed9eba1]
          : i < 60
            ? [(b & c) | (b & d) | (c & d), 0x8f1bbcdc]
            : [b ^ c ^ d, 0xca62c1d6]
    const next = (rotate(a, 5) + mixed + e + constant + words[i]!) | 0
    ;[e, d, c, b, a] = [d, c, rotate(b, 30), a, next]
  }
  for (const [i, word] of [a, b, c, d, e].entries()) state[i] = state[i]! + word
}
