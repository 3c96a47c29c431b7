// A fake of transformers.js, whose model returns for each token the row [id, position, 0, …].

import type { ModelTensor, Transformers } from '../../../src/encode/model/transformers.js'

type Feeds = Readonly<Record<string, ModelTensor>>

/**
 * A fake of the package, how its model was loaded, and what the model was given. With `state.error` each run fails; with
 * `state.onRun` it calls that, and does not end; a run waits for `state.gate`.
 */
export function fakePeer(
  inputNames: readonly string[] = ['input_ids', 'attention_mask', 'pixel_values'],
  dim = 128,
) {
  const calls: Feeds[] = []
  const loads: Readonly<Record<string, unknown>>[] = []
  const state: { disposals: number; error?: Error; onRun?: () => void; gate?: Promise<void> } = {
    disposals: 0,
  }
  class Tensor {
    constructor(
      readonly type: string,
      readonly data: unknown,
      readonly dims: number[],
    ) {}
  }
  const model = Object.assign(
    async (feeds: Feeds) => {
      if (state.error) throw state.error
      calls.push(feeds)
      await state.gate
      if (state.onRun) {
        state.onRun()
        await new Promise(() => {})
      }
      const ids = [...(feeds.input_ids!.data as BigInt64Array)]
      const data = new Float32Array(ids.length * dim)
      for (const [i, id] of ids.entries()) data.set([Number(id), i], i * dim)
      return { rows: new Tensor('float32', data, [1, ids.length, dim]) }
    },
    {
      sessions: { model: { inputNames, outputNames: ['rows'] } },
      dispose: async () => {
        // it takes a while
        await new Promise(resolve => setImmediate(resolve))
        state.disposals++
      },
    },
  )
  const transformers = {
    AutoModel: {
      from_pretrained: async (_: string, options: object) => {
        loads.push({ ...options })
        return model
      },
    },
    Tensor,
    env: {
      allowLocalModels: true,
      localModelPath: '/none',
      cacheDir: null,
      useFSCache: true,
      remoteHost: 'http://none/',
      remotePathTemplate: '{model}/resolve/{revision}/',
    },
  } as unknown as Transformers
  return { calls, loads, state, transformers }
}
