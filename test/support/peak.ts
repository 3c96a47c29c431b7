// Measures the peak memory of calls. Each large allocation triggers a garbage collection and a count of the live bytes:
// buffers, the JavaScript heap, and the growth of the kernel's memory.

import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

const NAMES = [
  'ArrayBuffer',
  'Uint8Array',
  'Int8Array',
  'Uint16Array',
  'Uint32Array',
  'Int32Array',
  'Float32Array',
  'Float64Array',
  'Array',
] as const

/** Allocations of at least this many elements are measured. */
const LARGE = 4096
/** Live bytes, garbage included, must exceed the peak by this much before they are counted exactly. */
const STEP = 1 << 23

export interface Meter {
  /** The peak of live bytes so far, minus the live bytes when the meter was created. */
  readonly peak: number
  /** Measures now. */
  look(): void
  /** Call it between two calls: collects the garbage of the last call, if it is large. A kernel's memory is freed in a later task. */
  settle(): Promise<void>
  /** Restores the original constructors. */
  stop(): void
}

const alive = () => {
  const { used_heap_size, external_memory } = getHeapStatistics()
  return used_heap_size + external_memory
}

/** Starts to measure. */
export function createMeter(): Meter {
  const world = globalThis as unknown as Record<string, new (...given: unknown[]) => object>
  const originals = NAMES.map(name => [name, world[name]!] as const)
  const { grow } = WebAssembly.Memory.prototype
  gc()
  const before = alive()
  let [peak, grown] = [0, 0]

  function look(wanted = 0): void {
    const now = () => alive() - before + wanted + grown
    if (now() <= peak + STEP) return
    gc()
    peak = Math.max(peak, now())
  }

  for (const [name, original] of originals) {
    const size =
      (original as { readonly BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? (name === 'Array' ? 8 : 1)
    world[name] = new Proxy(original, {
      construct(target, given, newTarget) {
        const [length] = given
        if (typeof length === 'number' && length >= LARGE) look(length * size)
        return Reflect.construct(target, given, newTarget === world[name] ? target : newTarget)
      },
    })
  }
  WebAssembly.Memory.prototype.grow = function (pages) {
    grown += 65_536 * pages
    look()
    return grow.call(this, pages)
  }
  return {
    get peak() {
      return peak
    },
    look,
    async settle() {
      look()
      grown = 0
      if (alive() - before < STEP) return
      gc()
      await new Promise(resolve => setImmediate(resolve))
    },
    stop() {
      for (const [name, original] of originals) world[name] = original
      WebAssembly.Memory.prototype.grow = grow
    },
  }
}
