// How much memory calls hold at their worst. Whatever asks for a large buffer or array is looked at when it asks, and what
// is alive then is counted, once the garbage is collected: bytes of buffers and of the JavaScript heap, and by how much
// the kernel's memory grew.

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

/** Elements from which on an allocation is looked at. */
const LARGE = 4096
/** By so much the worst moment has to be exceeded, garbage and all, before it is counted. */
const STEP = 1 << 23

export interface Meter {
  /** Bytes alive at the worst moment so far, beyond those when the meter was made. */
  readonly peak: number
  /** Looks now. */
  look(): void
  /** Between two calls: lets go of what the last one left, where that is much. A kernel's memory goes in a task of its own. */
  settle(): Promise<void>
  /** Takes the constructors out of the world again. */
  stop(): void
}

const alive = () => {
  const { used_heap_size, external_memory } = getHeapStatistics()
  return used_heap_size + external_memory
}

/** Begins to measure. */
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
