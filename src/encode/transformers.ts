// What is used of @huggingface/transformers 4: an optional peer, loaded when an encoder is made and not before.
// test/encoders holds these types against those of the package.

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

export interface LoadedModel {
  readonly sessions: Readonly<
    Record<string, { readonly inputNames: readonly string[]; readonly outputNames: readonly string[] }>
  >
  (inputs: Readonly<Record<string, ModelTensor>>): Promise<Readonly<Record<string, ModelTensor>>>
  dispose(): Promise<unknown>
}

export interface LoadingOptions {
  readonly config?: object
  readonly cache_dir?: string | null
  readonly local_files_only?: boolean
  readonly revision?: string
  readonly subfolder?: string
  readonly model_file_name?: string
  readonly dtype?: 'fp32'
  readonly device?: string
  readonly use_external_data_format?: boolean
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
  fetch(url: string, init?: RequestInit): Promise<Response>
}

/** The module `@huggingface/transformers`, by the members that are used. */
export interface Transformers {
  readonly AutoModel: { from_pretrained(model: string, options: LoadingOptions): Promise<unknown> }
  readonly Tensor: new (type: 'int64', data: BigInt64Array, dims: number[]) => ModelTensor
  readonly env: unknown
}

/** Loads the peer. */
export async function loadTransformers(): Promise<Transformers> {
  try {
    return (await import('@huggingface/transformers')) as unknown as Transformers
  } catch (cause) {
    throw new Error(
      'an encoder with a model needs the package @huggingface/transformers, version 4, which could not be loaded; ' +
        'npm install @huggingface/transformers, or give the module as "transformers"',
      { cause },
    )
  }
}
