import { afterEach, describe, expect, it, vi } from 'vitest'
import { availableKernels, type createScorer } from '../../src/index.js'
import type { DtypeCode, MetricCode } from '../../src/kernel/constants.generated.js'
import { DOT, F32, UNIT } from '../../src/kernel/constants.generated.js'
import type { Kernel } from '../../src/kernel/kernel.js'
import { chooseKernel, startKernel } from '../../src/kernel/load-kernel.js'

/** `createScorer` of a fresh copy of the library, which has compiled nothing yet. */
async function freshCreateScorer(): Promise<typeof createScorer> {
  vi.resetModules()
  return (await import('../../src/index.js')).createScorer
}

describe('an engine that forbids compiling WebAssembly', () => {
  afterEach(() => {
    vi.restoreAllMocks()
    vi.unstubAllGlobals()
  })

  it('makes createScorer throw an error with a code and a remedy', async () => {
    const cause = new WebAssembly.CompileError('Wasm code generation disallowed by embedder')
    vi.spyOn(WebAssembly, 'compile').mockRejectedValue(cause)
    const create = await freshCreateScorer()
    const error = await create({ kernel: 'simd' }).catch(error => error)
    expect(error).toMatchObject({ name: 'WasmForbiddenError', code: 'ERR_WASM_FORBIDDEN', cause })
    expect(error.message).toBe(
      'this engine forbids compiling WebAssembly; pass "module", imported from maxsimd/simd.wasm, ' +
        "or use { kernel: 'reference' }",
    )
  })

  it('names the content security policy on a page, which cannot get a module in another way', async () => {
    vi.spyOn(WebAssembly, 'compile').mockRejectedValue(new WebAssembly.CompileError())
    vi.stubGlobal('location', { href: 'https://example.com/' })
    const create = await freshCreateScorer()
    const error = await create({ kernel: 'simd' }).catch(error => error)
    expect(error.message).toBe(
      "this engine forbids compiling WebAssembly; allow 'wasm-unsafe-eval' in the CSP, " +
        "or use { kernel: 'reference' }",
    )
  })

  it('is asked again by the next scorer', async () => {
    const compile = vi.spyOn(WebAssembly, 'compile').mockRejectedValue(new WebAssembly.CompileError())
    const create = await freshCreateScorer()
    await expect(create({ kernel: 'simd' })).rejects.toThrow('this engine forbids compiling WebAssembly')
    compile.mockRestore()
    using scorer = await create({ kernel: 'simd' })
    expect(scorer.kernel).toBe('simd')
  })

  it('has no kernel for pictures: the error names the remedy and the cause, and the engine is asked again', async () => {
    const cause = new WebAssembly.CompileError()
    const compile = vi.spyOn(WebAssembly, 'compile').mockRejectedValue(cause)
    vi.resetModules()
    const { loadPixelKernel } = await import('../../src/kernel/pixels/pixel-kernel.js')
    const error = await loadPixelKernel().catch(error => error)
    expect(error.message).toBe(
      'pages need WebAssembly, as ONNX Runtime does, which this engine does not compile; ' +
        "allow 'wasm-unsafe-eval' in the CSP, or use an engine with WebAssembly SIMD",
    )
    expect(error.cause).toBe(cause)
    compile.mockRestore()
    const kernel = await loadPixelKernel()
    const picture = kernel.load({ data: Uint8Array.of(1, 2, 3), width: 1, height: 1 })
    expect([...kernel.read(picture).data]).toEqual([1, 2, 3])
  })

  it('still scores with the reference kernel', async () => {
    vi.spyOn(WebAssembly, 'compile').mockRejectedValue(new WebAssembly.CompileError())
    const create = await freshCreateScorer()
    using scorer = await create({ kernel: 'reference' })
    expect(scorer.score([[1, 2]], [[3, 4]])).toBe(11)
  })
})

it('an engine without WebAssembly has the plain kernel, and scores with it', async () => {
  vi.resetModules()
  vi.stubGlobal('WebAssembly', undefined)
  try {
    const fresh = await import('../../src/index.js')
    expect(fresh.availableKernels()).toEqual(['reference'])
    using scorer = await fresh.createScorer()
    expect(scorer.score([[1, 2]], [[3, 4]])).toBe(11)
  } finally {
    vi.unstubAllGlobals()
  }
})

describe.each(availableKernels())('the %s kernel', name => {
  const unknown = 99
  const start = async (): Promise<Kernel> =>
    startKernel((await chooseKernel(name, undefined)).module, undefined)

  it.each<[string, (kernel: Kernel, address: number) => void]>([
    [
      'a metric of maxsim',
      ({ functions }, at) =>
        functions.maxsim(unknown as MetricCode, F32, at, at, at, 1, 4, at, 1, at + 1024, at + 2048, at),
    ],
    [
      'a dtype of maxsim',
      ({ functions }, at) =>
        functions.maxsim(DOT, unknown as DtypeCode, at, at, at, 1, 4, at, 1, at + 1024, at + 2048, at),
    ],
    [
      'a dtype of maxsimFixed',
      ({ functions }, at) =>
        functions.maxsimFixed(unknown as DtypeCode, at, at, at, 1, 4, at, 1, at + 1024, at + 2048, at),
    ],
    [
      'a metric of maxsimWide',
      ({ functions }, at) => functions.maxsimWide(unknown as MetricCode, at, at, 1, 4, at, 1, at),
    ],
    [
      'a metric of similarities',
      ({ functions }, at) => functions.similarities(unknown as MetricCode, 0, at, 1, 4, at, 1, at + 1024),
    ],
    [
      'a metric of similarities in f64',
      ({ functions }, at) => functions.similarities(unknown as MetricCode, 1, at, 1, 4, at, 1, at + 1024),
    ],
    [
      'a dtype of decode',
      ({ functions }, at) => functions.decode(unknown as DtypeCode, at, 1, 4, 1, at + 1024),
    ],
    [
      'a dtype of encode',
      ({ functions }, at) => functions.encode(unknown as DtypeCode, at, 1, 4, 1, at + 1024, at + 2048),
    ],
    [
      'a dtype that encode does not store',
      ({ functions }, at) => functions.encode(UNIT, at, 1, 4, 1, at, at),
    ],
    [
      'a dtype of packFixed',
      ({ functions }, at) => functions.packFixed(unknown as DtypeCode, at, 1, 4, at, at, at, at),
    ],
  ])('traps on %s without a case', async (_, call) => {
    const kernel = await start()
    const address = kernel.memory.allocate(4096)
    const words = kernel.memory.u32(address, 1024)
    words.fill(0)
    // serves as the count of a query and as the entry of a table: one row, at `address`
    words[0] = name === 'reference' ? address : 1
    words[1] = 1
    expect(() => call(kernel, address)).toThrow(name === 'reference' ? RangeError : WebAssembly.RuntimeError)
  })
})
