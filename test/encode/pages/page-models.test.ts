// What the files of a model for pages decide: its kind, the side at which texts are cut, sizes and their defaults, and inputs.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createEncoder, type EncoderOptions } from '../../../src/encode/index.js'
import { pageKindOfFiles, pageKindOfName } from '../../../src/encode/pages/known-page-models.js'
import { fakePeer } from './fake-peer.js'
import { type PageKind, temporaryModels } from './temporary-models.js'

const modelOf = temporaryModels()

async function open(model: string, peer = fakePeer(), options: Partial<EncoderOptions> = {}) {
  return { encoder: await createEncoder({ model, transformers: peer.transformers, ...options }), ...peer }
}
const image = { data: new Uint8Array(12), width: 2, height: 2 }
const long = 'the '.repeat(100)
const idsIn = (call: { input_ids?: { data: unknown } }) => [...(call.input_ids!.data as BigInt64Array)]

describe('the kind of a model for pages', () => {
  it.each([
    ['Qdrant/ColPali-v1.3-fp16', 'colpali'],
    ['colpali', 'colpali'],
    ['vidore/colpali-v1.2', undefined],
    ['vidore/colpali-old', undefined],
    ['me/my-colpali', undefined],
    ['me/my-colpali-v1.3', undefined],
    ['C:\\models\\ColModernVBERT\\', 'colmodernvbert'],
    ['/models/colmodernvbert-2/', 'colmodernvbert'],
    ['me/my-colmodernvbert', undefined],
    ['', undefined],
  ])('is found in its name: %j', (name, kind) => {
    expect(pageKindOfName(name)).toBe(kind)
  })

  it.each([
    ['SiglipImageProcessor', undefined, 'colpali'],
    ['SiglipImageProcessorFast', 'paligemma', 'colpali'],
    ['Idefics3ImageProcessorFast', 'colmodernvbert', 'colmodernvbert'],
    [undefined, 'colpali', undefined],
  ])('is found by its processor: %s of the type %s', (image_processor_type, model_type, kind) => {
    expect(pageKindOfFiles('m', { image_processor_type }, { model_type })).toBe(kind)
  })

  it.each(['colqwen2', 'SmolVLM', 'idefics3', 'llava', 'clip'])(
    'is unknown if its type is %s',
    model_type => {
      for (const image_processor_type of ['SiglipImageProcessor', 'Idefics3ImageProcessor']) {
        expect(() => pageKindOfFiles('m', { image_processor_type }, { model_type })).toThrow(
          new RangeError(
            `"m" takes images with ${image_processor_type} of the model type ${model_type}; ` +
              'models for pages that can be run here: Qdrant/colmodernvbert, Qdrant/colpali-v1.3-fp16',
          ),
        )
      }
    },
  )

  it('is unknown with another processor, of whatever type', () => {
    expect(() => pageKindOfFiles('m', { image_processor_type: 'ViTImageProcessor' }, undefined)).toThrow(
      '"m" takes images with ViTImageProcessor; models for pages',
    )
  })
})

describe('a text that is too long', () => {
  const truncation = (direction: string) => ({
    truncation: { direction, max_length: 9, strategy: 'LongestFirst', stride: 0 },
  })
  // the last id of ColPali's frame is a line feed
  it.each<[string, object, object]>([
    ['left', { truncation_side: 'left' }, {}],
    ['left', {}, truncation('Left')],
    ['left', { truncation_side: 'left' }, truncation('Right')],
    ['left', { truncation_side: null }, truncation('Left')],
    ['right', { truncation_side: 'right' }, truncation('Left')],
    ['right', {}, truncation('Right')],
    ['right', {}, {}],
  ])('is cut on the %s side: %j, %j', async (side, config, tokenizer) => {
    const model = modelOf('colpali', { 'tokenizer_config.json': config, 'tokenizer.json': tokenizer })
    const { encoder, calls } = await open(model)
    await encoder.query(long)
    const ids = idsIn(calls[0]!)
    expect([ids.length, ids.at(-1) === 5n]).toEqual([64, side === 'left'])
  })

  it.each<[PageKind, number]>([
    ['colpali', 64],
    ['colmodernvbert', 40],
  ])('has more tokens than maxTokens, beyond which %s loses the end of its frame', async (kind, most) => {
    const { encoder } = await open(modelOf(kind, { 'tokenizer_config.json': { model_max_length: most } }))
    const lengths = [-1, 0, 1].map(more => {
      const text = Array(encoder.maxTokens + more)
        .fill('1')
        .join('')
      expect(encoder.documentTokens([text])[0]!.filter(({ special }) => !special)).toHaveLength(text.length)
      return encoder.documentTokens([text])[0]!.length
    })
    expect(lengths).toEqual([most - 1, most, most])
    expect(() => encoder.split('1', { length: encoder.maxTokens })).not.toThrow()
    expect(() => encoder.split('1', { length: encoder.maxTokens + 1 })).toThrow(RangeError)
  })

  it('is reported with its index among the documents, and with none as a query', async () => {
    const indices: unknown[] = []
    const onTruncate = ({ index }: { index: number | undefined }) => indices.push(index)
    const { encoder } = await open(modelOf('colpali'), undefined, { onTruncate })
    await encoder.documents(['a', long, long])
    await encoder.query(long)
    expect(indices).toEqual([1, 2, undefined])
  })
})

