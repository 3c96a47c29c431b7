// Loading an ONNX file with a fake of transformers.js: which files are tried, weights in a second file, progress,
// cancellation; and the runs of a loaded model.

import { describe, expect, it } from 'vitest'
import { type Disk, openDisk } from '../../src/encode/model/files/disk.js'
import type { ModelLocation } from '../../src/encode/model/files/model-location.js'
import { type ModelSettings, TOKEN_ROWS } from '../../src/encode/model/known-models.js'
import { loadOnnx, type SessionOptions } from '../../src/encode/model/load-session.js'
import { recordRuns } from '../../src/encode/model/model-runs.js'
import { createSession } from '../../src/encode/model/model-session.js'
import {
  type LoadedModel,
  type LoadingOptions,
  loadTransformers,
  type ModelTensor,
  type TransformersPeer,
} from '../../src/encode/model/transformers.js'

const disk: Disk = (await openDisk())!
/** A model of the hub, without a cache folder. */
const onHub: ModelLocation = { type: 'name', model: 'some/model', folder: undefined, disk }
const inBrowser: ModelLocation = { ...onHub, disk: undefined }
const onPage: ModelLocation = { type: 'folder', model: '/models/mine', folder: undefined, disk: undefined }

const missing = new Error('Could not locate file: "https://hub.invalid/…"')
const external = new Error('Failed to load external data file "model.onnx_data"')
const reason = new Error('the user has left')

/** Lets everything run that does not wait for something else. */
const settle = () => new Promise(resolve => setImmediate(resolve))

interface Scene {
  readonly location?: ModelLocation
  readonly settings?: ModelSettings
  readonly options?: Partial<SessionOptions>
  /** Loads a file, as transformers.js does. */
  readonly load?: (file: string, options: LoadingOptions) => unknown
  /** Whether the server has the files of external data. */
  readonly hasData?: boolean
}

/** Starts to load a model. `tried` has the files, with + if their weights are in a second file. */
function start({ location = onHub, settings = TOKEN_ROWS, options, load, hasData = false }: Scene) {
  const state = { tried: [] as string[], requests: [] as string[], disposals: 0 }
  const loaded = Object.assign(async () => ({}), {
    sessions: {},
    dispose: async () => {
      state.disposals++
    },
  })
  const transformers = {
    AutoModel: {
      async from_pretrained(_: string, loading: LoadingOptions) {
        const file = `${loading.subfolder ? `${loading.subfolder}/` : ''}${loading.model_file_name}.onnx`
        state.tried.push(loading.use_external_data_format ? `${file}+` : file)
        await load?.(file, loading)
        return loaded
      },
    },
    env: {
      remoteHost: 'https://hub.invalid/',
      remotePathTemplate: '{model}/resolve/{revision}/',
      localModelPath: '/none',
      allowRemoteModels: true,
      fetch: async (url: string, init?: RequestInit) => {
        state.requests.push(`${init?.method ?? 'GET'} ${url}`)
        return new Response(null, { status: hasData ? 200 : 404 })
      },
    },
  } as unknown as TransformersPeer
  const loading = loadOnnx({
    transformers,
    location,
    settings,
    config: {},
    options: {
      ...{
        dtype: undefined,
        device: undefined,
        cacheDir: undefined,
        revision: 'main',
        localFilesOnly: false,
      },
      ...{ forbiddenBy: '"localFilesOnly"', signal: undefined, onProgress: undefined },
      ...options,
    },
  })
  return { loading, state }
}

const DATA = 'HEAD https://hub.invalid/some/model/resolve/main/onnx/model.onnx_data'

