// maxsim-web 0.6.0, the other library that computes MaxSim in the browser, measured where the environment variable
// MAXSIM_WEB names a checkout of it: no registry has it. Its documents are preloaded, which is its fastest way.
//
// Its own start fails in Node ("failed to grow table by 4"), so the binary is started here, with that step left out:
// it serves errors only. Where all documents have nearly one length it cuts them to the shortest, and the check says so.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Rows } from '../shared/workload-rows.js'

/** The exports that are used, as its wasm-bindgen glue calls them. */
interface Exports {
  readonly memory: WebAssembly.Memory
  __wbindgen_start(): void
  __wbindgen_malloc(bytes: number, alignment: number): number
  __wbindgen_free(address: number, bytes: number, alignment: number): void
  maxsimwasm_new(): number
  maxsimwasm_load_documents(self: number, d: number, ds: number, n: number, ns: number, dim: number): number[]
  maxsimwasm_search_preloaded(self: number, q: number, length: number, rows: number): number[]
}

export function createMaxsimWeb(checkout: string, { query, documents }: Rows): () => Float32Array {
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
  const pass = (values: Float32Array | Uint32Array): number => {
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
  wasm.maxsimwasm_load_documents(self, pass(all), all.length, pass(rows), rows.length, dim)
  const packed = Float32Array.from(query.data)
  return () => {
    const [address, count] = wasm.maxsimwasm_search_preloaded(
      self,
      pass(packed),
      packed.length,
      packed.length / dim,
    ) as [number, number]
    const scores = new Float32Array(wasm.memory.buffer, address >>> 0, count).slice()
    wasm.__wbindgen_free(address, 4 * count, 4)
    return scores
  }
}
