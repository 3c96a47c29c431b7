// Metrics: what one dimension adds to a similarity, for four query rows at a time, and which similarity is better.
//
//   DOT        sum + q·d          larger is better     cosine is DOT over rows of length 1
//   EUCLID     sum + (q - d)²     smaller is better    a score is the square root of the whole sum, as in Qdrant
//   MANHATTAN  sum + |q - d|      smaller is better
//
// The tiles take a metric as a type argument, so that each metric has its own loops. With a number that is constant at
// every call, the optimizer merges the three loops into one that branches in every step, at 0.6 of the speed
// (measured).
//
// To add a metric, add a class and a code. Generic functions without a case for the class do not compile; functions
// without a case for the code trap.

export abstract class Dot {}
export abstract class Euclid {}
export abstract class Manhattan {}

export const DOT: i32 = 0
export const EUCLID: i32 = 1
export const MANHATTAN: i32 = 2

/** Returns a * b + sum: fused in the relaxed-SIMD binary, with two roundings in the other. */
// @ts-ignore: decorator
@inline
function multiplyAdd(a: v128, b: v128, sum: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, sum) : f32x4.add(f32x4.mul(a, b), sum)
}

/** Adds one dimension of four query rows `q` and of a document row, whose element is in all lanes of `d`. */
// @ts-ignore: decorator
@inline
export function accumulate<M>(sum: v128, q: v128, d: v128): v128 {
  if (idof<M>() == idof<Dot>()) return multiplyAdd(q, d, sum)
  const difference = f32x4.sub(q, d)
  if (idof<M>() == idof<Euclid>()) return multiplyAdd(difference, difference, sum)
  if (idof<M>() == idof<Manhattan>()) return f32x4.add(sum, f32x4.abs(difference))
  ERROR('this metric has no case here')
}

/** `accumulate` in f64, for values whose f32 sums could overflow. */
// @ts-ignore: decorator
@inline
export function accumulateWide<M>(sum: f64, q: f64, d: f64): f64 {
  if (idof<M>() == idof<Dot>()) return sum + q * d
  const difference = q - d
  if (idof<M>() == idof<Euclid>()) return sum + difference * difference
  if (idof<M>() == idof<Manhattan>()) return sum + Math.abs(difference)
  ERROR('this metric has no case here')
}

/** `accumulate` for a metric by code. It branches in every step, which is free where the CPU waits for memory. */
// @ts-ignore: decorator
@inline
export function accumulateByCode(metric: i32, sum: v128, q: v128, d: v128): v128 {
  if (metric == DOT) return accumulate<Dot>(sum, q, d)
  if (metric == EUCLID) return accumulate<Euclid>(sum, q, d)
  if (metric == MANHATTAN) return accumulate<Manhattan>(sum, q, d)
  return unreachable()
}

/** Whether the larger of two similarities is better. */
// @ts-ignore: decorator
@inline
function isLargerBetter<M>(): bool {
  if (idof<M>() == idof<Dot>()) return true
  if (idof<M>() == idof<Euclid>()) return false
  if (idof<M>() == idof<Manhattan>()) return false
  ERROR('this metric has no case here')
}

/** `isLargerBetter` for a metric by code. */
// @ts-ignore: decorator
@inline
export function isLargerBetterByCode(metric: i32): bool {
  if (metric == DOT) return true
  if (metric == EUCLID || metric == MANHATTAN) return false
  return unreachable()
}

/** Returns four values that are worse than every similarity. */
// @ts-ignore: decorator
@inline
export function worst(metric: i32): v128 {
  return f32x4.splat(isLargerBetterByCode(metric) ? -Infinity : Infinity)
}

/** Returns the better value in each lane. No value is NaN, so pmax and pmin do: one instruction instead of six. */
// @ts-ignore: decorator
@inline
export function better<M>(best: v128, sum: v128): v128 {
  return isLargerBetter<M>() ? f32x4.pmax(best, sum) : f32x4.pmin(best, sum)
}

/** Stores at `best` the better of the value there and `sum`, for a metric by code. */
export function keepBetterByCode(metric: i32, best: usize, sum: v128): void {
  const value = v128.load(best)
  v128.store(best, isLargerBetterByCode(metric) ? f32x4.pmax(value, sum) : f32x4.pmin(value, sum))
}

/** Returns the score for the sum over all query rows. */
export function scoreOfSum(metric: i32, sum: f64): f64 {
  if (metric == EUCLID) return Math.sqrt(sum)
  if (metric == DOT || metric == MANHATTAN) return sum
  return unreachable()
}
