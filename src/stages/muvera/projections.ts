// The random tables of MUVERA, drawn in FastEmbed's order from NumPy's generator: planes, which assign rows to
// partitions, and signs, which project the centre of a partition to fewer elements.
//
//   drawn: for each repetition its planes [dim][plane], then for each repetition its signs [dim][projectedDim]

import { createNormal } from './normal.js'
import { createPcg64 } from './pcg64.js'

/** The parameters of an encoding. */
export interface ProjectionParameters {
  /** Elements in a row. */
  readonly dim: number
  /** Planes in a repetition. */
  readonly planeCount: number
  /** Elements of a projected centre. */
  readonly projectedDim: number
  readonly repetitions: number
  readonly seed: number
}

/** The parameters of an encoding, with its random tables. */
export interface Projections extends ProjectionParameters {
  /** Normals of the planes: `[dim][repetition][plane]`. */
  readonly planes: Float64Array
  /** Signs, 1 or -1: `[repetition][dim][projectedDim]`. */
  readonly signs: Float64Array
}

/** Draws the planes and signs of an encoding. */
export function drawProjections(parameters: ProjectionParameters): Projections {
  const { dim, planeCount, projectedDim, repetitions, seed } = parameters
  const generator = createPcg64(seed)
  const normal = createNormal(generator)
  const planes = new Float64Array(dim * repetitions * planeCount)
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (let d = 0; d < dim; d++) {
      const offset = (d * repetitions + repetition) * planeCount
      for (let k = 0; k < planeCount; k++) planes[offset + k] = normal()
    }
  }
  // NumPy's choice([-1, 1]) uses the top bit of 32 (Lemire's method, which rejects no draw for two choices)
  const signs = Float64Array.from({ length: repetitions * dim * projectedDim }, () =>
    generator.next32() >>> 31 ? 1 : -1,
  )
  return { ...parameters, planes, signs }
}
