import { afterEach, describe, expect, it, vi } from 'vitest'
import { roundToDatatype, type WireDatatype } from '../../../src/base/float16.js'
import { loadCodec } from '../../../src/kernel/codec/codec.js'
import { CODEC } from '../../../src/kernel/codec/codec-bytes.generated.js'
import type { Codec } from '../../../src/kernel/codec/codec-types.js'
import { embeddedBytes } from '../../../src/kernel/embedded-binary.js'
import { anyFloats, bitsOf, f32, halfValue, ofBits } from '../../support/floats.js'

const simd = await loadCodec({ kernel: 'simd' })
const reference = await loadCodec({ kernel: 'reference' })
const both = [simd, reference].map(codec => [codec.kernel, codec] as const)

const decoder = new TextDecoder()
const write = (codec: Codec, rows: Float32Array, dim: number, datatype: WireDatatype = 'float32') =>
  decoder.decode(codec.writeRows(rows, dim, datatype))

describe.each(both)('writing rows with the %s codec', (_, codec) => {
  it.each<[string, number[], string]>([
    ['fractions', [0.1, -2.5e-8], '[[0.1,-2.5e-8]]'],
    ['whole numbers with a point', [3, -1, 255, 16777216], '[[3.0,-1.0,255.0,16777216.0]]'],
    ['both zeros', [0, -0], '[[0.0,-0.0]]'],
    ['small numbers', [1e-5, 1.5e-6, 1e-6, 1e-7], '[[0.00001,0.0000015,0.000001,1.0e-7]]'],
    ['large numbers', [1e12, 1.5e13, -3e38], '[[1000000000000.0,1.5e13,-3.0e38]]'],
    ['the largest', [3.4028234663852886e38], '[[3.4028235e38]]'],
    ['the smallest', [1.401298464324817e-45, 1.1754943508222875e-38], '[[1.0e-45,1.1754944e-38]]'],
    [
      'the even one of two decimals that are equally close',
      [2097152.25, 2097152.75],
      '[[2097152.2,2097152.8]]',
    ],
  ])('writes %s', (_name, values, text) => {
    expect(write(codec, f32(...values), values.length)).toBe(text)
  })

  it('writes one more digit for the only number whose shortest decimal is another one after rounding to f64', () => {
    const rows = ofBits([0x15ae43fd, 0x95ae43fd])
    expect(bitsOf(f32(Number('7.038531e-26')))[0]).toBe(0x15ae43fe)
    expect(write(codec, rows, 1)).toBe('[[7.0385307e-26],[-7.0385307e-26]]')
  })

  it('writes rows of one number, and rows in several parts', () => {
    expect(write(codec, f32(1, 2), 1)).toBe('[[1.0],[2.0]]')
    expect(write(codec, f32(1, 2, 3, 4), 2)).toBe('[[1.0,2.0],[3.0,4.0]]')
    for (const dim of [1, 3, 50_000]) {
      const rows = Float32Array.from({ length: 150_000 }, (_value, i) => i % 7)
      const parsed: number[][] = JSON.parse(write(codec, rows, dim))
      expect(parsed.length).toBe(rows.length / dim)
      expect(parsed.flat().findIndex((value, i) => value !== rows[i])).toBe(-1)
    }
  })

  it('writes float16 rounded, with the shortest decimals of float16', () => {
    const rows = f32(0.1, -2.5e-8, 3e-8, 6.1e-5, 65504, 65519, 1.5, 2049, 2051)
    expect(write(codec, rows, rows.length, 'float16')).toBe(
      '[[0.1,-0.0,6.0e-8,0.000061,65500.0,65500.0,1.5,2048.0,2052.0]]',
    )
  })

  it('writes uint8 truncated and saturated', () => {
    const rows = f32(1.81, 256.19, -3, 254.9, -0, Number.NaN, Infinity, 99.99, 10)
    expect(write(codec, rows, 3, 'uint8')).toBe('[[1.0,255.0,0.0],[254.0,0.0,0.0],[255.0,99.0,10.0]]')
  })

  it.each<[string, Float32Array, number, WireDatatype, string]>([
    [
      'NaN',
      f32(1, 2, Number.NaN, 4),
      2,
      'float32',
      '"rows[2]" (row 1, column 0) expected a finite number, got NaN; check the encoder that made it',
    ],
    [
      'infinity',
      f32(1, -Infinity),
      2,
      'float16',
      '"rows[1]" (row 0, column 1) expected a finite number, got -Infinity; check the encoder that made it',
    ],
    [
      'a number that float16 cannot hold',
      f32(1, 2, 3, 70000),
      2,
      'float16',
      '"rows[3]" (row 1, column 1) expected a number that float16 holds (up to 65,504), got 70000; ' +
        'scale the rows down',
    ],
    [
      'an incomplete row',
      f32(1, 2, 3),
      2,
      'float32',
      '"rows" expected a length that is a multiple of dim 2, got 3',
    ],
    ['no rows', f32(), 2, 'float32', '"rows" expected at least one row, got none'],
    [
      'an unknown datatype',
      f32(1),
      1,
      'f64' as WireDatatype,
      '"datatype" expected one of float32, float16, uint8, got "f64"',
    ],
  ])('refuses %s', (_name, rows, dim, datatype, message) => {
    expect(() => write(codec, rows, dim, datatype)).toThrow(new RangeError(message))
    // the codec still works afterwards
    expect(write(codec, f32(1), 1)).toBe('[[1.0]]')
  })

  it('refuses rows that are not a Float32Array', () => {
    expect(() => codec.writeRows([1] as unknown as Float32Array, 1, 'float32')).toThrow(
      new TypeError('"rows" expected a Float32Array, got array'),
    )
  })
})

