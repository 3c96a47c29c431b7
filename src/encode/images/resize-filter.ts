// Pillow's resampling filters and the weights that they give to pixels, as integers with 22 bits after the binary point
// (Pillow 13.0.0, src/libImaging/Resample.c, for images of 8 bits).

import { WEIGHT_BITS } from '../../kernel/constants.generated.js'
import type { Weights } from '../../kernel/pixels/pixel-kernel.js'

/** A filter: how far it reaches, and its weight at a distance. */
interface Filter {
  readonly support: number
  weight(x: number): number
}

/** The number of a filter, as in Pillow and in `resample` of preprocessor_config.json. */
export type FilterNumber = 1 | 2 | 3 | 4 | 5

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI))

const FILTERS: Readonly<Record<FilterNumber, Filter>> = {
  // Lanczos
  1: { support: 3, weight: x => (-3 <= x && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
  // bilinear
  2: { support: 1, weight: x => Math.max(0, 1 - Math.abs(x)) },
  // bicubic: Keys' with a = -0.5
  3: {
    support: 2,
    weight(signed) {
      const x = Math.abs(signed)
      if (x < 1) return (1.5 * x - 2.5) * x * x + 1
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0
    },
  },
  // box
  4: { support: 0.5, weight: x => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  // Hamming, whose two constants are C floats
  5: {
    support: 1,
    weight(signed) {
      const x = Math.abs(signed)
      if (x === 0) return 1
      if (x >= 1) return 0
      const angle = x * Math.PI
      return (Math.sin(angle) / angle) * (Math.fround(0.54) + Math.fround(0.46) * Math.cos(angle))
    },
  },
}

/** Whether a number is that of a filter. */
export const isFilter = (value: unknown): value is FilterNumber => Object.hasOwn(FILTERS, String(value))

/** The weights of a line of `from` pixels that is resized to `to` pixels. */
export function weightsOf(from: number, to: number, filter: FilterNumber): Weights {
  const { support, weight } = FILTERS[filter]
  const scale = from / to
  // the filter widens if the line shrinks
  const stretch = Math.max(scale, 1)
  const inverse = 1 / stretch
  const reach = support * stretch
  const stride = Math.ceil(reach) * 2 + 1
  const starts = new Int32Array(to)
  const counts = new Int32Array(to)
  const weights = new Int32Array(to * stride)
  const real = new Float64Array(stride)
  for (let pixel = 0; pixel < to; pixel++) {
    const center = (pixel + 0.5) * scale
    const start = Math.max(0, Math.trunc(center - reach + 0.5))
    const count = Math.min(from, Math.trunc(center + reach + 0.5)) - start
    let sum = 0
    for (let i = 0; i < count; i++) {
      real[i] = weight((i + start - center + 0.5) * inverse)
      sum += real[i]!
    }
    for (let i = 0; i < count; i++) {
      const share = (sum === 0 ? real[i]! : real[i]! / sum) * (1 << WEIGHT_BITS)
      weights[pixel * stride + i] = Math.trunc(share < 0 ? share - 0.5 : share + 0.5)
    }
    starts[pixel] = start
    counts[pixel] = count
  }
  return { stride, starts, counts, weights }
}
