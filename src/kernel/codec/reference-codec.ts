// The codec in plain TypeScript, for engines without WebAssembly SIMD. It is also what the SIMD codec is tested
// against: it finds the shortest decimal by its definition, trying all lengths, where `assembly/json/shortest.ts`
// computes it.

import { roundToDatatype, type WireDatatype } from '../../base/float16.js'
import { cannotWriteError, checkResponseText, checkRowsToWrite } from './check-rows.js'
import type { Codec } from './codec-types.js'
import { readJson } from './json-reader.js'

/** Returns whether a decimal, rounded to f64, f32 and the datatype in turn, is the value again. */
type RoundTrips = (decimal: string) => boolean

/** Creates a codec that needs no WebAssembly. */
export function createReferenceCodec(): Codec {
  const encoder = new TextEncoder()
  return {
    kernel: 'reference',
    writeRows(rows, dim, datatype) {
      checkRowsToWrite(rows, dim, datatype)
      const values = roundToDatatype(rows, datatype)
      const texts: string[] = []
      for (let first = 0; first < values.length; first += dim) {
        const numbers: string[] = []
        for (const value of values.subarray(first, first + dim)) {
          if (!Number.isFinite(value)) throw cannotWriteError(rows, dim, datatype)
          numbers.push(decimal(value, datatype))
        }
        texts.push(`[${numbers.join(',')}]`)
      }
      return encoder.encode(`[${texts.join(',')}]`)
    },
    readResponse(text) {
      checkResponseText(text)
      return readJson(text)
    },
  }
}

/** Returns the shortest decimal of a finite value that `datatype` holds. */
function decimal(value: number, datatype: WireDatatype): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const magnitude = Math.abs(value)
  if (magnitude === 0 || datatype === 'uint8') return `${sign}${magnitude}.0`
  const one = new Float32Array(1)
  const roundTrips: RoundTrips = text => {
    one[0] = Number(text)
    return roundToDatatype(one, datatype)[0] === magnitude
  }
  const [digits, exponent] = shortest(magnitude, roundTrips).split('e') as [string, string]
  return sign + layOut(digits.replace('.', '').replace(/0+$/, ''), Number(exponent) + 1)
}

/**
 * Returns the shortest decimal that is read as the value, in the form d.ddde±d; of several, the closest; of two, the
 * even one.
 */
function shortest(value: number, roundTrips: RoundTrips): string {
  const ofLength = (count: number) => {
    const nearest = value.toExponential(count - 1)
    if (roundTrips(nearest)) return evenOfTwo(value, nearest, count, roundTrips)
    // below a power of two floats are closer, so that the decimal above can be read as the value although it is farther
    // away
    const above = Number.isInteger(Math.log2(value)) ? nextAbove(nearest, count) : nearest
    return roundTrips(above) ? above : undefined
  }
  // if no decimal of six digits does, no shorter one does; starting there takes a quarter of the time on embeddings
  for (let count = ofLength(6) === undefined ? 7 : 1; count < 9; count++) {
    const decimal = ofLength(count)
    if (decimal !== undefined) return decimal
  }
  return value.toExponential(8)
}

/**
 * If two decimals of `count` digits are equally close, `toExponential` returned the larger one: returns the even one.
 */
function evenOfTwo(value: number, larger: string, count: number, roundTrips: RoundTrips): string {
  const [digits, exponent] = value.toExponential(count).split('e') as [string, string]
  const isMiddle = digits.endsWith('5') && /^0*e/.test(value.toExponential(100).slice(count + 2))
  const smaller = `${digits.slice(0, -1)}e${exponent}`
  return isMiddle && /[13579]e/.test(larger) && roundTrips(smaller) ? smaller : larger
}

/** Returns the next larger decimal of `count` digits. */
function nextAbove(decimal: string, count: number): string {
  const [digits, exponent] = decimal.split('e') as [string, string]
  const next = Number(digits.replace('.', '')) + 1
  return Number(`${next}e${Number(exponent) - count + 1}`).toExponential(count - 1)
}

/** Returns `0.DDDD` x 10^`point` in the form of `assembly/json/text.ts`. */
function layOut(digits: string, point: number): string {
  if (point >= -5 && point <= 0) return `0.${'0'.repeat(-point)}${digits}`
  if (point > 0 && point <= 13)
    return `${digits.padEnd(point, '0').slice(0, point)}.${digits.slice(point) || '0'}`
  return `${digits[0]}.${digits.slice(1) || '0'}e${point - 1}`
}
