// maxsim-web 0.6.0, another library that computes MaxSim in browsers. It is not on npm, so it is measured only if the
// environment variable MAXSIM_WEB names a checkout. Its documents are preloaded, which is its fastest mode.
//
// Its own start function fails in Node ("failed to grow table by 4"), so the binary is started here without that step,
// which is used for errors only. It cuts documents of nearly equal length to the shortest one; the check reports this.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { WorkloadRows } from '../shared/workload-rows.js'

/** The exports that are called, by the names that wasm-bindgen gave them. */
interface Exports {
  readonly memory: WebAssembly.Memory
  __wbindgen_start(): void
  __wbindgen_malloc(bytes: number, alignment: number): number
  __wbindgen_free(address: number, bytes: number, alignment: number): void
  maxsimwasm_new(): number
  maxsimwasm_load_documents(self: number, ...args: LoadArguments): number[]
  maxsimwasm_search_preloaded(self: number, q: number, length: number, rows: number): number[]
}

/** The address and length of the documents' numbers, those of their row counts, and the dim. */
type LoadArguments = [data: number, dataLength: number, rows: number, rowsLength: number, dim: number]

/** Loads the documents. Returns a function that scores all of them. */
export function createMaxsimWeb(checkout: string, { query, documents }: WorkloadRows): () => Float32Array {
  const module = new WebAssembly.Module(
    readFileSync(join(checkout, 'benchmark/wasm/maxsim_web_wasm_bg.wasm')),
  )
  const imports = Object.fromEntries(
    WebAssembly.Module.imports(module).map(({ name }) => [
      name,
      () => {
        if (!name.endsWith('init_externref_table')) throw new Error(`maxsim-web failed in ${name}`)
      },
    ]),
  )
  const wasm = new WebAssembly.Instance(module, { wbg: imports }).exports as unknown as Exports
  wasm.__wbindgen_start()
  const copyIn = (values: Float32Array | Uint32Array): number => {
    const address = wasm.__wbindgen_malloc(values.byteLength, 4) >>> 0
    new Uint32Array(wasm.memory.buffer).set(new Uint32Array(values.buffer), address / 4)
    return address
  }
  const { dim } = query
  const all = new Float32Array(documents.reduce((sum, { data }) => sum + data.length, 0))
  documents.reduce((at, { data }) => {
    all.set(data, at)
    return at + data.length
  }, 0)
  const rows = Uint32Array.from(documents, ({ data }) => data.length / dim)
  const self = wasm.maxsimwasm_new() >>> 0
  wasm.maxsimwasm_load_documents(self, copyIn(all), all.length, copyIn(rows), rows.length, dim)
  const packed = Float32Array.from(query.data)
  return () => {
    const [address, count] = wasm.maxsimwasm_search_preloaded(
      self,
      copyIn(packed),
      packed.length,
      packed.length / dim,
    ) as [number, number]
    const scores = new Float32Array(wasm.memory.buffer, address >>> 0, count).slice()
    wasm.__wbindgen_free(address, 4 * count, 4)
    return scores
  }
}
