// Tables of documents, one entry for each document:
//
//   u32 address of the first row | u32 rows | f32 scale | u16 length, u16 error: the upper halves of two f32
//
// `length` is that of the longest row and `error` that of the largest rounding error, both rounded up: see `bounds.ts`.

/** Bytes of an entry. */
export const ENTRY_BYTES: usize = 16

// @ts-ignore: decorator
@inline
export function addressOf(entry: usize): usize {
  return <usize>load<u32>(entry)
}

// @ts-ignore: decorator
@inline
export function rowsOf(entry: usize): i32 {
  return load<i32>(entry, 4)
}

// @ts-ignore: decorator
@inline
export function scaleOf(entry: usize): f32 {
  return load<f32>(entry, 8)
}

// @ts-ignore: decorator
@inline
export function lengthOf(entry: usize): f32 {
  return reinterpret<f32>(load<u32>(entry, 12) & 0xffff0000)
}

// @ts-ignore: decorator
@inline
export function errorOf(entry: usize): f32 {
  return reinterpret<f32>(load<u32>(entry, 12) << 16)
}