describe('the inputs of a model for pages', () => {
  it('need no attention mask', async () => {
    const { encoder, calls } = await open(modelOf('colpali'), fakePeer(['input_ids', 'pixel_values']))
    await encoder.query('the')
    expect(Object.keys(calls[0]!)).toEqual(['input_ids', 'pixel_values'])
  })

  it.each([
    [['input_ids', 'pixel_values', 'position_ids']],
    [['attention_mask', 'pixel_values']],
    [['input_ids', 'attention_mask']],
  ])('are refused if one is unknown or missing: %j', async names => {
    const peer = fakePeer(names)
    await expect(open(modelOf('colpali'), peer)).rejects.toThrow(
      `of a model for pages, got ${names.map(name => `"${name}"`).join(', ')}; use the ONNX file of this model`,
    )
    expect(peer.state.disposals).toBe(1)
  })
})

it.each([
  ['colpali', { fp32: 'model.onnx' }, { externalData: true }],
  ['colmodernvbert', { fp32: 'model_v2.onnx' }, {}],
] as const)(
  'the encoder of %s says how its model is used: every row is kept as it is',
  async (kind, files, more) => {
    const model = modelOf(kind)
    const { encoder } = await open(model)
    expect([encoder.model, encoder.type, encoder.dim]).toEqual([model, 'colbert', 128])
    expect(encoder.settings).toEqual({
      ...{ type: 'colbert', dim: 128, countsMarker: false, attendsToMask: false, skipsPunctuation: false },
      ...{ skipsPadding: false, skipsSpecial: false, normalizes: { query: false, document: false } },
      ...{ files, ...more },
    })
  },
)

describe('ColPali', () => {
  it('needs no config.json, and has its prompt behind 32 x 32 patches', async () => {
    const model = modelOf('colpali')
    rmSync(join(model, 'config.json'))
    const { encoder } = await open(model)
    const [encoded] = await encoder.images([image])
    const texts = encoded!.rows.flatMap(row => (row.type === 'text' ? [row.text] : []))
    expect(texts).toEqual(['<bos>', 'Describe', ' the', ' image', '.', '\n'])
    expect(encoded!.rows.findIndex(({ type }) => type === 'text')).toBe(1024)
  })

  it('takes images of whole patches only', async () => {
    const withSize = (width: number, height = width) =>
      open(modelOf('colpali', { 'preprocessor_config.json': { size: { width, height } } }))
    const { encoder, calls } = await withSize(64)
    await encoder.images([image])
    expect(calls[0]!.pixel_values!.dims).toEqual([1, 3, 64, 64])
    await expect(withSize(65)).rejects.toThrow('expected a square of 32 x 32 patches, got 65 x 65')
  })
})

describe('ColModernVBERT', () => {
  it('has tiles and an empty image of 512 pixels and 64 rows, if its files name none', async () => {
    const model = modelOf('colmodernvbert', {
      'preprocessor_config.json': { max_image_size: undefined, do_image_splitting: false },
      'processor_config.json': { image_seq_len: undefined },
      'config.json': { vision_config: undefined },
    })
    const { encoder, calls } = await open(model)
    const [encoded] = await encoder.images([image])
    await encoder.query('the')
    expect(calls.map(({ pixel_values }) => pixel_values!.dims)).toEqual(Array(2).fill([1, 1, 3, 512, 512]))
    expect(encoded!.layout).toMatchObject({ side: 8, tiles: { rows: 0, columns: 0 } })
    expect(encoded!.rows.filter(({ type }) => type === 'patch')).toHaveLength(64)
  })

  it('makes one tile of an image unless its files say that it is split', async () => {
    for (const [do_image_splitting, tiles] of [
      [true, 17],
      [false, 1],
      [undefined, 1],
    ] as const) {
      const changes = { 'preprocessor_config.json': { do_image_splitting } }
      const { encoder, calls } = await open(modelOf('colmodernvbert', changes))
      await encoder.images([image])
      expect(calls[0]!.pixel_values!.dims, String(do_image_splitting)).toEqual([1, tiles, 3, 64, 64])
    }
  })

  it('needs the longest edge of an image', async () => {
    const model = modelOf('colmodernvbert', { 'preprocessor_config.json': { size: {} } })
    await expect(open(model)).rejects.toThrow(
      `${model}/preprocessor_config.json expected a whole number from 1 to 65536 as "size.longest_edge", got undefined`,
    )
  })
})

it('calls with unknown options, and layouts after dispose, are refused', async () => {
  const { encoder } = await open(modelOf('colpali'))
  const unknown = { length: 3, lenght: 3 } as object
  await expect(encoder.query('x', unknown)).rejects.toThrow('unknown option "options.length"')
  await expect(encoder.documents(['x'], unknown)).rejects.toThrow('unknown option "options.length"')
  expect(() => encoder.split('x', unknown)).toThrow('unknown option "options.lenght"')
  await encoder.dispose()
  expect(() => encoder.imageLayout(image)).toThrow('"encoder" was disposed')
})
