// The module that browser.test.ts bundles for its page: an encoder on WebAssembly or WebGPU, and one whose files the page's
// server has, as docs/encoders.md shows it.

import * as transformers from '@huggingface/transformers'
import { createEncoder, type DownloadProgress, type ModelDevice } from '../../../src/encode/index.js'

/** The rows of texts, and the error of a model on the page's server without permission. */
interface Answer {
  readonly documents: readonly (readonly number[])[]
  readonly queries: readonly (readonly number[])[]
  readonly refusal: string
}

/** Encodes texts as documents and as queries. */
export async function encode(
  folder: string,
  settings: string,
  texts: readonly string[],
  device: ModelDevice,
): Promise<Answer> {
  const { env } = transformers
  // before anything is loaded: in a page, transformers.js repeats a first failure for every later call
  const refusal = env.allowLocalModels
    ? 'none'
    : await createEncoder({ model: folder, transformers }).then(
        () => 'nothing',
        (error: Error) => error.message,
      )
  env.allowLocalModels = true
  Object.assign(env.backends.onnx.wasm ?? {}, { wasmPaths: '/ort/', numThreads: 1 })
  const encoder = await createEncoder({ model: folder, settings, device, emptyText: 'encode', transformers })
  const documents = (await encoder.documents(texts)).map(({ data }) => [...data])
  const queries: number[][] = []
  for (const text of texts) queries.push([...(await encoder.query(text)).data])
  await encoder.dispose()
  return { documents, queries, refusal }
}

/** Loads a model by its name from the page's server. `hashes`: the integrity of files, by their paths. */
export async function loadHosted(
  model: string,
  hashes: Readonly<Record<string, string>>,
): Promise<{ readonly rows: readonly number[]; readonly progress: readonly DownloadProgress[] }> {
  const { env } = transformers
  env.remoteHost = `${location.origin}/models/`
  env.remotePathTemplate = '{model}/'
  const integrityOf = (url: string | URL) => hashes[new URL(url, location.href).pathname] ?? ''
  env.fetch = (url: string | URL, options?: RequestInit) =>
    fetch(url, { ...options, integrity: integrityOf(url) })
  Object.assign(env.backends.onnx.wasm ?? {}, { wasmPaths: '/ort/', numThreads: 1 })
  const progress: DownloadProgress[] = []
  const onProgress = (event: DownloadProgress) => void progress.push(event)
  const encoder = await createEncoder({ model, transformers, onProgress })
  const [document] = await encoder.documents(['connection pool'])
  await encoder.dispose()
  return { rows: [...document!.data], progress }
}

Object.assign(globalThis, { encode, loadHosted })
