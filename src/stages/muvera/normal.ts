// Draws standard normal numbers exactly as NumPy's Generator does: the ziggurat method of Marsaglia and Tsang with 256
// layers and 52 random bits for the position in a layer. 99.3 % of the numbers need one draw; the others are compared
// with exp(-x²/2) or are in the tail.
//
// A number in the tail (one of 4,000) needs a logarithm, which another C library may round to the neighbouring float.

import type { Pcg64 } from './pcg64.js'
import { EDGES } from './ziggurat-edges.js'

/** The smallest number in the tail: the right edge of the last layer. */
const TAIL = 3.6541528853610088
const INVERSE_TAIL = 0.27366123732975828

/** Returns a function that draws from the normal distribution with mean 0 and variance 1. */
export function createNormal(generator: Pcg64): () => number {
  // heights of the curve at the edges; the first is its peak
  const heights = EDGES.map((edge, i) => (i === 0 ? 1 : Math.exp(-0.5 * edge * edge)))
  // positions below this are certainly under the curve, because the layer above is as wide
  const certain = EDGES.map((edge, i) => {
    const reach = i === 0 ? TAIL : i === 1 ? 0 : EDGES[i - 1]!
    return Math.floor((reach / edge) * 2 ** 52)
  })

  /** Draws a number from the tail, by Marsaglia's method. */
  function drawTail(isNegative: boolean): number {
    for (;;) {
      const beyond = -INVERSE_TAIL * Math.log1p(-generator.nextDouble())
      const depth = -Math.log1p(-generator.nextDouble())
      if (depth + depth > beyond * beyond) return isNegative ? -(TAIL + beyond) : TAIL + beyond
    }
  }

  return () => {
    for (;;) {
      const bits = generator.next64()
      const layer = Number(bits & 0xffn)
      const position = Number((bits >> 9n) & 0xfffffffffffffn)
      const magnitude = position * (EDGES[layer]! * 2 ** -52)
      const x = bits & 0x100n ? -magnitude : magnitude
      if (position < certain[layer]!) return x
      if (layer === 0) return drawTail((bits & 0x20000n) !== 0n)
      const [above, below] = [heights[layer - 1]!, heights[layer]!]
      if ((above - below) * generator.nextDouble() + below < Math.exp(-0.5 * x * x)) return x
    }
  }
}
