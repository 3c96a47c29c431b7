// Chooses a kernel that this engine runs, and starts kernels with their own memory. Binaries are compiled once per process.

import { WasmForbiddenError } from '../base/errors.js'
import { rethrowImportError } from '../base/import-error.js'
import { isA } from '../base/is-a.js'
import { typeName } from '../base/type-name.js'
import { RELAXED_SIMD, SIMD } from './bytes.generated.js'
import { embeddedBytes } from './embedded-binary.js'
import type { Kernel, KernelExports, KernelModule, KernelName } from './kernel.js'
import { createMemory, type Pages } from './memory.js'
import { computesRight } from './self-test.js'

/** All kernels, fastest first. */
export const KERNEL_NAMES: readonly KernelName[] = ['relaxed-simd', 'simd', 'reference']

const BINARIES = { 'relaxed-simd': RELAXED_SIMD, simd: SIMD } as const
type BinaryName = keyof typeof BINARIES

/** A kernel that this engine runs. */
export interface KernelChoice {
  readonly name: KernelName
  /** The compiled binary; undefined for the reference kernel. */
  readonly module: KernelModule | undefined
}

const compiled: Partial<Record<BinaryName, Promise<KernelModule | undefined>>> = {}
const supported: Partial<Record<BinaryName, boolean>> = {}

/** Whether the engine runs a binary. Checked once for each, because decoding and validating a binary takes 2 ms. */
function isSupported(name: BinaryName): boolean {
  supported[name] ??= typeof WebAssembly === 'object' && WebAssembly.validate(embeddedBytes(BINARIES[name]))
  return supported[name]
}

/**
 * Returns the kernels that this engine can run, fastest first. The last is always `reference`, which is plain TypeScript.
 *
 * @example
 * import { availableKernels } from 'maxsimd'
 *
 * availableKernels().at(-1) // 'reference'
 */
export function availableKernels(): KernelName[] {
  return KERNEL_NAMES.filter(name => name === 'reference' || isSupported(name))
}

/** Compiles a binary and tests it, once. Returns undefined if the engine computes it wrong. */
function compile(name: BinaryName): Promise<KernelModule | undefined> {
  compiled[name] ??= WebAssembly.compile(embeddedBytes(BINARIES[name])).then(
    module => (computesRight(instantiate(module, undefined)) ? module : undefined),
    cause => {
      delete compiled[name]
      throw new WasmForbiddenError(`${name}.wasm`, cause)
    },
  )
  return compiled[name]
}

/**
 * Returns the kernel to run: that of `module` if there is one, else the kernel `name`, else the fastest one that computes
 * right.
 *
 * @throws TypeError if `module` is not a compiled kernel
 * @throws RangeError if the engine does not run the kernel `name`, or `module` is another kernel
 * @throws WasmForbiddenError if the engine forbids compiling WebAssembly
 */
export async function chooseKernel(
  name: KernelName | undefined,
  module: KernelModule | undefined,
): Promise<KernelChoice> {
  if (module !== undefined) {
    const kernel = instantiate(module, undefined)
    if (!computesRight(kernel)) {
      throw new RangeError(`this engine computes "module" wrong; use { kernel: 'reference' }`)
    }
    if (name && name !== kernel.name) {
      throw new RangeError(
        `"kernel" expected ${kernel.name}, which "module" is, got ${name}; omit one of them`,
      )
    }
    return { name: kernel.name, module }
  }
  if (name === 'reference') return { name, module: undefined }
  const available = availableKernels()
  const chosen = name ?? available[0]!
  if (!available.includes(chosen)) {
    throw new RangeError(
      `"kernel" expected one that this engine runs (${available.join(', ')}), got ${chosen}; ` +
        `omit it to use the fastest`,
    )
  }
  if (chosen === 'reference') return { name: chosen, module: undefined }
  const tested = await compile(chosen)
  if (tested) return { name: chosen, module: tested }
  supported[chosen] = false
  return chooseKernel(name, undefined)
}

/** Starts a kernel with its own memory of at most `maxBytes`. Without a `module` it is the reference kernel. */
export async function startKernel(
  module: KernelModule | undefined,
  maxBytes: number | undefined,
): Promise<Kernel> {
  return module === undefined ? startReference(maxBytes) : instantiate(module, maxBytes)
}

/** The reference kernel is a chunk of its own, which is loaded only where it runs. */
async function startReference(maxBytes: number | undefined): Promise<Kernel> {
  const { createReferenceFunctions, createReferencePages } = await import('./reference.js').catch(
    rethrowImportError,
  )
  let pages: Pages
  const memory = createMemory(() => (pages = createReferencePages()), maxBytes)
  return { name: 'reference', memory, functions: createReferenceFunctions(() => pages) }
}

/** Checks and starts a compiled kernel. */
function instantiate(module: KernelModule, maxBytes: number | undefined): Kernel {
  if (!isA(module, 'WebAssembly.Module')) {
    throw new TypeError(`"module" expected a WebAssembly.Module, got ${typeName(module)}`)
  }
  const names = WebAssembly.Module.exports(module).map(entry => entry.name)
  if (!names.includes('relaxed')) {
    throw new TypeError(
      '"module" expected a module made from maxsimd/simd.wasm or maxsimd/relaxed-simd.wasm; ' +
        `this one exports ${names.join(', ') || 'nothing'}`,
    )
  }
  // exports refer to the memory: a disposed scorer must not keep them
  let exports: KernelExports | undefined
  const start = () => {
    exports = new WebAssembly.Instance(module).exports as unknown as KernelExports
    return exports.memory
  }
  const stop = () => {
    exports = undefined
  }
  const memory = createMemory(start, maxBytes, stop)
  return {
    name: exports!.relaxed.value ? 'relaxed-simd' : 'simd',
    memory,
    // read at each call, because the memory can restart with a new instance
    get functions() {
      return exports!
    },
  }
}
