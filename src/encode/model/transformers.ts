// The members of @huggingface/transformers, 3.8 or 4, that are used. It is an optional peer, loaded when an encoder is created
// and not before. test/encode/models compares these types with those of the package.

import { MissingPackageError } from '../../base/errors.js'
import { messageOf } from '../../base/is-a.js'

/** A tensor that is passed to a model or returned by it. */
export interface ModelTensor {
  /** The type of its elements, for example `float32`. */
  readonly type: string
  readonly dims: readonly number[]
  readonly data: unknown
}

/** An event of the package while it loads a file. */
export interface LoadingEvent {
  readonly status: string
  readonly file?: string
  /** Bytes received. */
  readonly loaded?: number
  /** Bytes in total. */
  readonly total?: number
}

/** The inputs and outputs of a loaded ONNX file. */
export interface LoadedSession {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  /** Missing in early versions. */
  readonly inputMetadata?: readonly { readonly name: string; readonly type?: string }[]
}

/** A loaded model: call it to run it. */
export interface LoadedModel {
  readonly sessions: Readonly<Record<string, LoadedSession>>
  (inputs: Readonly<Record<string, ModelTensor>>): Promise<Readonly<Record<string, ModelTensor>>>
  dispose(): Promise<unknown>
}

/** The options of `from_pretrained`. */
export interface LoadingOptions {
  readonly config?: object
  readonly cache_dir?: string
  readonly local_files_only?: boolean
  readonly revision?: string
  readonly subfolder?: string
  readonly model_file_name?: string
  readonly dtype?: 'fp32'
  readonly device?: 'cpu' | 'wasm' | 'webgpu'
  readonly use_external_data_format?: boolean
  readonly session_options?: { readonly logSeverityLevel: 0 | 1 | 2 | 3 | 4 }
  readonly progress_callback?: (event: LoadingEvent) => void
}

/** The package's global settings. They belong to the caller: they are read here and never written. */
export interface TransformersEnvironment {
  readonly version: string
  readonly allowRemoteModels: boolean
  readonly allowLocalModels: boolean
  readonly remoteHost: string
  readonly remotePathTemplate: string
  readonly localModelPath: string
  readonly cacheDir: string | null
  /** The name of the browser's cache. Missing in version 3. */
  readonly cacheKey?: string
  readonly useBrowserCache: boolean
  readonly useFSCache: boolean
  /** Missing in early versions. */
  readonly fetch?: (url: string, init?: RequestInit) => Promise<Response>
}

/** The members of the package that are used. */
export interface TransformersPeer {
  readonly AutoModel: { from_pretrained(model: string, options: LoadingOptions): Promise<LoadedModel> }
  readonly Tensor: new (
    type: 'int64' | 'int32' | 'float32',
    data: BigInt64Array | Int32Array | Float32Array,
    dims: number[],
  ) => ModelTensor
  readonly env: TransformersEnvironment
}

/**
 * The module `@huggingface/transformers`, as a caller passes it: `import * as transformers from
 * '@huggingface/transformers'`.
 */
export interface Transformers {
  readonly AutoModel: {
    /** Loads a model. */
    from_pretrained(...args: never[]): Promise<unknown>
  }
  readonly Tensor: new (...args: never[]) => unknown
  readonly env: object
}

/**
 * Imports the package at run time. The name is not written inside `import()`: a bundler would resolve it, and warn or
 * fail in every program that uses another part of this entry point and has not installed the package. A bundled program
 * passes the module instead.
 *
 * @throws MissingPackageError if it is not found
 */
export async function loadTransformers(name = '@huggingface/transformers'): Promise<TransformersPeer> {
  try {
    return (await import(/* webpackIgnore: true */ /* @vite-ignore */ name)) as TransformersPeer
  } catch (cause) {
    const otherwise = `and in a bundled program pass the module as the option "transformers" (${messageOf(cause)})`
    throw new MissingPackageError(name, 'createEncoder', otherwise, cause)
  }
}