describe('the files of a dtype on the hub', () => {
  it('are tried in order until one exists', async () => {
    const { loading, state } = start({
      options: { dtype: 'q8' },
      load: file => {
        if (!file.includes('int8')) throw missing
      },
    })
    expect((await loading).file).toBe('onnx/model_int8.onnx')
    expect(state.tried).toEqual(['onnx/model_quantized.onnx', 'model_quantized.onnx', 'onnx/model_int8.onnx'])
  })

  it('are all named if none exists', async () => {
    const { loading, state } = start({
      load: () => {
        throw missing
      },
    })
    await expect(loading).rejects.toThrow(
      'onnx/model.onnx of "some/model", model.onnx of "some/model" is not on the hub; pass another dtype, or set its path in ' +
        `"settings.files" (${missing.message})`,
    )
    expect(state.tried).toEqual(['onnx/model.onnx', 'model.onnx'])
  })

  it('are not tried after one that cannot be loaded', async () => {
    const cause = new Error('out of memory')
    const { loading, state } = start({
      load: () => {
        throw cause
      },
    })
    const error = await loading.catch((error: Error) => error)
    expect(error).toBeInstanceOf(RangeError)
    expect(error).toMatchObject({
      message:
        'onnx/model.onnx of "some/model" cannot be loaded (out of memory): it may be incomplete or not an ONNX file; ' +
        "clear the browser's cache and try again",
      cause,
    })
    expect(state.tried).toEqual(['onnx/model.onnx'])
  })
})

describe('loading that is cancelled', () => {
  it('loads nothing if the signal is aborted before', async () => {
    for (const location of [onHub, inBrowser]) {
      const { loading, state } = start({ location, options: { signal: AbortSignal.abort(reason) } })
      await expect(loading).rejects.toBe(reason)
      await settle()
      expect([state.tried, state.requests]).toEqual([[], []])
    }
  })

  it('rejects at once, and frees the model that is loaded nevertheless', async () => {
    const controller = new AbortController()
    let finish = () => {}
    const gate = new Promise<void>(resolve => {
      finish = resolve
    })
    const { loading, state } = start({ options: { signal: controller.signal }, load: () => gate })
    controller.abort(reason)
    await expect(loading).rejects.toBe(reason)
    expect(state).toMatchObject({ tried: ['onnx/model.onnx'], disposals: 0 })
    finish()
    await settle()
    expect(state).toMatchObject({ tried: ['onnx/model.onnx'], disposals: 1 })
  })

  it.each([
    ['is missing', missing],
    ['needs a second file', external],
  ])('tries nothing else after a file that %s', async (_, error) => {
    const controller = new AbortController()
    const { loading, state } = start({
      options: { signal: controller.signal },
      load: () => {
        controller.abort(reason)
        throw error
      },
      hasData: true,
    })
    await expect(loading).rejects.toBe(reason)
    await settle()
    expect(state).toMatchObject({ tried: ['onnx/model.onnx'], requests: [], disposals: 0 })
  })
})

describe('weights in a second file', () => {
  const needsData = (_: string, options: LoadingOptions) => {
    if (!options.use_external_data_format) throw external
  }

  it('are loaded if the ONNX file asks for them, and the hub has them', async () => {
    const { loading, state } = start({ load: needsData, hasData: true })
    expect((await loading).file).toBe('onnx/model.onnx')
    expect(state).toMatchObject({ tried: ['onnx/model.onnx', 'onnx/model.onnx+'], requests: [DATA] })
  })

  it('are named with a remedy if the hub does not have them', async () => {
    const { loading, state } = start({ load: needsData })
    await expect(loading).rejects.toThrow(
      `onnx/model.onnx of "some/model" cannot be loaded (${external.message}): its weights are in a second file, which is ` +
        'missing or incomplete; of a model on the hub only onnx/model.onnx_data is downloaded: if its name is another one, ' +
        "pass the model's folder",
    )
    expect(state).toMatchObject({ tried: ['onnx/model.onnx'], requests: [DATA] })
  })

  it('are loaded at once if the settings say so', async () => {
    const { loading, state } = start({ settings: { ...TOKEN_ROWS, externalData: true }, load: needsData })
    await loading
    expect(state).toMatchObject({ tried: ['onnx/model.onnx+'], requests: [] })
  })

  it.each([true, false])('are looked for before a browser loads a model: %s', async hasData => {
    const { loading, state } = start({ location: inBrowser, hasData })
    await loading
    expect(state).toMatchObject({
      tried: [hasData ? 'onnx/model.onnx+' : 'onnx/model.onnx'],
      requests: [DATA],
    })
  })

  it('are not looked for after another error', async () => {
    const { loading, state } = start({
      hasData: true,
      load: () => {
        throw new Error('out of memory')
      },
    })
    await expect(loading).rejects.toThrow('out of memory')
    expect(state.requests).toEqual([])
  })
})