describe('writing the shortest decimals', () => {
  /** Returns the numbers as text, after checking that each has a point and is read as the rounded value. */
  function decimals(rows: Float32Array, datatype: WireDatatype): string[] {
    const numbers = write(simd, rows, 1, datatype).slice(2, -2).split('],[')
    const back = roundToDatatype(Float32Array.from(numbers, Number), datatype)
    expect(numbers.every(number => number.includes('.'))).toBe(true)
    const rounded = roundToDatatype(rows, datatype)
    const wrong = back.findIndex((value, i) => !Object.is(value, rounded[i]))
    if (wrong >= 0) expect(numbers[wrong]).toBe(`a decimal that is read as ${rounded[wrong]}`)
    expect(back.length).toBe(rounded.length)
    return numbers
  }

  it('writes 500,000 f32 of any exponent so that they are read as the same value', () => {
    decimals(anyFloats(1, 500_000), 'float32')
  })

  it('writes numbers that fill its parts, and one more', () => {
    for (const length of [131_072, 262_144, 262_145]) {
      const isRight =
        write(simd, new Float32Array(length).fill(2), 1) === `[${'[2.0],'.repeat(length - 1)}[2.0]]`
      expect(isRight, `${length} numbers`).toBe(true)
    }
  })

  it('writes what the reference writes, around every power of two and for 50,000 more numbers', () => {
    const edges: number[] = []
    for (let exponent = 0; exponent <= 255; exponent++) {
      for (const step of [-2, -1, 0, 1, 2, 3]) {
        const bits = exponent * 0x800000 + step
        if (bits >= 0 && bits < 0x7f800000) edges.push(bits, bits + 0x80000000)
      }
    }
    for (const rows of [ofBits(edges), anyFloats(2, 50_000)]) {
      expect(decimals(rows, 'float32').join()).toBe(
        write(reference, rows, 1).slice(2, -2).replaceAll('],[', ','),
      )
    }
  })

  it('writes no more digits than needed', () => {
    const rows = anyFloats(3, 50_000)
    for (const [i, number] of decimals(rows, 'float32').entries()) {
      const value = rows[i]!
      const length = number.replace(/e.*|[-.]/g, '').replace(/^0+|0+$/g, '').length
      // at a power of two a farther decimal may be read as the value when the closest of its length is not
      if (length < 2 || (bitsOf(rows)[i]! & 0x7fffff) === 0) continue
      if (Math.fround(Number(value.toPrecision(length - 1))) === value) expect(number).toBe('shorter')
    }
  })

  it('writes every f16 as the reference does, so that it is read as the same value', () => {
    const halves = Array.from({ length: 65536 }, (_, half) => halfValue(half)).filter(Number.isFinite)
    const rows = Float32Array.from(halves)
    decimals(rows, 'float16')
    expect(write(simd, rows, 1, 'float16')).toBe(write(reference, rows, 1, 'float16'))
  })

  it('writes uint8 as whole numbers', () => {
    const rows = Float32Array.from({ length: 2600 }, (_, i) => i / 10 - 2)
    decimals(rows, 'uint8')
    expect(write(simd, rows, 2, 'uint8')).toBe(write(reference, rows, 2, 'uint8'))
  })
})

