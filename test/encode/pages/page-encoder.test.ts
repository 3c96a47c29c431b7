// The encoders of pages on a fake of transformers.js, whose model returns for each token the row [id, position, 0, …]. What
// reaches the model is compared with what FastEmbed passes to it (fixtures/, made by ../models/pages/make_unit_fixtures.py).
// test/encode/models/pages.test.ts runs real models.

import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { createEncoder, type EncoderOptions, patchAt } from '../../../src/encode/index.js'
import { frameText } from '../../../src/encode/pages/framed-text.js'
import { loadPixelKernel } from '../../../src/kernel/pixels/pixel-kernel.js'
import { resizeImage } from '../../support/resize-image.js'
import { fakePeer } from './fake-peer.js'
import { type PageKind, temporaryModels } from './temporary-models.js'

const fixtures = fileURLToPath(new URL('./fixtures', import.meta.url))

interface Item {
  readonly size?: readonly [number, number]
  readonly query?: string
  readonly length: number
  readonly ids: string
  readonly shape: readonly number[]
  readonly pixels: string
}

const expected = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8')) as {
  readonly pillow: string
  readonly resizes: readonly (readonly [1 | 2 | 3 | 4 | 5, number, number, number, number, string])[]
  readonly models: Readonly<Record<'colpali' | 'colmodernvbert', readonly Item[]>>
}

const hashOf = (bytes: NodeJS.ArrayBufferView) =>
  createHash('sha256').update(bytes).digest('hex').slice(0, 16)

/** An image whose bytes follow from their index, as in the script. */
function imageOf(width: number, height: number) {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const mixed = (BigInt(i) * 2654435761n + BigInt(Math.floor(i / 97)) * 40503n) % 2n ** 32n
    return Number(mixed >> 24n)
  })
  return { data, width, height }
}

const root = mkdtempSync(join(tmpdir(), 'maxsimd-pages-'))
afterAll(() => rmSync(root, { recursive: true }))
const modelOf = temporaryModels()

const create = async (kind: PageKind, options: Partial<EncoderOptions> = {}) => {
  const peer = fakePeer()
  const encoder = await createEncoder({ model: modelOf(kind), transformers: peer.transformers, ...options })
  return { encoder, ...peer }
}

it('images are resized as by Pillow 13, bit for bit', async () => {
  const kernel = await loadPixelKernel()
  expect(expected.pillow).toMatch(/^13\./)
  for (const [filter, width, height, newWidth, newHeight, hash] of expected.resizes) {
    const { data } = resizeImage(kernel, imageOf(width, height), [newWidth, newHeight], filter)
    expect(hashOf(data), `${width} x ${height} to ${newWidth} x ${newHeight} by ${filter}`).toBe(hash)
  }
})

