// The calls of an encoder of pages: checks, progress, layouts, windows and dispose.

import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { createEncoder } from '../../../src/encode/index.js'
import { fakePeer } from './fake-peer.js'

const model = mkdtempSync(join(tmpdir(), 'maxsimd-page-calls-'))
afterAll(() => rmSync(model, { recursive: true }))
cpSync(fileURLToPath(new URL('./fixtures/colmodernvbert', import.meta.url)), model, { recursive: true })
writeFileSync(join(model, 'model_v2.onnx'), '')

const create = async () => {
  const { transformers, state, calls } = fakePeer()
  return { encoder: await createEncoder({ model, transformers }), state, calls }
}
const image = { data: new Uint8Array(12), width: 2, height: 2 }

it('a layout is that of the image of this size, and wrong sizes are named', async () => {
  const { encoder } = await create()
  const [encoded] = await encoder.images([image])
  expect(encoder.imageLayout(image)).toEqual(encoded!.layout)
  expect(() => encoder.imageLayout({ width: 0, height: 2 })).toThrow(
    new RangeError('"width" expected a whole number of at least 1, got 0'),
  )
  expect(() => encoder.imageLayout({ width: 2, height: 1.5 })).toThrow(
    new RangeError('"height" expected a whole number of at least 1, got 1.5'),
  )
})

it('a text is split into windows that overlap by an eighth of their length, unless told otherwise', async () => {
  const { encoder } = await create()
  const text = 'the total of the table '.repeat(20)
  const length = 16
  const windows = encoder.split(text, { length })
  expect(windows).toEqual(encoder.split(text, { length, overlap: 2 }))
  expect(windows).not.toEqual(encoder.split(text, { length, overlap: 4 }))
  expect(() => encoder.split(text, { length: 8, overlap: 8 })).toThrow('"overlap" expected')
  expect(() => encoder.split(text, { length: 1e6 })).toThrow('"length" expected')
})

it('progress is reported after each text and each image', async () => {
  const { encoder } = await create()
  const reported: number[][] = []
  const onProgress = (done: number, total: number) => reported.push([done, total])
  await encoder.documents(['a', 'b'], { onProgress })
  await encoder.images([image, image], { onProgress })
  expect(reported).toEqual([[1, 2], [2, 2], [1, 2], [2, 2]]) // biome-ignore format: one line
})

it('wrong arguments are refused before anything is encoded', async () => {
  const { encoder } = await create()
  for (const call of [
    (options: object) => encoder.documents(['x'], options),
    (options: object) => encoder.images([image], options),
  ]) {
    await expect(call({ signal: 1 })).rejects.toThrow('"signal" expected an AbortSignal, got number')
    await expect(call({ onProgress: 1 })).rejects.toThrow('"onProgress" expected a function, got number')
  }
  await expect(encoder.query('x', { signal: 1 as never })).rejects.toThrow('"signal" expected an AbortSignal')
  await expect(encoder.query(1 as never)).rejects.toThrow('"text" expected a string, got number')
  await expect(encoder.documents('x' as never)).rejects.toThrow('"texts" expected an array')
  expect(() => encoder.documentTokens('x' as never)).toThrow('"texts" expected an array')
})

it('an encoder can be disposed twice, and between two items, which ends the call', async () => {
  for (const call of ['documents', 'images'] as const) {
    const { encoder, state } = await create()
    const disposals: Promise<void>[] = []
    const onProgress = () => void disposals.push(encoder.dispose())
    const running =
      call === 'documents'
        ? encoder.documents(['a', 'b'], { onProgress })
        : encoder.images([image, image], { onProgress })
    await expect(running, call).rejects.toThrow('"encoder" was disposed')
    await Promise.all(disposals)
    await encoder.dispose()
    expect(state.disposals).toBe(1)
  }
})

it('a call that is cancelled between two items encodes no further one', async () => {
  const reason = new Error('the user has left')
  for (const call of ['documents', 'images'] as const) {
    const { encoder, calls } = await create()
    const controller = new AbortController()
    const options = { signal: controller.signal, onProgress: () => controller.abort(reason) }
    const running =
      call === 'documents' ? encoder.documents(['a', 'b'], options) : encoder.images([image, image], options)
    await expect(running, call).rejects.toBe(reason)
    expect(calls, call).toHaveLength(1)
  }
})

it('a query that is cancelled before it begins runs nothing', async () => {
  const { encoder, calls } = await create()
  const signal = AbortSignal.abort(new Error('the user has left'))
  await expect(encoder.query('a', { signal })).rejects.toThrow('the user has left')
  expect(calls).toEqual([])
})

it('a run under way ends before the model is freed, and dispose ends after both', async () => {
  const { encoder, state, calls } = await create()
  let release = () => {}
  state.gate = new Promise(resolve => {
    release = resolve
  })
  const query = encoder.query('the total')
  const disposed = encoder.dispose()
  for (let turn = 0; turn < 5; turn++) await new Promise(resolve => setImmediate(resolve))
  expect([calls.length, state.disposals]).toEqual([1, 0])
  release()
  expect((await query).tokens.length).toBeGreaterThan(0)
  await disposed
  expect(state.disposals).toBe(1)
})