it('keeps no large memory after a response that it refuses', async () => {
  const codec = await loadCodec({ kernel: 'simd' })
  // written rows are a view of the codec's memory
  const heldBytes = () => codec.writeRows(f32(1), 1, 'float32').buffer.byteLength
  const text = new Uint8Array(65 * 2 ** 20)
  const before = heldBytes()
  expect(() => codec.readResponse(text)).toThrow('"text" expected a value at byte 0')
  expect(heldBytes()).toBe(before)
})

/** `loadCodec` of a fresh copy of the library, which has compiled nothing yet. */
async function freshLoadCodec(): Promise<typeof loadCodec> {
  vi.resetModules()
  return (await import('../../../src/kernel/codec/codec.js')).loadCodec
}

describe('loadCodec', () => {
  afterEach(() => vi.restoreAllMocks())

  it('uses SIMD if the engine has it', async () => {
    expect((await loadCodec()).kernel).toBe('simd')
    expect(simd.kernel).toBe('simd')
    expect(reference.kernel).toBe('reference')
  })

  it('refuses an unknown kernel', async () => {
    await expect(loadCodec({ kernel: 'relaxed-simd' as 'simd' })).rejects.toThrow(
      new RangeError('"kernel" expected simd or reference, got "relaxed-simd"'),
    )
  })

  it('returns the reference codec where compiling WebAssembly is forbidden', async () => {
    const cause = new WebAssembly.CompileError('Wasm code generation disallowed by embedder')
    vi.spyOn(WebAssembly, 'compile').mockRejectedValue(cause)
    const load = await freshLoadCodec()
    expect((await load()).kernel).toBe('reference')
    const error = await load({ kernel: 'simd' }).catch(error => error)
    expect(error).toMatchObject({ name: 'WasmForbiddenError', code: 'ERR_WASM_FORBIDDEN', cause })
    expect(error.message).toBe(
      'this engine forbids compiling WebAssembly; pass "module", imported from maxsimd/codec.wasm, ' +
        "or use { kernel: 'reference' }",
    )
  })

  it('compiles the module again after a failure', async () => {
    vi.spyOn(WebAssembly, 'compile').mockRejectedValueOnce(new WebAssembly.CompileError())
    const load = await freshLoadCodec()
    expect((await load()).kernel).toBe('reference')
    expect((await load()).kernel).toBe('simd')
  })

  it('returns the reference codec where there is no SIMD, but refuses an explicit "simd"', async () => {
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false)
    const load = await freshLoadCodec()
    expect((await load()).kernel).toBe('reference')
    await expect(load({ kernel: 'simd' })).rejects.toThrow(
      new RangeError('"kernel" expected one that this engine runs (reference), got simd'),
    )
  })

  it('returns the reference codec where there is no WebAssembly, and refuses a module there', async () => {
    const load = await freshLoadCodec()
    vi.stubGlobal('WebAssembly', undefined)
    try {
      expect((await load()).kernel).toBe('reference')
      await expect(load({ module: {} as WebAssembly.Module })).rejects.toThrow(
        new TypeError('"module" expected a WebAssembly.Module, got object'),
      )
    } finally {
      vi.unstubAllGlobals()
    }
  })

  it('uses a compiled module where compiling WebAssembly is forbidden', async () => {
    vi.spyOn(WebAssembly, 'compile').mockRejectedValue(new WebAssembly.CompileError())
    const load = await freshLoadCodec()
    const module = new WebAssembly.Module(embeddedBytes(CODEC))
    const codec = await load({ module })
    expect(codec.kernel).toBe('simd')
    expect(write(codec, f32(0.1, 2), 2)).toBe('[[0.1,2.0]]')
    await expect(load({ module, kernel: 'reference' })).rejects.toThrow(
      new RangeError('"kernel" expected simd, which "module" is, got reference; omit one of them'),
    )
  })

  it('refuses a module that is not the codec', async () => {
    await expect(loadCodec({ module: {} as WebAssembly.Module })).rejects.toThrow(
      new TypeError('"module" expected a WebAssembly.Module, got object'),
    )
    const empty = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))
    await expect(loadCodec({ module: empty })).rejects.toThrow(
      new TypeError('"module" expected a module made from maxsimd/codec.wasm; this one exports nothing'),
    )
  })
})
