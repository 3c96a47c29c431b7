// The numbers of preprocessor_config.json: how an image is resized, and how its bytes become the model's numbers.

import { type FilterNumber, isFilter } from '../images/resize-filter.js'
import type { JsonObject } from '../tokenizer/json.js'

/** How images are prepared. */
export interface ImageSettings {
  readonly filter: FilterNumber
  /** For red, green and blue the number of each byte. */
  readonly tables: readonly Float32Array[]
}

/** A file of a model, with its name for errors. */
export interface NamedJson {
  readonly json: JsonObject
  readonly path: string
}

/** Reads the filter and the tables. @throws RangeError if they are missing or invalid */
export function readImageSettings(file: NamedJson, usualFilter: FilterNumber): ImageSettings {
  const { json, path } = file
  const { resample = usualFilter, do_rescale = true, rescale_factor = 1 / 255, do_normalize = false } = json
  if (json.do_resize !== true)
    throw new RangeError(`${path} expected "do_resize": true, got ${String(json.do_resize)}`)
  if (!isFilter(resample)) {
    throw new RangeError(`${path} expected "resample" from 1 to 5, got ${JSON.stringify(resample)}`)
  }
  const [mean, deviation] = do_normalize
    ? [numbersAt(file, 'image_mean'), numbersAt(file, 'image_std')]
    : [
        [0, 0, 0],
        [1, 1, 1],
      ]
  const factor = do_rescale ? Number(rescale_factor) : 1
  // as NumPy: a product in f64, rounded to f32; then a difference and a quotient in f32
  const tables = mean.map((center, channel) =>
    Float32Array.from({ length: 256 }, (_, byte) => {
      const scaled = Math.fround(byte * factor)
      if (!do_normalize) return scaled
      return Math.fround(Math.fround(scaled - Math.fround(center)) / Math.fround(deviation[channel]!))
    }),
  )
  return { filter: resample, tables }
}

function numbersAt({ json, path }: NamedJson, name: string): readonly number[] {
  const value = json[name]
  if (Array.isArray(value) && value.length === 3 && value.every(Number.isFinite)) return value as number[]
  throw new RangeError(`${path} expected three numbers as "${name}", got ${JSON.stringify(value)}`)
}

/** A positive whole number of a file, at a path such as `size.height`. */
export function sizeAt({ json, path }: NamedJson, place: string, usual?: number): number {
  let value: unknown = json
  for (const name of place.split('.')) value = (value as JsonObject | undefined)?.[name]
  if (value === undefined && usual !== undefined) return usual
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_536) return value as number
  throw new RangeError(
    `${path} expected a whole number from 1 to 65536 as "${place}", got ${JSON.stringify(value)}`,
  )
}
