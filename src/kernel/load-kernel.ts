// Which kernel this engine runs, and a fresh one with a memory of its own. Binaries are compiled once a process.

import { WasmForbiddenError } from '../base/errors.js'
import { typeName } from '../base/type-name.js'
import { RELAXED_SIMD, SIMD } from './bytes.generated.js'
import { embeddedBytes } from './embedded-binary.js'
import type { Kernel, KernelExports, KernelModule, KernelName } from './kernel.js'
import { createMemory, type Pages } from './memory.js'

export const KERNEL_NAMES: readonly KernelName[] = ['relaxed-simd', 'simd', 'reference']

const binaries = { 'relaxed-simd': RELAXED_SIMD, simd: SIMD } as const
type BinaryName = keyof typeof binaries

/** A kernel that this engine runs. */
export interface KernelChoice {
  readonly name: KernelName
  /** What to make it from; the reference kernel needs none. */
  readonly module: KernelModule | undefined
}

const compiled = new Map<BinaryName, Promise<WebAssembly.Module>>()
const validated = new Map<BinaryName, boolean>()

/** Returns true if the engine runs a binary. Checked once for each, because decoding and validating it takes 2 ms. */
function isSupported(name: BinaryName): boolean {
  if (typeof WebAssembly !== 'object') return false
  const known = validated.get(name)
  if (known !== undefined) return known
  const isValid = WebAssembly.validate(embeddedBytes(binaries[name]))
  validated.set(name, isValid)
  return isValid
}

/**
 * The kernels that this engine can run, fastest first. The last is always `reference`, which is plain TypeScript.
 *
 * @example
 * import { availableKernels } from 'maxsimd'
 *
 * availableKernels().at(-1) // 'reference'
 */
export function availableKernels(): KernelName[] {
  return KERNEL_NAMES.filter(name => name === 'reference' || isSupported(name))
}

function compile(name: BinaryName): Promise<WebAssembly.Module> {
  let module = compiled.get(name)
  if (!module) {
    module = WebAssembly.compile(embeddedBytes(binaries[name])).catch(cause => {
      compiled.delete(name)
      throw new WasmForbiddenError(`${name}.wasm`, cause)
    })
    compiled.set(name, module)
  }
  return module
}

/** Which kernel to run: the one that `module` is if one is given, else the named one, else the best that the engine runs. */
export async function chooseKernel(
  name: KernelName | undefined,
  module: KernelModule | undefined,
): Promise<KernelChoice> {
  if (module !== undefined) return { name: instantiate(module, name, undefined).name, module }
  const available = availableKernels()
  const chosen = name ?? available[0]!
  if (!available.includes(chosen)) {
    throw new RangeError(
      `"kernel" expected one that this engine runs (${available.join(', ')}), got ${chosen}; ` +
        `omit it to use the fastest`,
    )
  }
  return { name: chosen, module: chosen === 'reference' ? undefined : await compile(chosen) }
}

/** A kernel with a memory of its own, in this thread or, as a module can be sent there, in another. */
export async function startKernel(
  module: KernelModule | undefined,
  maxBytes: number | undefined,
): Promise<Kernel> {
  return module === undefined ? createReferenceKernel(maxBytes) : instantiate(module, undefined, maxBytes)
}

/** Loaded only where it runs: it is a chunk of its own. */
async function createReferenceKernel(maxBytes: number | undefined): Promise<Kernel> {
  const { createReferenceFunctions, createReferencePages } = await import('./reference.js')
  let pages: Pages
  const memory = createMemory(() => (pages = createReferencePages()), maxBytes)
  return { name: 'reference', memory, functions: createReferenceFunctions(() => pages) }
}

/** `functions` is read at each call, because the memory starts a new instance when it has been given back. */
function instantiate(
  module: KernelModule,
  asked: KernelName | undefined,
  maxBytes: number | undefined,
): Kernel {
  let exports: KernelExports | undefined
  const start = () => {
    const started = new WebAssembly.Instance(module).exports as unknown as KernelExports
    exports = started
    return started.memory
  }
  if (!(module instanceof WebAssembly.Module)) {
    throw new TypeError(`"module" expected a WebAssembly.Module, got ${typeName(module)}`)
  }
  const names = WebAssembly.Module.exports(module).map(entry => entry.name)
  if (!names.includes('relaxed')) {
    throw new TypeError(
      '"module" expected a module made from maxsimd/simd.wasm or maxsimd/relaxed-simd.wasm; ' +
        `this one exports ${names.join(', ') || 'nothing'}`,
    )
  }
  // the exports hold the memory: a disposed scorer must not keep it
  const memory = createMemory(start, maxBytes, () => {
    exports = undefined
  })
  const name = exports!.relaxed.value ? 'relaxed-simd' : 'simd'
  if (asked && asked !== name) {
    throw new RangeError(`"kernel" expected ${name}, which "module" is, got ${asked}; omit one of them`)
  }
  return {
    name,
    memory,
    get functions() {
      return exports!
    },
  }
}
