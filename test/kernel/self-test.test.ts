// A kernel that the engine computes wrong is not used, and neither is a script that was read in another encoding.

import { readFileSync } from 'node:fs'
import { build } from 'esbuild'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { createScorer } from '../../src/index.js'
import { WORKER } from '../../src/threads/worker/worker.generated.js'
import { errorOf } from '../support/refusal.js'
import { relaxedBinaryForEveryEngine } from '../support/relaxed-binary.js'

const SIMD = readFileSync('build/simd.wasm')
const RELAXED = relaxedBinaryForEveryEngine()

/** A copy of a binary in which every instruction with an opcode is replaced by another. */
function withWrong(
  binary: Uint8Array,
  from: readonly number[],
  to: readonly number[],
): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(binary)
  let replaced = 0
  for (let i = 0; i + from.length <= copy.length; i++) {
    if (!from.every((byte, k) => copy[i + k] === byte)) continue
    copy.set(to, i)
    replaced++
  }
  if (replaced === 0 || !WebAssembly.validate(copy)) throw new Error(`${replaced} instructions were replaced`)
  return copy
}

/** Binaries that compute wrong: an engine that has this fault would look like this. */
const wrong = {
  'f32x4.add that subtracts': withWrong(SIMD, [0xfd, 0xe4, 0x01], [0xfd, 0xe5, 0x01]),
  'f32x4.mul that adds': withWrong(SIMD, [0xfd, 0xe6, 0x01], [0xfd, 0xe4, 0x01]),
  'i32x4.dot_i16x8_s that multiplies': withWrong(SIMD, [0xfd, 0xba, 0x01], [0xfd, 0xb5, 0x01]),
  'i32x4.max_s that is min_s': withWrong(SIMD, [0xfd, 0xb8, 0x01], [0xfd, 0xb6, 0x01]),
  'f32x4.pmax that is pmin': withWrong(SIMD, [0xfd, 0xeb, 0x01], [0xfd, 0xea, 0x01]),
}
/** Four products of int8 whose last sum is a difference. V8 11.3 returns twice their sum. */
const wrongRelaxed = withWrong(RELAXED, [0xfd, 0xae, 0x01, 0x0b], [0xfd, 0xb1, 0x01, 0x0b])

/** A fresh copy of the library on an engine that compiles `simd` and `relaxed` in place of the embedded binaries. */
async function libraryWith(simd: Uint8Array<ArrayBuffer>, relaxed: Uint8Array<ArrayBuffer> | undefined) {
  const { compile, validate } = WebAssembly
  const isRelaxed = (bytes: BufferSource) => bytes.byteLength !== SIMD.byteLength
  vi.spyOn(WebAssembly, 'validate').mockImplementation(bytes =>
    isRelaxed(bytes) ? relaxed !== undefined : validate(bytes),
  )
  vi.spyOn(WebAssembly, 'compile').mockImplementation(bytes => compile(isRelaxed(bytes) ? relaxed! : simd))
  vi.resetModules()
  return import('../../src/index.js')
}

afterEach(() => vi.restoreAllMocks())

describe('a kernel that the engine computes wrong', () => {
  const good = Uint8Array.from(SIMD)

  it('is used if it computes right', async () => {
    const { createScorer } = await libraryWith(good, RELAXED)
    using fastest = await createScorer()
    expect(fastest.kernel).toBe('relaxed-simd')
    using simd = await createScorer({ kernel: 'simd' })
    expect(simd.kernel).toBe('simd')
  })

  it.each(Object.entries(wrong))('is replaced by the reference kernel: %s', async (_, binary) => {
    const { createScorer, availableKernels } = await libraryWith(binary, undefined)
    using scorer = await createScorer()
    expect(scorer.kernel).toBe('reference')
    expect(scorer.score([[1, 2]], [[3, 4]])).toBe(11)
    expect(availableKernels()).toEqual(['reference'])
    await expect(createScorer({ kernel: 'simd' })).rejects.toThrow(
      new RangeError(
        '"kernel" expected one that this engine runs (reference), got simd; omit it to use the fastest',
      ),
    )
  })

  it('is replaced by SIMD if only relaxed SIMD is wrong', async () => {
    const { createScorer } = await libraryWith(good, wrongRelaxed)
    using scorer = await createScorer()
    expect(scorer.kernel).toBe('simd')
  })

  it.each([
    ['simd', wrong['f32x4.add that subtracts'], RELAXED, 'relaxed-simd, reference'],
    ['relaxed-simd', good, wrongRelaxed, 'simd, reference'],
  ] as const)('is refused if the first scorer asks for it: %s', async (kernel, simd, relaxed, left) => {
    const { createScorer } = await libraryWith(simd, relaxed)
    await expect(createScorer({ kernel })).rejects.toThrow(
      new RangeError(
        `"kernel" expected one that this engine runs (${left}), got ${kernel}; omit it to use the fastest`,
      ),
    )
  })

  it('is refused if the caller passed it', async () => {
    const { createScorer } = await libraryWith(good, undefined)
    const module = new WebAssembly.Module(wrongRelaxed)
    await expect(createScorer({ module })).rejects.toThrow(
      new RangeError(`this engine computes "module" wrong; use { kernel: 'reference' }`),
    )
  })

  it('is tested once, not for each scorer', async () => {
    const { createScorer } = await libraryWith(good, undefined)
    const compiled = vi.mocked(WebAssembly.compile)
    for (let i = 0; i < 3; i++) (await createScorer()).dispose()
    expect(compiled).toHaveBeenCalledTimes(1)
  })
})

describe('a bundle with raw characters', () => {
  let bundle: Uint8Array
  beforeAll(async () => {
    const { outputFiles } = await build({
      entryPoints: ['src/index.ts'],
      bundle: true,
      format: 'iife',
      globalName: 'library',
      minify: true,
      charset: 'utf8',
      write: false,
    })
    bundle = outputFiles[0]!.contents
  })

  /** Runs the bundle as a page that reads it in an encoding does. */
  function load(encoding: string): { createScorer: typeof createScorer } {
    const script = new TextDecoder(encoding).decode(bundle)
    return new Function(`${script}; return library`)()
  }

  it('runs a SIMD kernel if it is read as UTF-8', async () => {
    using scorer = await load('utf-8').createScorer()
    expect(scorer.kernel).not.toBe('reference')
  })

  it.each(['windows-1252', 'iso-8859-2', 'koi8-r', 'shift_jis', 'gbk', 'utf-16le'])(
    'never runs a slower kernel silently if it is read as %s',
    async encoding => {
      // an encoding of several bytes may take a quote into a character, so that the script does not load
      if (!['windows-1252', 'iso-8859-2', 'koi8-r'].includes(encoding)) {
        const error = errorOf(() => load(encoding))
        if (error) return expect(error).toBeInstanceOf(SyntaxError)
      }
      const { createScorer } = load(encoding)
      await expect(createScorer()).rejects.toThrow(
        'this script is UTF-8, but was read in another encoding; add <meta charset="utf-8">',
      )
      // plain TypeScript is not affected
      using scorer = await createScorer({ kernel: 'reference' })
      expect(scorer.score([[1, 2]], [[3, 4]])).toBe(11)
    },
  )
})

it("the worker's program is ASCII, so that no encoding changes it", () => {
  expect(/[^\x20-\x7e\n]/.exec(WORKER)).toBeNull()
})
