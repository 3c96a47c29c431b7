// What is used of @huggingface/transformers 4: an optional peer, loaded when an encoder is made and not before.
// test/encode/models holds these types against those of the package.

/** A tensor on its way in or out. */
export interface ModelTensor {
  readonly type: string
  readonly dims: readonly number[]
  readonly data: unknown
}

/** What the package tells about a file that it loads. */
export interface LoadingEvent {
  readonly status: string
  readonly file?: string
  readonly loaded?: number
  readonly total?: number
}

export interface LoadedSession {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  /** Left out by early versions. */
  readonly inputMetadata?: readonly { readonly name: string; readonly type?: string }[]
}

export interface LoadedModel {
  readonly sessions: Readonly<Record<string, LoadedSession>>
  (inputs: Readonly<Record<string, ModelTensor>>): Promise<Readonly<Record<string, ModelTensor>>>
  dispose(): Promise<unknown>
}

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

/** The package's settings, which are the caller's: read here, never written. */
export interface TransformersEnvironment {
  readonly version: string
  readonly allowRemoteModels: boolean
  readonly allowLocalModels: boolean
  readonly remoteHost: string
  readonly remotePathTemplate: string
  readonly localModelPath: string
  readonly cacheDir: string | null
  readonly cacheKey: string
  readonly useBrowserCache: boolean
  readonly useFSCache: boolean
  /** Left out by early versions. */
  readonly fetch?: (url: string, init?: RequestInit) => Promise<Response>
}

/** The members of the package that are used. */
export interface TransformersPeer {
  readonly AutoModel: { from_pretrained(model: string, options: LoadingOptions): Promise<LoadedModel> }
  readonly Tensor: new (
    type: 'int64' | 'int32',
    data: BigInt64Array | Int32Array,
    dims: number[],
  ) => ModelTensor
  readonly env: TransformersEnvironment
}

/** The module `@huggingface/transformers` as a caller has it, who need not know which of its members are used. */
export interface Transformers {
  readonly AutoModel: { from_pretrained(...args: never[]): Promise<unknown> }
  readonly Tensor: new (...args: never[]) => unknown
  readonly env: object
}

/** Loads the peer. */
export async function loadTransformers(): Promise<TransformersPeer> {
  try {
    return (await import('@huggingface/transformers')) as unknown as TransformersPeer
  } catch (cause) {
    throw new Error(
      'an encoder with a model needs the package @huggingface/transformers, version 4, which could not be loaded; ' +
        'npm install @huggingface/transformers, or give the module as "transformers"',
      { cause },
    )
  }
}
