// Which ONNX files are tried for a model and a dtype, and the remedy if the hub lacks all of them.

import { posix } from 'node:path'
import { expect, it } from 'vitest'
import type { ModelLocation } from '../../src/encode/model/files/model-location.js'
import { loadError, onnxCandidates } from '../../src/encode/model/files/onnx-file.js'
import {
  type ModelDtype,
  type ModelSettings,
  settingsOf,
  TOKEN_ROWS,
} from '../../src/encode/model/known-models.js'

const onHub = (model: string): ModelLocation => ({ type: 'name', model, folder: undefined, disk: undefined })

it.each<[dtype: ModelDtype | undefined, ends: string[]]>([
  [undefined, ['']],
  ['fp32', ['']],
  ['fp16', ['_fp16']],
  ['q8', ['_quantized', '_int8', '_uint8']],
  ['int8', ['_int8']],
  ['uint8', ['_uint8']],
])('the files of dtype %s have the ends %j, in the folder onnx or beside it', (dtype, ends) => {
  const files = ends.flatMap(end => [`onnx/model${end}.onnx`, `model${end}.onnx`])
  expect(onnxCandidates(onHub('a/b'), TOKEN_ROWS, dtype)).toEqual(files)
})

it('the only ONNX file of a folder is taken whatever its name, unless a dtype is asked for', () => {
  const disk = { path: posix, fs: { statSync: () => undefined, readdirSync: () => ['a/b.onnx', 'a.json'] } }
  const inFolder = { type: 'folder', model: '/m', folder: '/m', disk } as unknown as ModelLocation
  expect(onnxCandidates(inFolder, TOKEN_ROWS, undefined)).toEqual(['a/b.onnx'])
  expect(() => onnxCandidates(inFolder, TOKEN_ROWS, 'int8')).toThrow(
    new RangeError(
      '/m has no ONNX file of dtype "int8": expected onnx/model_int8.onnx or model_int8.onnx, found a/b.onnx',
    ),
  )
})

it.each([
  ['colbert-ir/colbertv2.0', ['model.onnx', 'onnx/model.onnx']],
  ['ColBERT-IR/ColBERTv2.0', ['model.onnx', 'onnx/model.onnx']],
  ['answerdotai/answerai-colbert-small-v1', ['vespa_colbert.onnx', 'onnx/model.onnx', 'model.onnx']],
  ['jinaai/jina-colbert-v2', ['onnx/model.onnx', 'model.onnx']],
])('the file of the known model %s is tried first', (name, files) => {
  expect(onnxCandidates(onHub(name), settingsOf(name)!, undefined)).toEqual(files)
})

it.each<[model: string, settings: ModelSettings, remedy: string]>([
  [
    'mixedbread-ai/mxbai-edge-colbert-v0-32m',
    TOKEN_ROWS,
    'use lightonai/mxbai-edge-colbert-v0-32m-onnx, which has one',
  ],
  [
    'lightonai/answerai-colbert-small-v1',
    TOKEN_ROWS,
    'use lightonai/answerai-colbert-small-v1-onnx, which has one',
  ],
  ['lightonai/colbertv2.0', TOKEN_ROWS, 'use colbert-ir/colbertv2.0, which has one'],
  ['a/b', TOKEN_ROWS, 'pass another dtype'],
  ['a/b', { ...TOKEN_ROWS, files: { fp32: 'x.onnx' } }, 'use the known dtype fp32 (x.onnx)'],
])('a model on the hub without an ONNX file has a remedy: %s', (model, settings, remedy) => {
  const files = onnxCandidates(onHub(model), TOKEN_ROWS, 'int8')
  const error = loadError(new Error('Could not locate file'), {
    ...{ location: onHub(model), file: files[0]!, files, settings, device: undefined },
    ...{ localFilesOnly: false, forbiddenBy: '', remoteHost: 'https://hub' },
  })
  expect(error).toBeInstanceOf(RangeError)
  expect(error.message).toBe(
    `onnx/model_int8.onnx of "${model}", model_int8.onnx of "${model}" is not on the hub; ${remedy}, ` +
      'or set its path in "settings.files" (Could not locate file)',
  )
})