it('a package that is not installed is named, with how to install it', async () => {
  await expect(loadTransformers('no-such-package')).rejects.toMatchObject({
    name: 'MissingPackageError',
    packageName: 'no-such-package',
    message: expect.stringMatching(
      /^createEncoder needs the package no-such-package; install it with: npm install no-such-package, and in a bundled program pass the module as the option "transformers" \(.+\)$/s,
    ),
  })
})

describe('the options of transformers.js', () => {
  const optionsOf = async (scene: Scene) => {
    const seen: LoadingOptions[] = []
    await start({ ...scene, load: (_, options) => seen.push(options) }).loading
    return seen[0]!
  }

  it('forbid downloads for a folder, and for a name only if the caller does', async () => {
    expect((await optionsOf({ location: onPage })).local_files_only).toBe(true)
    expect((await optionsOf({})).local_files_only).toBe(false)
    expect((await optionsOf({ options: { localFilesOnly: true } })).local_files_only).toBe(true)
  })

  it('report the progress of downloads, and end them if the caller cancels', async () => {
    const reportedOf = async (location: ModelLocation) => {
      const reported: unknown[] = []
      const { progress_callback: report } = await optionsOf({
        location,
        options: { onProgress: progress => reported.push(progress) },
      })
      report!({ status: 'initiate', file: 'onnx/model.onnx' })
      report!({ status: 'progress', file: '/onnx/model.onnx', loaded: 5, total: 10 })
      report!({ status: 'progress' })
      report!({ status: 'done', file: 'onnx/model.onnx' })
      return reported
    }
    const expected = [
      { file: 'onnx/model.onnx', loaded: 5, total: 10 },
      { file: '', loaded: 0, total: 0 },
    ]
    expect(await reportedOf(onHub)).toEqual(expected)
    // the files of a page's folder are downloaded from its server
    expect(await reportedOf(onPage)).toEqual(expected)
    const controller = new AbortController()
    const { progress_callback: report } = await optionsOf({ options: { signal: controller.signal } })
    report!({ status: 'progress' })
    controller.abort(reason)
    expect(() => report!({ status: 'progress' })).toThrow(reason)
  })
})

/** A model whose runs return `outputs`, or what `run` returns. */
function modelOf(
  inputNames: readonly string[],
  run: (inputs: Readonly<Record<string, ModelTensor>>) => Readonly<Record<string, ModelTensor>>,
  outputNames: readonly string[] = ['rows'],
) {
  const state = { isFreed: false }
  const model: LoadedModel = Object.assign(async (inputs: Parameters<typeof run>[0]) => run(inputs), {
    sessions: { model: { inputNames, outputNames } },
    dispose: async () => {
      await settle()
      state.isFreed = true
    },
  })
  return { model, state }
}

const tensors = {
  Tensor: class {
    constructor(
      readonly type: string,
      readonly data: unknown,
      readonly dims: number[],
    ) {}
  },
} as unknown as TransformersPeer
const source = { location: onHub, file: 'model.onnx', dim: undefined }
const batch = {
  count: 2,
  length: 3,
  ids: Int32Array.of(5, 6, 7, 8, 9, 0),
  attention: Int32Array.of(1, 1, 1, 1, 1, 0),
}
const rowsOf = (dims: readonly number[]): ModelTensor => ({
  type: 'float32',
  dims,
  data: new Float32Array(dims.reduce((product, size) => product * size, 1)),
})

