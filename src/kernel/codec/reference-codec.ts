// The codec in plain TypeScript, for engines without SIMD, and what the other one is tested against: the shortest decimal
// by trying all lengths, from the definition, where `assembly/json/shortest.ts` computes it.

import { roundToDatatype, type WireDatatype } from '../../base/float16.js'
import { cannotWriteError, checkResponseText, checkRowsToWrite } from './check-rows.js'
import type { Codec } from './codec-types.js'
import { readJson } from './json-reader.js'

/** Whether a decimal, read to f64 and then to f32 and to the datatype, is the value again. */
type GivesBack = (decimal: string) => boolean

export function createReferenceCodec(): Codec {
  const encoder = new TextEncoder()
  return {
    kernel: 'reference',
    writeRows(rows, dim, datatype) {
      const count = checkRowsToWrite(rows, dim, datatype)
      const values = roundToDatatype(rows, datatype)
      const texts: string[] = []
      for (let row = 0; row < count; row++) {
        const numbers: string[] = []
        for (const value of values.subarray(row * dim, (row + 1) * dim)) {
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

/** The shortest decimal of a finite value that `datatype` holds. */
function decimal(value: number, datatype: WireDatatype): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const magnitude = Math.abs(value)
  if (magnitude === 0 || datatype === 'uint8') return `${sign}${magnitude}.0`
  const one = new Float32Array(1)
  const givesBack: GivesBack = text => {
    one[0] = Number(text)
    return roundToDatatype(one, datatype)[0] === magnitude
  }
  const [digits, exponent] = shortest(magnitude, givesBack).split('e') as [string, string]
  return sign + layOut(digits.replace('.', '').replace(/0+$/, ''), Number(exponent) + 1)
}

/** The shortest decimal that gives the value back, in the form d.ddde±d; of several the closest, of two the even one. */
function shortest(value: number, givesBack: GivesBack): string {
  const ofLength = (count: number) => {
    const nearest = value.toExponential(count - 1)
    if (givesBack(nearest)) return evenOfTwo(value, nearest, count, givesBack)
    // below a power of two floats are closer, so the decimal above may give it back although it is farther away
    const above = Number.isInteger(Math.log2(value)) ? nextAbove(nearest, count) : nearest
    return givesBack(above) ? above : undefined
  }
  // what no decimal of six digits gives back, none of fewer does: a quarter of the time on embeddings
  for (let count = ofLength(6) === undefined ? 7 : 1; count < 9; count++) {
    const decimal = ofLength(count)
    if (decimal !== undefined) return decimal
  }
  return value.toExponential(8)
}

/** Where two decimals of `count` digits are equally close, `toExponential` gave the larger. */
function evenOfTwo(value: number, larger: string, count: number, givesBack: GivesBack): string {
  const [digits, exponent] = value.toExponential(count).split('e') as [string, string]
  const isMiddle = digits.endsWith('5') && /^0*e/.test(value.toExponential(100).slice(count + 2))
  const smaller = `${digits.slice(0, -1)}e${exponent}`
  return isMiddle && /[13579]e/.test(larger) && givesBack(smaller) ? smaller : larger
}

/** The next decimal of `count` digits. */
function nextAbove(decimal: string, count: number): string {
  const [digits, exponent] = decimal.split('e') as [string, string]
  const next = Number(digits.replace('.', '')) + 1
  return Number(`${next}e${Number(exponent) - count + 1}`).toExponential(count - 1)
}

/** `0.DDDD` x 10^`point` as `assembly/json/text.ts` lays it out. */
function layOut(digits: string, point: number): string {
  if (point >= -5 && point <= 0) return `0.${'0'.repeat(-point)}${digits}`
  if (point > 0 && point <= 13)
    return `${digits.padEnd(point, '0').slice(0, point)}.${digits.slice(point) || '0'}`
  return `${digits[0]}.${digits.slice(1) || '0'}e${point - 1}`
}