describe.each(['colpali', 'colmodernvbert'] as const)('the encoder of %s', kind => {
  it('passes the ids and the pixels of FastEmbed to the model', async () => {
    const { encoder, calls } = await create(kind, { emptyText: 'encode' })
    for (const { size, query, length, ids, shape, pixels } of expected.models[kind]) {
      const name = size?.join(' x ') ?? query!
      if (size) await encoder.images([imageOf(...size)])
      else await encoder.query(query!)
      const { input_ids, attention_mask, pixel_values } = calls.pop()!
      const found = Int32Array.from(input_ids!.data as BigInt64Array, Number)
      expect([input_ids!.dims, hashOf(found)], name).toEqual([[1, length], ids])
      expect([...(attention_mask!.data as BigInt64Array)], name).toEqual(Array(length).fill(1n))
      expect([pixel_values!.dims, hashOf(pixel_values!.data as Float32Array)], name).toEqual([shape, pixels])
    }
  })

  it('names an image that needs more memory than WebAssembly has', async () => {
    const { encoder } = await create(kind)
    // the first image has its memory already
    await encoder.images([imageOf(9, 7)])
    const grow = vi.spyOn(WebAssembly.Memory.prototype, 'grow').mockImplementation(() => {
      throw new RangeError('no memory')
    })
    try {
      const image = { ...imageOf(900, 700), name: 'scan.png' }
      await expect(encoder.images([imageOf(9, 7), image])).rejects.toMatchObject({
        name: 'ImageError',
        message: '"images[1]" (scan.png) needs more memory than WebAssembly has; scale it down',
        index: 1,
        reason: 'pixels',
      })
    } finally {
      grow.mockRestore()
    }
  })

  it('says of each row what it is', async () => {
    const { encoder, calls } = await create(kind)
    const [image] = await encoder.images([imageOf(90, 70)])
    const { rows, layout, data, dim } = image!
    expect([rows.length, data.length, layout.rows]).toEqual([
      data.length / dim,
      rows.length * 128,
      rows.length,
    ])
    const imageId = kind === 'colpali' ? 257_152n : undefined
    const ids = [...(calls[0]!.input_ids!.data as BigInt64Array)]
    const patchId = imageId ?? ids[layout.starts[0]!]
    for (const [i, row] of rows.entries()) {
      expect(row.type, `row ${i}`).toBe(ids[i] === patchId ? 'patch' : 'text')
      const patch = patchAt(layout, i)
      expect(row).toEqual(
        patch ? { type: 'patch', ...patch } : { type: 'text', text: expect.stringMatching(/^.+$/s) },
      )
    }
    expect([layout.width, layout.height]).toEqual([90, 70])
  })

  it('takes texts as queries, also as documents, and says what their tokens are', async () => {
    const { encoder } = await create(kind)
    const text = 'the total'
    const query = await encoder.query(text)
    const [document] = await encoder.documents([text])
    expect(document).toEqual(query)
    expect(encoder.documentTokens([text])[0]).toEqual(query.tokens)
    expect(
      query.tokens
        .filter(({ special }) => !special)
        .map(({ start, end }) => text.slice(start, end))
        .join(''),
    ).toBe('the total')
    expect(encoder.split(text)).toEqual([{ text, start: 0, end: 9 }])
    expect([encoder.takesImages, encoder.type, encoder.dim]).toEqual([true, 'colbert', 128])
  })

  it('cuts a long text as a whole, reports it, or refuses it', async () => {
    const long = 'the table '.repeat(2000)
    const cut: unknown[] = []
    const { encoder } = await create(kind, { onTruncate: truncation => cut.push(truncation) })
    const { truncated, tokens } = await encoder.query(long)
    expect(truncated!.kept).toBeLessThan(truncated!.tokens)
    expect(cut).toEqual([{ index: undefined, ...truncated }])
    expect(tokens.length).toBe(kind === 'colpali' ? 64 : 8192)
    const strict = await create(kind, { longText: 'error' })
    await expect(strict.encoder.query(long)).rejects.toThrow(
      `"text" has ${truncated!.tokens} tokens, more than the ${truncated!.kept} that the model accepts; shorten it, or pass longText: 'cut' to createEncoder`,
    )
    await expect(strict.encoder.documents(['x', ''])).rejects.toThrow(
      `"texts[1]" has no tokens: ""; remove such texts, or pass emptyText: 'encode' to createEncoder`,
    )
  })

  it('ends a call whose signal is aborted while the model runs', async () => {
    const { encoder, state } = await create(kind)
    const reason = new Error('enough')
    for (const call of [
      (signal: AbortSignal) => encoder.query('x', { signal }),
      (signal: AbortSignal) => encoder.documents(['x'], { signal }),
      (signal: AbortSignal) => encoder.images([imageOf(2, 2)], { signal }),
    ]) {
      const controller = new AbortController()
      state.onRun = () => controller.abort(reason)
      await expect(call(controller.signal)).rejects.toBe(reason)
    }
  })

  it('refuses what it cannot use', async () => {
    const { encoder, state } = await create(kind)
    await expect(encoder.images('a.png' as never)).rejects.toThrow(
      '"images" expected an array of images, got string',
    )
    await expect(encoder.images([], { size: 3 } as never)).rejects.toThrow(
      'unknown option "options.size"; valid options of images: signal, onProgress, orient, maxPixels',
    )
    await expect(encoder.images([imageOf(9, 9)], { maxPixels: 80 })).rejects.toThrow(
      '"images[0]" has 9 x 9 pixels, more than 80; scale it down, or raise "maxPixels"',
    )
    await expect(
      encoder.images([imageOf(2, 2)], { signal: AbortSignal.abort(new Error('enough')) }),
    ).rejects.toThrow('enough')
    await encoder.dispose()
    expect(state.disposals).toBe(1)
    for (const call of [
      () => encoder.images([]),
      () => encoder.query('x'),
      () => encoder.documents(['x']),
      async () => encoder.documentTokens(['x']),
      async () => encoder.split('x'),
    ]) {
      await expect(call()).rejects.toThrow('"encoder" was disposed; create a new one with createEncoder()')
    }
  })
})

