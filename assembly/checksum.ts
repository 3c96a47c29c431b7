// A checksum of bytes, at the speed of memory: sixteen lanes of 32 bits, each a chain of steps that can be undone, then
// one chain over the lanes. Bytes that differ within one lane's words never have the same checksum. Not for secrets.
//
//   64 bytes at a time    lane = (rotl(lane, 13) ^ word) * P1
//   then over 16 lanes    hash = rotl(hash ^ lane * P3, 17) * P4, and so on with the words and bytes that are left

const P1: u32 = 0x9e3779b1
const P2: u32 = 0x85ebca77
const P3: u32 = 0xc2b2ae3d
const P4: u32 = 0x27d4eb2f
const P5: u32 = 0x165667b1

// @ts-ignore: decorator
@inline
function step(lanes: v128, at: usize): v128 {
  const turned = v128.or(i32x4.shl(lanes, 13), i32x4.shr_u(lanes, 19))
  return i32x4.mul(v128.xor(turned, v128.load(at)), i32x4.splat(P1))
}

// @ts-ignore: decorator
@inline
function take(hash: u32, word: u32): u32 {
  return rotl<u32>(hash ^ (word * P3), 17) * P4
}

// @ts-ignore: decorator
@inline
function takeLanes(hash: u32, lanes: v128): u32 {
  hash = take(hash, i32x4.extract_lane(lanes, 0))
  hash = take(hash, i32x4.extract_lane(lanes, 1))
  hash = take(hash, i32x4.extract_lane(lanes, 2))
  return take(hash, i32x4.extract_lane(lanes, 3))
}

/** The checksum of `bytes` bytes. */
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
  let hash = takeLanes(takeLanes(takeLanes(takeLanes(bytes * P5, a), b), c), d)
  for (; address + 4 <= end; address += 4) hash = take(hash, load<u32>(address))
  for (; address < end; address++) hash = take(hash, load<u8>(address))
  hash = (hash ^ (hash >> 15)) * P2
  hash = (hash ^ (hash >> 13)) * P3
  return hash ^ (hash >> 16)
}
