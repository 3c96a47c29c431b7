// a x b + c with one rounding, as the instruction of processors: Qdrant's BM25 uses it, and JavaScript has no function for
// it. Dekker's product and Knuth's sum: the rounding errors of both are known exactly.

/** 2^27 + 1: splits a number into halves whose products are exact. */
const SPLITTER = 134217729

/** Exact for numbers below 1e150; larger ones are rounded twice. */
export function multiplyAdd(a: number, b: number, c: number): number {
  const product = a * b
  const sum = product + c
  if (!(Math.abs(a) < 1e150 && Math.abs(b) < 1e150)) return sum
  const aHigh = highPart(a)
  const bHigh = highPart(b)
  const aLow = a - aHigh
  const bLow = b - bHigh
  const productError = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow)
  const added = sum - product
  const sumError = product - (sum - added) + (c - added)
  return sum + (productError + sumError)
}

function highPart(value: number): number {
  const scaled = SPLITTER * value
  return scaled - (scaled - value)
}