describe('a model for pages is refused', () => {
  const refusal = async (model: string, peer = fakePeer()) =>
    createEncoder({ model, transformers: peer.transformers }).then(
      () => 'accepted',
      (error: Error) => error.message,
    )

  it('if it takes images in a way that is not known', async () => {
    const model = modelOf('colpali', {
      'preprocessor_config.json': { image_processor_type: 'Qwen2VLImageProcessor' },
    })
    expect(await refusal(model)).toBe(
      `"${model}" takes images with Qwen2VLImageProcessor of the model type colpali; ` +
        'models for pages that can be run here: Qdrant/colmodernvbert, Qdrant/colpali-v1.3-fp16',
    )
  })

  it('if a file is missing or has other settings', async () => {
    const model = modelOf('colmodernvbert')
    rmSync(join(model, 'processor_config.json'))
    expect(await refusal(model)).toBe(
      `${model}/processor_config.json does not exist; a model needs config.json, tokenizer.json and an ONNX file`,
    )
    const bare = modelOf('colmodernvbert')
    rmSync(join(bare, 'config.json'))
    expect(await refusal(bare)).toBe(
      `${bare}/config.json does not exist; a model needs config.json, tokenizer.json and an ONNX file`,
    )
    const other = modelOf('colpali', { 'preprocessor_config.json': { resample: 0 } })
    expect(await refusal(other)).toBe(
      `${other}/preprocessor_config.json expected "resample" from 1 to 5, got 0`,
    )
    const uneven = modelOf('colmodernvbert', { 'processor_config.json': { image_seq_len: 5 } })
    expect(await refusal(uneven)).toBe(
      `${uneven}/processor_config.json expected a square number as "image_seq_len", got 5`,
    )
    const { added_tokens } = JSON.parse(readFileSync(join(fixtures, 'colmodernvbert/tokenizer.json'), 'utf8'))
    const others = added_tokens.filter(({ content }: { content: string }) => content !== '<image>')
    const blind = modelOf('colmodernvbert', { 'tokenizer.json': { added_tokens: others } })
    expect(await refusal(blind)).toBe(
      'tokenizer.json has no token "<image>"; use the tokenizer of this model',
    )
    const oblong = modelOf('colpali', { 'preprocessor_config.json': { size: { width: 448, height: 224 } } })
    expect(await refusal(oblong)).toBe(
      `${oblong}/preprocessor_config.json expected a square of 32 x 32 patches, got 448 x 224`,
    )
    const endless = modelOf('colpali', { 'tokenizer_config.json': { model_max_length: 1e30 } })
    expect(await refusal(endless)).toBe(
      `${endless}/tokenizer_config.json does not say how many tokens the model accepts; set "model_max_length"`,
    )
  })

  it('if its ONNX file is that of another model', async () => {
    const model = modelOf('colpali')
    const peer = fakePeer(['input_ids', 'attention_mask'])
    expect(await refusal(model, peer)).toBe(
      `${model}/model.onnx expected the inputs "input_ids", "pixel_values" and optionally "attention_mask" of a model for pages, ` +
        'got "input_ids", "attention_mask"; use the ONNX file of this model',
    )
    expect(peer.state.disposals).toBe(1)
    const narrow = fakePeer(undefined, 64)
    const encoder = await createEncoder({ model, transformers: narrow.transformers })
    await expect(encoder.query('x')).rejects.toThrow(/expected an output of 1 x \d+ x 128, got 1 x \d+ x 64$/)
    const failing = fakePeer()
    failing.state.error = new Error('bad shape')
    const broken = await createEncoder({ model, transformers: failing.transformers })
    await expect(broken.query('x')).rejects.toThrow(
      /model\.onnx could not encode \d+ tokens with pixels of [\dx ]+ \(bad shape\); the files may belong to different models$/,
    )
  })
})

