// Free ranges of a memory, sorted by address. Adjacent ranges are merged, so that no two touch.

/** Free bytes from `start` to before `end`. */
export interface FreeRange {
  start: number
  end: number
}

/** Adds a range, and merges it with its neighbours. */
export function addRange(ranges: FreeRange[], start: number, end: number): void {
  let low = 0
  for (let high = ranges.length; low < high; ) {
    const middle = (low + high) >>> 1
    if (ranges[middle]!.start < start) low = middle + 1
    else high = middle
  }
  const before = ranges[low - 1]
  const after = ranges[low]
  const joinsBefore = before?.end === start
  const joinsAfter = after?.start === end
  if (joinsBefore && joinsAfter) {
    before.end = after.end
    ranges.splice(low, 1)
  } else if (joinsBefore) before.end = end
  else if (joinsAfter) after.start = start
  else ranges.splice(low, 0, { start, end })
}

/** Takes bytes from the front of a range, and returns their address. */
export function takeFront(ranges: FreeRange[], index: number, bytes: number): number {
  const range = ranges[index]!
  const address = range.start
  range.start += bytes
  if (range.start === range.end) ranges.splice(index, 1)
  return address
}
