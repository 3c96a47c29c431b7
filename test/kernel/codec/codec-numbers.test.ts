import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadCodec } from '../../../src/kernel/codec/codec.js'
import { anyFloats, bitsOf } from '../../support/floats.js'

const simd = await loadCodec({ kernel: 'simd' })
const reference = await loadCodec({ kernel: 'reference' })
const encoder = new TextEncoder()
const seed = 4

/** Checks that both codecs read decimals as Math.fround(Number(text)). */
function expectFloats(decimals: readonly string[]): void {
  const expected = bitsOf(Float32Array.from(decimals, Number))
  for (const codec of [simd, reference]) {
    const text = encoder.encode(`{"result":{"vector":[${decimals.join(',')}]}}`)
    const { result } = codec.readResponse(text) as { result: { vector: Float32Array } }
    const bits = bitsOf(result.vector)
    const at = bits.findIndex((word, i) => word !== expected[i])
    if (at >= 0) expect.fail(`${codec.kernel} reads ${decimals[at]} as ${result.vector[at]}`)
    expect(bits.length).toBe(expected.length)
  }
}

describe('reading decimals as Math.fround(Number(text))', () => {
  const floats = anyFloats(5, 20_000)

  it('reads every form that JavaScript writes', () => {
    for (const form of [
      (value: number) => String(value),
      (value: number) => value.toExponential(),
      (value: number) => value.toPrecision(9),
      (value: number) => value.toPrecision(17),
      (value: number) => value.toExponential(30),
    ]) {
      expectFloats(Array.from(floats, form))
    }
  })

  it('reads decimals in the middle of two f32, and close to it', () => {
    const decimals: string[] = []
    for (const bits of bitsOf(floats.subarray(0, 4000))) {
      const [low, high] = new Float32Array(
        Uint32Array.of(bits, (bits & 0x7fffffff) === 0x7f7fffff ? bits : bits + 1).buffer,
      )
      const middle = low! / 2 + high! / 2
      const exact = middle.toExponential(100)
      decimals.push(exact, exact.replace('e', '1e'), exact.replace('e', `${'0'.repeat(50)}1e`))
      // the neighbours in f64, and the nearest decimals of some lengths
      decimals.push(String(middle), middle.toPrecision(10), middle.toPrecision(16), middle.toPrecision(20))
    }
    expectFloats(decimals)
  })

  it('reads up to 40 digits, leading and trailing zeros, and any exponent', () => {
    const digits = (most: number) =>
      fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: most })
    const decimal = fc
      .record({
        sign: fc.constantFrom('', '-'),
        whole: fc.oneof(
          fc.constant('0'),
          digits(20).map(text => text.replace(/^0+(?=\d)/, '')),
        ),
        fraction: fc.option(digits(40), { nil: undefined }),
        exponent: fc.option(fc.integer({ min: -80, max: 60 }), { nil: undefined }),
        plus: fc.boolean(),
      })
      .map(({ sign, whole, fraction, exponent, plus }) => {
        const power =
          exponent === undefined ? '' : `${plus ? 'E' : 'e'}${plus && exponent >= 0 ? '+' : ''}${exponent}`
        return `${sign}${whole}${fraction === undefined ? '' : `.${fraction}`}${power}`
      })
    fc.assert(fc.property(fc.array(decimal, { minLength: 1, maxLength: 50 }), expectFloats), {
      seed,
      numRuns: 500,
    })
  })

  it('reads decimals of hundreds of thousands of digits', () => {
    const nines = '9'.repeat(200_000)
    const zeros = '0'.repeat(200_000)
    expectFloats([
      `0.${nines}`,
      `${nines}e-200000`,
      `0.${zeros}1e200001`,
      `1${zeros}`,
      `1e${nines}`,
      `1e-${nines}`,
    ])
    expectFloats([
      '0e999999999999',
      '-0.0e-99',
      '3.4028235677973366e38',
      '3.4028235677973367e38',
      '7.1e-46',
      '7e-46',
    ])
  })
})
