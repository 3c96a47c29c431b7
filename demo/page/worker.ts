// The dictionary in a worker, so that the page stays responsive while a million rows are scored. Loads the word vectors
// and the definitions, then answers requests in order.

import { createStaticEncoder } from '../../src/encode/index.js'
import { createScorer } from '../../src/index.js'
import { createDictionary, type Dictionary } from '../dictionary.js'
import type { Definition } from '../wordnet.js'
import type { Message, Request } from './messages.js'

const send = (message: Message) => postMessage(message)
const sendProgress = (phase: string, share = 0) => send({ type: 'progress', phase, share })

async function fetchFile(path: string): Promise<Response> {
  const response = await fetch(path)
  if (!response.ok) throw new Error(`${path}: the server returned ${response.status} ${response.statusText}`)
  return response
}

async function load(): Promise<Dictionary> {
  sendProgress('Downloading word vectors and definitions, about 8 MB')
  const [words, definitions] = await Promise.all([
    fetchFile('words.bin').then(response => response.arrayBuffer()),
    fetchFile('definitions.json').then(response => response.json() as Promise<Definition[]>),
  ])
  const encoder = createStaticEncoder(new Uint8Array(words))
  const phase = `Encoding ${definitions.length.toLocaleString('en')} definitions`
  return createDictionary(await createScorer(), encoder, definitions, done =>
    sendProgress(phase, done / definitions.length),
  )
}

const loading = load()
loading.then(
  ({ definitions, rows, byteLength }) => send({ type: 'ready', definitions, rows, byteLength }),
  (error: Error) => send({ type: 'failed', reason: error.message }),
)

addEventListener('message', async ({ data }: MessageEvent<Request>) => {
  const dictionary = await loading
  const { id, type, query } = data
  if (type === 'answer') send({ type, id, answer: dictionary.answer(query, data) })
  else send({ type, id, comparison: dictionary.explain(query, data.index) })
})
