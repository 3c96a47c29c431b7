// Seeded random numbers and multi-vectors for tests. Every engine makes the same ones.

import type { FlatMultiVector } from '../../src/index.js'

export type Random = () => number

/** Uniform numbers in [0, 1): mulberry32. */
export function random(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** A whole number from `low` to `high`, both included. */
export const between = (next: Random, low: number, high: number) =>
  low + Math.floor(next() * (high - low + 1))

export const pick = <T>(next: Random, items: readonly T[]): T => items[Math.floor(next() * items.length)]!

/** Rows of numbers in (-scale, scale). */
export function randomRows(next: Random, rows: number, dim: number, scale = 1): FlatMultiVector {
  // a loop: many tests spend much of their time here, and Float32Array.from() takes three times as long
  const data = new Float32Array(rows * dim)
  for (let i = 0; i < data.length; i++) data[i] = (2 * next() - 1) * scale
  return { data, dim }
}
