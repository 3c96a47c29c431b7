// f32 by value, by bits and by seed, for the tests of the codec.

export const f32 = (...values: number[]) => Float32Array.from(values)
export const ofBits = (bits: readonly number[]) => new Float32Array(Uint32Array.from(bits).buffer)
export const bitsOf = (values: Float32Array) =>
  new Uint32Array(values.buffer, values.byteOffset, values.length)

/** `count` finite f32 of any sign and exponent, seeded: a Weyl sequence through murmur3's finalizer. */
export function anyFloats(seed: number, count: number): Float32Array {
  const bits = new Uint32Array(count)
  let state = seed
  for (let i = 0; i < count; ) {
    state = (state + 0x9e3779b9) | 0
    let word = state
    word = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35)
    word ^= word >>> 16
    if ((word & 0x7f800000) !== 0x7f800000) bits[i++] = word
  }
  return new Float32Array(bits.buffer)
}

/** The value of an f16 by its definition. */
export function halfValue(half: number): number {
  const sign = half >>> 15 ? -1 : 1
  const exponent = (half >>> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 31) return fraction ? Number.NaN : sign * Infinity
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25))
}
