// Standard normal numbers as NumPy's Generator draws them: the ziggurat of Marsaglia and Tsang with 256 layers, 52 bits
// of a number within its layer. 99.3 % need one draw; the rest is decided against exp(-x²/2), or lies in the tail.
//
// A number in the tail (one of 4,000) takes a logarithm, which another C library may round to the neighbouring float.

import type { Pcg64 } from './pcg64.js'
import { EDGES } from './ziggurat-edges.js'

/** Where the tail begins: the right edge of the last layer. */
const TAIL = 3.6541528853610088
const INVERSE_TAIL = 0.27366123732975828

/** Draws from the normal distribution with mean 0 and variance 1. */
export function createNormal(generator: Pcg64): () => number {
  // heights at the edges; at the first it is the peak
  const heights = EDGES.map((edge, i) => (i === 0 ? 1 : Math.exp(-0.5 * edge * edge)))
  // below this a number lies under the curve for certain: the layer above reaches as far
  const certain = EDGES.map((edge, i) => {
    const reach = i === 0 ? TAIL : i === 1 ? 0 : EDGES[i - 1]!
    return Math.floor((reach / edge) * 2 ** 52)
  })

  /** Beyond the last layer: Marsaglia's method for the tail. */
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
      const place = Number((bits >> 9n) & 0xfffffffffffffn)
      const size = place * (EDGES[layer]! * 2 ** -52)
      const x = bits & 0x100n ? -size : size
      if (place < certain[layer]!) return x
      if (layer === 0) return drawTail((bits & 0x20000n) !== 0n)
      const [above, below] = [heights[layer - 1]!, heights[layer]!]
      if ((above - below) * generator.nextDouble() + below < Math.exp(-0.5 * x * x)) return x
    }
  }
}