describe('a loaded model', () => {
  it('receives 64-bit integers if it does not say what it takes, and only the inputs that it has', async () => {
    const seen: Readonly<Record<string, ModelTensor>>[] = []
    for (const names of [
      ['input_ids'],
      ['input_ids', 'attention_mask'],
      ['input_ids', 'attention_mask', 'token_type_ids'],
    ]) {
      const { model } = modelOf(names, inputs => {
        seen.push(inputs)
        return { rows: rowsOf([2, 3, 1]) }
      })
      await (await createSession(tensors, model, source)).run(batch)
      expect(Object.keys(seen.at(-1)!)).toEqual(names)
    }
    const tensor = (...data: bigint[]) => ({ type: 'int64', data: BigInt64Array.from(data), dims: [2, 3] })
    expect(seen.at(-1)).toEqual({
      input_ids: tensor(5n, 6n, 7n, 8n, 9n, 0n),
      attention_mask: tensor(1n, 1n, 1n, 1n, 1n, 0n),
      token_type_ids: tensor(0n, 0n, 0n, 0n, 0n, 0n),
    })
  })

  it.each([
    [['pixel_values'], '"pixel_values"'],
    [['attention_mask'], '"attention_mask"'],
    [['input_ids', 'decoder_ids'], '"input_ids", "decoder_ids"'],
  ])('with the inputs %j is refused, and freed before', async (names, got) => {
    const { model, state } = modelOf(names, () => ({}))
    await expect(createSession(tensors, model, source)).rejects.toThrow(
      new RangeError(
        'model.onnx of "some/model" expected the inputs "input_ids", "attention_mask" and optionally "token_type_ids" of a ' +
          `text encoder, got ${got}; export the model for feature extraction`,
      ),
    )
    expect(state.isFreed).toBe(true)
  })

  it.each([
    [[2, 4], 'of 2 x 4'],
    [[3, 2, 4], 'of 3 x 2 x 4'],
    [[2, 2, 4], 'of 2 x 2 x 4'],
    [[1, 3, 4], 'of 1 x 3 x 4'],
    [[2, 3, 4, 1], 'of 2 x 3 x 4 x 1'],
  ])('without a row for each token is refused: an output of %j', async (dims, got) => {
    const { model } = modelOf(['input_ids'], () => ({ rows: rowsOf(dims) }))
    const session = await createSession(tensors, model, source)
    await expect(session.run(batch)).rejects.toThrow(
      new RangeError(
        `model.onnx of "some/model" expected an output with a row for each of 2 x 3 tokens, got "rows" ${got}; ` +
          'export the model without pooling',
      ),
    )
  })

  const dynamic =
    'export the model with dynamic batch size and length; a model for one text at a time needs batchTokens: 1'
  const other =
    'if ids exceed its embedding table, tokenizer.json belongs to another model; if there are more tokens than the model ' +
    'accepts, lower maxQueryTokens or maxDocumentTokens'
  it.each([
    ['Got invalid dimensions for input: input_ids', dynamic],
    ['Shape mismatch attempting to re-use buffer', dynamic],
    ['indices element out of data bounds', other],
  ])('that fails names the batch and a remedy: %s', async (message, remedy) => {
    const cause = new Error(message)
    const { model } = modelOf(['input_ids'], () => {
      throw cause
    })
    const session = await createSession(tensors, model, source)
    await expect(session.run(batch)).rejects.toMatchObject({
      message: `model.onnx of "some/model" could not encode 2 x 3 tokens (${message}); ${remedy}`,
      cause,
    })
  })

  it.each(['aborted', 6_291_456])('that fails with %j, which is no error, names it', async cause => {
    const { model } = modelOf(['input_ids'], () => {
      throw cause
    })
    const session = await createSession(tensors, model, source)
    await expect(session.run(batch)).rejects.toMatchObject({
      message: `model.onnx of "some/model" could not encode 2 x 3 tokens (${cause}); ${other}`,
      cause,
    })
  })

  it('is freed after all runs under way, also if one of them fails', async () => {
    const order: string[] = []
    const gates = [0, 1].map(() => {
      let [resolve, reject]: [() => void, (error: Error) => void] = [() => {}, () => {}]
      const promise = new Promise<void>((...both) => {
        ;[resolve, reject] = both
      })
      return { promise, resolve, reject }
    })
    const dispose = async () => void order.push('freed')
    const runs = recordRuns({ dispose }, async (i: number) => {
      await gates[i]!.promise
      order.push(`run ${i}`)
    })
    const [first, second] = [runs.run(0), runs.run(1)]
    const freed = runs.dispose()
    gates[0]!.reject(new Error('out of memory'))
    await expect(first).rejects.toThrow('out of memory')
    await settle()
    expect(order).toEqual([])
    gates[1]!.resolve()
    await second
    await freed
    expect(order).toEqual(['run 1', 'freed'])
  })

  it('that cannot be freed rejects', async () => {
    const dispose = async () => {
      throw new Error('the device is lost')
    }
    await expect(recordRuns({ dispose }, async () => 1).dispose()).rejects.toThrow('the device is lost')
  })
})
