// Preloaded before the command line (`node --import`): a module in place of transformers.js, whose model returns for each token
// the row [id + 1, position, 1]. It appends the tokens of each text that it has encoded to the file FAKE_MODEL_LOG, and in
// the run with the number FAKE_MODEL_STOP, from 1, it sends this process the signal FAKE_MODEL_SIGNAL instead.

import { appendFileSync } from 'node:fs'
import { register } from 'node:module'

const hook = `export const resolve = (name, context, next) =>
  name === '@huggingface/transformers' ? { url: ${JSON.stringify(import.meta.url)}, shortCircuit: true } : next(name, context)`
register(`data:text/javascript,${encodeURIComponent(hook)}`)

/** The first run is of the encoder itself, which finds out the dim. */
let runs = -1

async function run({ input_ids }) {
  const [count, length] = input_ids.dims
  const ids = Array.from(input_ids.data, Number)
  const texts = Array.from({ length: count }, (_, i) => ids.slice(i * length, (i + 1) * length))
  if (++runs === Number(process.env.FAKE_MODEL_STOP)) {
    const interrupted = new Promise(resolve => process.once('SIGINT', resolve))
    // a model that runs keeps the process alive
    const running = setInterval(() => {}, 1000)
    process.kill(process.pid, process.env.FAKE_MODEL_SIGNAL)
    await interrupted
    clearInterval(running)
  } else if (runs > 0)
    appendFileSync(process.env.FAKE_MODEL_LOG, texts.map(text => `${text.join(' ')}\n`).join(''))
  const data = Float32Array.from(texts.flatMap(text => text.flatMap((id, at) => [id + 1, at, 1])))
  return { last_hidden_state: { type: 'float32', dims: [count, length, 3], data } }
}

const names = ['input_ids', 'attention_mask']
const session = {
  inputNames: names,
  outputNames: ['last_hidden_state'],
  inputMetadata: names.map(name => ({ name, type: 'int64' })),
}

export const AutoModel = {
  from_pretrained: async () => Object.assign(run, { sessions: { model: session }, dispose: async () => {} }),
}

export class Tensor {
  constructor(type, data, dims) {
    Object.assign(this, { type, data, dims })
  }
}

export const env = {
  version: '4.0.0',
  allowRemoteModels: false,
  remoteHost: 'https://hub.invalid/',
  remotePathTemplate: '{model}/resolve/{revision}/',
  localModelPath: '',
  cacheDir: null,
}
