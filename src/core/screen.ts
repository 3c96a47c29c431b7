// The screens: how a ranking of f32 rows avoids scoring every document in f32.

import { oneOf } from '../base/check-options.js'
import type { Dtype } from './dtype.js'
import { METRICS, type Metric } from './metric.js'

/**
 * How `rank` on an f32 corpus with `dot` or `cosine` avoids scoring every document in f32. Documents are first scored in
 * integers, and only the ones that can be in the top k are scored again in f32. The rankings are the same, bit for bit.
 *
 * - `i8`: keeps an int8 copy of the rows, which takes a quarter as much memory again. If it excludes too few documents, as
 *   with random rows, the others are screened as with `convert`.
 * - `i16`: keeps an int16 copy of the rows, which takes half as much memory again.
 * - `convert`: rounds rows to int16 while it scores them. Needs no memory.
 * - `off`: scores every document in f32.
 */
export type Screen = 'i8' | 'i16' | 'convert' | 'off'

/** All screens, the recommended one first. */
export const SCREENS: readonly Screen[] = ['i8', 'i16', 'convert', 'off']

/** Checks the name of a screen. Default: `i8` where a screen is possible, else `off`. */
export function parseScreen(screen: unknown, metric: Metric, dtype: Dtype): Screen {
  const isPossible = dtype === 'f32' && !METRICS[metric].ascending
  if (screen === undefined) return isPossible ? 'i8' : 'off'
  const chosen = oneOf(screen, SCREENS, 'screen')
  if (chosen !== 'off' && !isPossible) {
    throw new RangeError(
      `"screen" ${chosen} supports dtype f32 and the metrics dot and cosine, got ${dtype} and ${metric}; omit it`,
    )
  }
  return chosen
}
