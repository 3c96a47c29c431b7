// The dictionary in a worker, so that the page stays quick while a million rows are scored. Reads the word vectors and
// the definitions from where the page came from, then answers questions, one after the other.
import { createStaticEncoder } from '../../src/encode/index.js'
import { createScorer } from '../../src/index.js'
import { createDictionary, type Dictionary } from '../dictionary.js'
import type { Definition } from '../wordnet.js'
import type { Message, Question } from './messages.js'

const tell = (message: Message) => postMessage(message)
const progress = (stage: string, share = 0) => tell({ kind: 'progress', stage, share })

async function read(path: string): Promise<Response> {
  const response = await fetch(path)
  if (!response.ok) throw new Error(`${path}: the server answered ${response.status} ${response.statusText}`)
  return response
}

async function load(): Promise<Dictionary> {
  progress('reading word vectors and WordNet')
  const [words, definitions] = await Promise.all([
    read('words.bin').then(response => response.arrayBuffer()),
    read('definitions.json').then(response => response.json() as Promise<Definition[]>),
  ])
  const encoder = createStaticEncoder(new Uint8Array(words))
  const stage = `encoding ${definitions.length.toLocaleString('en')} definitions`
  return createDictionary(await createScorer(), encoder, definitions, done =>
    progress(stage, done / definitions.length),
  )
}

const loading = load()
loading.then(
  ({ definitions, rows, byteLength }) => tell({ kind: 'ready', definitions, rows, byteLength }),
  (error: Error) => tell({ kind: 'failed', reason: error.message }),
)

addEventListener('message', async ({ data }: MessageEvent<Question>) => {
  const dictionary = await loading
  const { id, kind, query } = data
  if (kind === 'answer') tell({ kind, id, answer: dictionary.answer(query, data) })
  else tell({ kind, id, comparison: dictionary.explain(query, data.index) })
})
