// A checksum of bytes, at the speed of memory: sixteen lanes of 32 bits, then one chain over the lanes. Each step of a
// lane is invertible, so that bytes which differ only in words of one lane always have different checksums. Not
// cryptographic.
//
//   64 bytes at a time    lane = (rotl(lane, 13) ^ word) * P1
//   then over 16 lanes    hash = rotl(hash ^ lane * P3, 17) * P4, and the same over the remaining words and bytes

export const P1: u32 = 0x9e3779b1
export const P2: u32 = 0x85ebca77
export const P3: u32 = 0xc2b2ae3d
export const P4: u32 = 0x27d4eb2f
export const P5: u32 = 0x165667b1

/** Adds four words to four lanes. */
// @ts-ignore: decorator
@inline
function step(lanes: v128, words: usize): v128 {
  const rotated = v128.or(i32x4.shl(lanes, 13), i32x4.shr_u(lanes, 19))
  return i32x4.mul(v128.xor(rotated, v128.load(words)), i32x4.splat(P1))
}

/** Adds a word to the chain. */
// @ts-ignore: decorator
@inline
function mix(hash: u32, word: u32): u32 {
  return rotl<u32>(hash ^ (word * P3), 17) * P4
}

// @ts-ignore: decorator
@inline
function mixLanes(hash: u32, lanes: v128): u32 {
  hash = mix(hash, i32x4.extract_lane(lanes, 0))
  hash = mix(hash, i32x4.extract_lane(lanes, 1))
  hash = mix(hash, i32x4.extract_lane(lanes, 2))
  return mix(hash, i32x4.extract_lane(lanes, 3))
}

/** Returns the checksum of `bytes` bytes. */
export function checksum(address: usize, bytes: u32): u32 {
  let a = i32x4(1, 2, 3, 4)
  let b = i32x4(5, 6, 7, 8)
  let c = i32x4(9, 10, 11, 12)
  let d = i32x4(13, 14, 15, 16)
  const end = address + <usize>bytes
  for (; address + 64 <= end; address += 64) {
    a = step(a, address)
    b = step(b, address + 16)
    c = step(c, address + 32)
    d = step(d, address + 48)
  }
  let hash = mixLanes(mixLanes(mixLanes(mixLanes(bytes * P5, a), b), c), d)
  for (; address + 4 <= end; address += 4) hash = mix(hash, load<u32>(address))
  for (; address < end; address++) hash = mix(hash, load<u8>(address))
  hash = (hash ^ (hash >> 15)) * P2
  hash = (hash ^ (hash >> 13)) * P3
  return hash ^ (hash >> 16)
}