const folder = {
  type: 'folder',
  model: '/m',
  folder: '/m',
  disk: { path: posix, fs: { statSync: () => ({ size: 9 }) } },
} as unknown as ModelLocation
const cached: ModelLocation = { ...folder, type: 'name', model: 'a/b', folder: '/cache/a/b' }
const onPage: ModelLocation = { type: 'folder', model: '/m', folder: undefined, disk: undefined }
const incomplete = 'its weights are in a second file, which is missing or incomplete; '
const unloadable = 'it may be incomplete or not an ONNX file; '

it.each<[reason: string, location: ModelLocation, device: string | undefined, message: string]>([
  [
    'Unsupported device: "wasm"',
    folder,
    'wasm',
    '"device" "wasm" is not available: Unsupported device: "wasm"',
  ],
  ['no GPU adapter', folder, 'webgpu', '"device" "webgpu" is not available: no GPU adapter'],
  [
    'no GPU adapter',
    folder,
    'cpu',
    `/m/model.onnx, 9 bytes, cannot be loaded (no GPU adapter): ${unloadable}replace it by a complete file`,
  ],
  [
    'bad',
    cached,
    undefined,
    `model.onnx of "a/b", 9 bytes, cannot be loaded (bad): ${unloadable}delete /cache/a/b/model.onnx and try again`,
  ],
  [
    'bad',
    onHub('a/b'),
    undefined,
    `model.onnx of "a/b" cannot be loaded (bad): ${unloadable}clear the browser's cache and try again`,
  ],
  [
    'Could not locate file',
    onPage,
    undefined,
    '/m/model.onnx does not exist; a model needs config.json, tokenizer.json and an ONNX file',
  ],
  [
    'external data',
    folder,
    undefined,
    `/m/model.onnx cannot be loaded (external data): ${incomplete}put the complete file beside it`,
  ],
  [
    'external data',
    cached,
    undefined,
    `model.onnx of "a/b" cannot be loaded (external data): ${incomplete}of a model on the hub only model.onnx_data is ` +
      "downloaded: if its name is another one, pass the model's folder",
  ],
])('an ONNX file is not loaded because of %j', (reason, location, device, message) => {
  const cause = new Error(reason)
  const error = loadError(cause, {
    ...{ location, file: 'model.onnx', files: ['model.onnx'], settings: TOKEN_ROWS, device },
    ...{ localFilesOnly: false, forbiddenBy: '', remoteHost: 'https://hub' },
  })
  expect(error).toBeInstanceOf(RangeError)
  expect(error).toMatchObject({ message, cause })
})

it('an ONNX file that must not be downloaded is named with what forbids it', () => {
  const error = loadError(new Error('file was not found locally'), {
    ...{ location: onHub('a/b'), file: 'model.onnx', files: ['onnx/model.onnx', 'model.onnx'] },
    ...{ settings: TOKEN_ROWS, device: undefined, remoteHost: 'https://hub' },
    ...{ localFilesOnly: true, forbiddenBy: 'HF_HUB_OFFLINE' },
  })
  expect(error.message).toBe(
    'onnx/model.onnx of "a/b", model.onnx of "a/b" is not in the cache, and HF_HUB_OFFLINE forbids its download; ' +
      'allow it, or pass the folder of a model',
  )
})

it.each(['fetch failed', 'network error', 'terminated', 'Headers Timeout'])(
  'an ONNX file whose download breaks is named with the host: %s',
  reason => {
    const cause = new Error(reason, { cause: new Error('getaddrinfo') })
    const error = loadError(cause, {
      ...{ location: onHub('a/b'), file: 'model.onnx', files: ['model.onnx'], settings: TOKEN_ROWS },
      ...{ device: undefined, localFilesOnly: false, forbiddenBy: '', remoteHost: 'https://hub' },
    })
    // another attempt may succeed, so it is not the argument that is wrong
    expect(error).not.toBeInstanceOf(RangeError)
    expect(error).toMatchObject({
      message:
        `model.onnx of "a/b" could not be downloaded from https://hub: ${reason}: getaddrinfo; check the network, ` +
        'or pass the folder of a model',
      cause,
    })
  },
)