it.each([
  [{ model_max_length: 40, max_length: 50 }, 40],
  [{ model_max_length: 50, max_length: 40 }, 40],
  [{ model_max_length: 50, max_length: null }, 50],
  [{ model_max_length: 1e30, max_length: 45 }, 45],
])('a text is cut to the smaller of the lengths %j', async (lengths, most) => {
  const model = modelOf('colmodernvbert', { 'tokenizer_config.json': lengths })
  const encoder = await createEncoder({ model, transformers: fakePeer().transformers })
  expect((await encoder.query('the table '.repeat(100))).tokens.length).toBe(most)
})

it.each([
  ['Qdrant/colpali-v1.3-fp16', 'colpali', 'model', true],
  ['Qdrant/colmodernvbert', 'colmodernvbert', 'model_v2', undefined],
] as const)(
  '%s is loaded from its file, with its weights if they are beside it',
  async (name, kind, file, data) => {
    const cacheDir = join(root, 'cache')
    cpSync(modelOf(kind), join(cacheDir, name), { recursive: true })
    const { transformers, loads } = fakePeer()
    await createEncoder({ model: name, transformers, cacheDir, localFilesOnly: true })
    const [{ model_file_name, use_external_data_format, cache_dir }] = loads as [(typeof loads)[0]]
    expect([model_file_name, use_external_data_format, cache_dir]).toEqual([file, data, cacheDir])
  },
)

it('a prompt that is longer than the model accepts is an error', async () => {
  const peer = fakePeer()
  const model = modelOf('colmodernvbert', { 'tokenizer_config.json': { model_max_length: 50 } })
  const encoder = await createEncoder({ model, transformers: peer.transformers })
  await expect(encoder.images([imageOf(90, 70)])).rejects.toThrow(
    /^the prompt of \d+ tiles is longer than the model accepts; raise "model_max_length" in tokenizer_config.json$/,
  )
})

it.each([
  [false, [' abcd ', ' abc', ' ab', ' a', ' ', '', '']],
  [true, [' abcd ', 'bcd ', 'cd ', 'd ', ' ', '', '']],
] as const)('a text keeps the tokens for which there is room, cut at the left: %s', (cutsLeft, kept) => {
  // one token for each character, and two special ones
  const tokenizer = {
    before: [1],
    after: [2],
    textOf: (id: number) => (id < 3 ? `<${id}>` : String.fromCharCode(id)),
    pieces: (text: string) =>
      Array.from(text, (letter, start) => ({
        id: letter.charCodeAt(0),
        text: letter,
        start,
        end: start + 1,
        isUnknown: letter === 'b',
      })),
  } as never
  const frame = { tokenizer, prefix: ' ', suffix: ' ', cutsLeft }
  const found = [8, 6, 5, 4, 3, 2, 1].map(maxTokens => frameText('abcd', { ...frame, maxTokens }))
  expect(found.map(({ ids }) => String.fromCharCode(...ids.slice(1, -1)))).toEqual(kept)
  expect(found.map(({ unknown }) => unknown.join())).toEqual(
    kept.map(text => (text.includes('b') ? 'b' : '')),
  )
  for (const { ids } of found) expect([ids[0], ids.at(-1)]).toEqual([1, 2])
})
