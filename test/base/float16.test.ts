import { describe, expect, it } from 'vitest'
import { float16ToNumber, roundToDatatype, type WireDatatype } from '../../src/base/float16.js'
import { bitsOf, f32, halfValue, ofBits } from '../support/floats.js'

describe('roundToDatatype', () => {
  it('returns a copy of float32', () => {
    const values = f32(0.1, -0, Infinity)
    const rounded = roundToDatatype(values, 'float32')
    expect(bitsOf(rounded)).toEqual(bitsOf(values))
    expect(rounded.buffer).not.toBe(values.buffer)
  })

  it('does not change any f16', () => {
    const halves = Float32Array.from({ length: 65536 }, (_, half) => halfValue(half))
    const rounded = roundToDatatype(halves, 'float16')
    expect(rounded.findIndex((value, i) => !Object.is(value, halves[i]))).toBe(-1)
  })

  it('rounds to the nearest f16, and from the middle of two neighbours to the even one', () => {
    for (let half = 0; half < 0x7bff; half++) {
      const low = halfValue(half)
      const high = halfValue(half + 1)
      const middle = (low + high) / 2
      const bits = bitsOf(f32(middle))[0]!
      const [before, after] = ofBits([bits - 1, bits + 1])
      const even = half % 2 === 0 ? low : high
      const rounded = roundToDatatype(f32(before!, middle, after!, -middle), 'float16')
      if (rounded.some((value, i) => !Object.is(value, [low, even, high, -even][i]))) {
        expect(Array.from(rounded)).toEqual([low, even, high, -even])
      }
    }
  })

  it('rounds numbers from 65,520 on to infinity', () => {
    const values = f32(65519.99, 65520, -65520, Infinity, Number.NaN)
    expect(Array.from(roundToDatatype(values, 'float16'))).toEqual([
      65504,
      Infinity,
      -Infinity,
      Infinity,
      Number.NaN,
    ])
  })

  it('rounds a view into the middle of a buffer', () => {
    expect(Array.from(roundToDatatype(f32(9, 0.1, 9).subarray(1, 2), 'float16'))).toEqual([0.0999755859375])
  })

  it('truncates and saturates uint8 as the server does', () => {
    const values = f32(1.81, 256.19, -3.5, 254.9, -0, Number.NaN, Infinity, -Infinity, 0.99)
    expect(Array.from(roundToDatatype(values, 'uint8'))).toEqual([1, 255, 0, 254, 0, 0, 255, 0, 0])
  })

  it('refuses an unknown datatype', () => {
    expect(() => roundToDatatype(f32(1), 'turbo4' as WireDatatype)).toThrow(
      new RangeError('"datatype" expected one of float32, float16, uint8, got "turbo4"'),
    )
  })
})

it('reads every half-precision number as IEEE 754 defines it', () => {
  const wrong = Array.from({ length: 65536 }, (_, half) => half).filter(
    half => !Object.is(float16ToNumber(half), halfValue(half)),
  )
  expect(wrong).toEqual([])
})
