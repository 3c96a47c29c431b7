// Bytes of pixels to the f32 of a model: all of red, then all of green, then all of blue.

/**
 * Writes a square of `side` pixels. `from`: its lines, at distances of `pitch` bytes. `tables`: the f32 of the 256 bytes of red, of
 * green and of blue.
 */
export function writeNumbers(from: usize, pitch: usize, side: i32, tables: usize, to: usize): void {
  const plane = (side * side) << 2
  for (let y = 0; y < side; y++) {
    let at = from
    for (const end = to + (side << 2); to < end; to += 4) {
      store<f32>(to, load<f32>(tables + (<usize>load<u8>(at) << 2)))
      store<f32>(to + plane, load<f32>(tables + (<usize>load<u8>(at, 1) << 2), 1024))
      store<f32>(to + 2 * plane, load<f32>(tables + (<usize>load<u8>(at, 2) << 2), 2048))
      at += 3
    }
    from += pitch
  }
}
