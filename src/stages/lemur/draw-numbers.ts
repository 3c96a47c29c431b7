// Draws numbers at random: of documents, or of rows.

import type { Pcg64 } from '../muvera/pcg64.js'

/** Draws `count` different whole numbers below `total`, sorted. All of them if there are fewer. */
export function drawNumbers(generator: Pcg64, total: number, count: number): Uint32Array {
  if (count >= total) return Uint32Array.from({ length: total }, (_, i) => i)
  // Floyd: each set of numbers is equally likely
  const drawn = new Set<number>()
  for (let i = total - count; i < total; i++) {
    const number = Math.floor(generator.nextDouble() * (i + 1))
    drawn.add(drawn.has(number) ? i : number)
  }
  return Uint32Array.from(drawn).sort()
}
