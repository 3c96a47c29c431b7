// NumPy's `default_rng(seed)`: the generator PCG64 (XSL-RR 128/64, O'Neill 2014), seeded by a SeedSequence.
//
//   seed -> 32-bit words -> pool of 4, hashed and mixed -> 8 words -> state and increment, 128 bits each
//   state <- state x MULTIPLIER + increment;  output = rotate(high xor low of the state, by its top 6 bits)
//
// BigInt is slow but fast enough: all draws of one MUVERA take some tens of milliseconds, once.

/** A generator of random bits, in the order in which NumPy's Generator uses them. */
export interface Pcg64 {
  /** The next 64 bits. */
  next64(): bigint
  /** The next 32 bits: the low half of 64 bits, then their high half. */
  next32(): number
  /** The next number in [0, 1), with 53 random bits. */
  nextDouble(): number
}

const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n

/** Creates a generator. `seed`: an integer from 0 to 2^53 - 1. */
export function createPcg64(seed: number): Pcg64 {
  const [stateHigh, stateLow, sequenceHigh, sequenceLow] = seedWords(seed)
  const increment = BigInt.asUintN(128, (((sequenceHigh << 64n) | sequenceLow) << 1n) | 1n)
  let state = 0n
  // the high half of the last 64 bits, until it is used
  let highHalf: number | undefined

  const step = () => {
    state = BigInt.asUintN(128, state * MULTIPLIER + increment)
  }
  step()
  state += (stateHigh << 64n) | stateLow
  step()

  const generator: Pcg64 = {
    next64() {
      step()
      const mixed = (state >> 64n) ^ BigInt.asUintN(64, state)
      const rotation = state >> 122n
      return BigInt.asUintN(64, (mixed >> rotation) | (mixed << (64n - rotation)))
    },
    next32() {
      if (highHalf !== undefined) {
        const bits = highHalf
        highHalf = undefined
        return bits
      }
      const bits = generator.next64()
      highHalf = Number(bits >> 32n)
      return Number(bits & 0xffffffffn)
    },
    nextDouble: () => Number(generator.next64() >> 11n) * 2 ** -53,
  }
  return generator
}

/**
 * `SeedSequence(seed).generate_state(4, uint64)` of NumPy's `bit_generator.pyx`, which follows O'Neill's
 * seed_seq_fe128.
 */
function seedWords(seed: number): readonly [bigint, bigint, bigint, bigint] {
  const entropy = [seed >>> 0, Math.floor(seed / 2 ** 32)]
  const pool = hashPool(entropy)
  let hash = 0x8b51f9dd
  const words = Array.from({ length: 8 }, (_, i) => {
    let word = pool[i % pool.length]! ^ hash
    hash = Math.imul(hash, 0x58f38ded)
    word = Math.imul(word, hash)
    return (word ^ (word >>> 16)) >>> 0
  })
  const pair = (i: number) => BigInt(words[2 * i]!) | (BigInt(words[2 * i + 1]!) << 32n)
  return [pair(0), pair(1), pair(2), pair(3)]
}

/** The entropy pool of a SeedSequence: four words. */
function hashPool(entropy: readonly number[]): number[] {
  let multiplier = 0x43b0d7e5
  const hashed = (value: number) => {
    let word = value ^ multiplier
    multiplier = Math.imul(multiplier, 0x931e8875)
    word = Math.imul(word, multiplier)
    return word ^ (word >>> 16)
  }
  const mixed = (x: number, y: number) => {
    const word = Math.imul(x, 0xca01f9dd) - Math.imul(y, 0x4973f715)
    return word ^ (word >>> 16)
  }
  // NumPy represents a seed below 2^32 by one word; a second word of 0 has the same effect as a missing one
  const pool = Array.from({ length: 4 }, (_, i) => hashed(entropy[i] ?? 0))
  for (let from = 0; from < 4; from++) {
    for (let to = 0; to < 4; to++) {
      if (from !== to) pool[to] = mixed(pool[to]!, hashed(pool[from]!))
    }
  }
  return pool
}
