// Needs the package maxsimd and an API key of Jina; README.md says how to run it: JINA_API_KEY=… node remote-encoder.mjs
//
// An encoder that calls a web service.
// Any object with `query` and `documents` is an encoder. This one uses Jina's API for multi-vectors; other services have
// other addresses and field names. The key is read from the environment and sent in the request only.

import { createStore } from 'maxsimd/store'

/** An encoder of jina-colbert-v2. `input_type` is `query` or `document`; a local model has marker tokens for this. */
export function createRemoteEncoder({ url, apiKey, model = 'jina-colbert-v2', dim = 128, batch = 64 }) {
  async function encode(input_type, input, signal) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ model, dimensions: dim, input_type, embedding_type: 'float', input }),
      signal: AbortSignal.any([AbortSignal.timeout(60_000), ...(signal ? [signal] : [])]),
    })
    if (!response.ok)
      throw new Error(`${url} answered ${response.status}: ${(await response.text()).slice(0, 200)}`)
    const { data } = await response.json()
    if (data.length !== input.length)
      throw new Error(`${url} returned ${data.length} results for ${input.length} texts`)
    // one multi-vector (number[][]) for each text
    return data.map(({ embeddings }) => embeddings)
  }
  return {
    dim,
    model, // texts that name another model are refused
    query: async (text, { signal } = {}) => (await encode('query', [text], signal))[0],
    async documents(texts, { signal } = {}) {
      const rows = []
      for (let i = 0; i < texts.length; i += batch) {
        rows.push(...(await encode('document', texts.slice(i, i + batch), signal)))
      }
      return rows
    },
  }
}

const { JINA_API_KEY: apiKey, JINA_URL: url = 'https://api.jina.ai/v1/multi-vector' } = process.env
if (!apiKey) throw new Error('JINA_API_KEY is not set')
const encoder = createRemoteEncoder({ url, apiKey })
const store = await createStore({ vectors: { colbert: { size: encoder.dim, distance: 'Dot' } }, encoder })
const texts = ['sunny day at the beach', 'rainy afternoon in the city', 'snowy night in the mountains']
await store.upsert(texts.map((text, id) => ({ id, vector: { colbert: { text } }, payload: { text } })))
const hits = await store.query({ text: 'talk about rain' }, { limit: 2, with_payload: true })
for (const { score, payload } of hits) console.log(score.toFixed(3), payload.text)
await store.close()
