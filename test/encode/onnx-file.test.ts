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
