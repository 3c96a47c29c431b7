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
  /** Subtracted from a row before it is assigned to a partition: `dim` elements. */
  readonly centre?: Float64Array | undefined
}

/** The parameters of an encoding, with its random tables. */
export interface Projections extends ProjectionParameters {
  /** Normals of the planes: `[dim][repetition][plane]`. */
  readonly planes: Float64Array
  /** The products of the planes with minus the centre, to which those of a row are added: `[repetition][plane]`. */
  readonly offsets: Float64Array
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
  return { ...parameters, planes, signs, offsets: offsetsOf(parameters, planes) }
}

function offsetsOf(
  { repetitions, planeCount, centre = new Float64Array(0) }: ProjectionParameters,
  planes: Float64Array,
): Float64Array {
  const offsets = new Float64Array(repetitions * planeCount)
  for (const [d, value] of centre.entries()) {
    for (let j = 0, from = d * offsets.length; j < offsets.length; j++)
      offsets[j]! -= value * planes[from + j]!
  }
  return offsets
}
