// Contextual rows: texts as all-MiniLM-L6-v2 sees their words, a row of 384 numbers for each token, from the model that
// `npm run test:encoders` puts together from packages. It was trained for whole sentences, not for late interaction, so
// how much a technique loses here says more than how well the model finds.
//
//   definitions   those of all held-out queries, and others at equal steps through WordNet: short documents
//   passages      ten definitions that stand next to each other in WordNet, which are often of one kind: long ones
//
// Rows are made once and kept in build/retrieval, under a name that changes with the texts; remove the folder when the
// encoder has changed.

import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { readDefinitions, wordnetFolder } from '../../demo/wordnet.js'
import { createEncoder, createStaticEncoder, type Transformers } from '../../src/encode/index.js'
import type { FlatMultiVector } from '../../src/index.js'
import { type Dataset, heldOut, QUERIES } from './dataset.js'

const DEFINITIONS = 5_000
const PASSAGES = 1_000
const TOGETHER = 10
const DIM = 384

// from build/, where this runs
const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const model = at('build/encoders/minilm')
const cache = at('build/retrieval')

/** Texts, and queries that each look for one of them. */
interface Chosen {
  readonly texts: readonly string[]
  readonly asked: readonly { readonly text: string; readonly target: number }[]
}

type Tell = (line: string) => void

/** The data set of definitions, or undefined where the model is not there. `tell` hears how far the encoding is. */
export const loadDefinitions = (tell: Tell): Promise<Dataset | undefined> =>
  load('definitions', 'Definitions as contextual rows', chooseDefinitions(), tell)

/** The same for passages. */
export const loadPassages = (tell: Tell): Promise<Dataset | undefined> =>
  load('passages', 'Passages as contextual rows', choosePassages(), tell)

async function load(
  name: string,
  title: string,
  { texts, asked }: Chosen,
  tell: Tell,
): Promise<Dataset | undefined> {
  const hash = createHash('sha256')
    .update(JSON.stringify([texts, asked]))
    .digest('hex')
    .slice(0, 16)
  const files = [join(cache, `${hash}.json`), join(cache, `${hash}.f32`)] as const
  if (!files.every(existsSync)) {
    const queries = asked.map(({ text }) => text)
    const encoded = await encodeAll(texts, queries, tell)
    if (!encoded) return undefined
    mkdirSync(cache, { recursive: true })
    writeFileSync(files[1], '')
    for (const { data } of encoded) appendFileSync(files[1], new Uint8Array(data.slice().buffer))
    // the lengths come last, so that what is there is whole
    writeFileSync(`${files[0]}.new`, JSON.stringify(encoded.map(({ data }) => data.length / DIM)))
    renameSync(`${files[0]}.new`, files[0])
  }
  const rows = readRows(files)
  return {
    name,
    title,
    dim: DIM,
    documents: rows.slice(0, texts.length),
    queries: asked.map(({ target }, i) => ({ target, rows: rows[texts.length + i]! })),
    protect: 0,
    muvera: [
      { kSim: 4, dimProj: 8, rReps: 20 },
      { kSim: 5, dimProj: 16, rReps: 20 },
    ],
  }
}

/** How many words of a text the static encoder knows: what the dictionary's rule asks. */
function createKnownWords(): (text: string) => number {
  const encoder = createStaticEncoder(readFileSync(at('data/words.bin')))
  return text => encoder.query(text).tokens.length
}

/** Which definitions, and which queries for them, by the rule of the dictionary's. */
function chooseDefinitions(): Chosen {
  const all = readDefinitions(wordnetFolder())
  const asked = heldOut(all, createKnownWords(), QUERIES)
  const chosen = new Set(asked.map(({ target }) => target))
  const others = [...all.keys()].filter(index => !chosen.has(index))
  for (let i = 0; chosen.size < DEFINITIONS; i++) {
    chosen.add(others[Math.floor((i * others.length) / (DEFINITIONS - asked.length))]!)
  }
  const indices = [...chosen].sort((a, b) => a - b)
  return {
    texts: indices.map(index => all[index]!.text),
    asked: asked.map(({ text, target }) => ({ text, target: indices.indexOf(target) })),
  }
}

/** Which passages; a query for one of its definitions looks for the passage. */
function choosePassages(): Chosen {
  const all = readDefinitions(wordnetFolder())
  const runs = Math.floor(all.length / TOGETHER)
  const passages = Array.from({ length: PASSAGES }, (_, i) => {
    const first = TOGETHER * Math.floor((i * runs) / PASSAGES)
    return all.slice(first, first + TOGETHER)
  })
  const asked = heldOut(passages.flat(), createKnownWords(), QUERIES)
  return {
    texts: passages.map(definitions => definitions.map(({ text }) => text).join('. ')),
    asked: asked.map(({ text, target }) => ({ text, target: Math.floor(target / TOGETHER) })),
  }
}

/** The rows of all texts, then of all queries. */
async function encodeAll(
  texts: readonly string[],
  queries: readonly string[],
  tell: Tell,
): Promise<FlatMultiVector[] | undefined> {
  const require = createRequire(at('test/encode/models/package.json'))
  let transformers: Transformers
  try {
    if (!existsSync(join(model, 'tokenizer.json'))) throw new Error(`no model in ${model}`)
    const path = require.resolve('@huggingface/transformers').replace(/\.cjs$/, '.mjs')
    transformers = await import(pathToFileURL(path).href)
  } catch {
    tell('no contextual model is here, so contextual rows are left out: npm run test:encoders installs one')
    return undefined
  }
  const encoder = await createEncoder({ model, dtype: 'q8', transformers })
  try {
    tell(`encoding ${texts.length} texts, once`)
    const documents = await encoder.documents(texts)
    const encoded: FlatMultiVector[] = [...documents]
    for (const query of queries) encoded.push(await encoder.query(query))
    return encoded
  } finally {
    await encoder.dispose()
  }
}

function readRows([lengths, numbers]: readonly [string, string]): FlatMultiVector[] {
  const bytes = readFileSync(numbers)
  const all = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
  let first = 0
  return (JSON.parse(readFileSync(lengths, 'utf8')) as number[]).map(rows => {
    const data = all.subarray(first, first + rows * DIM)
    first += data.length
    return { data, dim: DIM }
  })
}
