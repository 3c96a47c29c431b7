// Data sets of contextual rows: one row of 384 numbers for each token, from all-MiniLM-L6-v2, which `npm run
// test:encoders` assembles from packages. The model was trained for whole sentences, not for late interaction: the loss
// of a technique is more meaningful here than the number of documents that are found.
//
//   definitions   short documents: the definitions of all chosen queries, and others at equal steps through WordNet
//   passages      long documents: ten consecutive definitions of WordNet, which often have related meanings
//
// Texts are encoded once. The rows are kept in build/retrieval, in files whose names depend on the texts. Remove the
// folder after a change of the encoder.

import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { readDefinitions, wordnetFolder } from '../../demo/wordnet.js'
import { createEncoder, createStaticEncoder, type Transformers } from '../../src/encode/index.js'
import type { FlatMultiVector } from '../../src/index.js'
import { chooseQueries, type Dataset, QUERIES } from './dataset.js'

const DEFINITIONS = 5_000
const PASSAGES = 1_000
/** Definitions in a passage. */
const PASSAGE_DEFINITIONS = 10
const DIM = 384

// relative to build/, where the bundled program is
const pathTo = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const model = pathTo('build/encoders/minilm')
const cache = pathTo('build/retrieval')

/** Texts, and queries that should each find one of them. */
interface Texts {
  readonly texts: readonly string[]
  readonly queries: readonly { readonly text: string; readonly target: number }[]
}

/** Reports progress. */
type Log = (line: string) => void

/** Loads the definitions. Returns undefined if the model is not installed. */
export const loadDefinitions = (log: Log): Promise<Dataset | undefined> =>
  load('definitions', 'Definitions as contextual rows', chooseDefinitions(), log)

/** Loads the passages. Returns undefined if the model is not installed. */
export const loadPassages = (log: Log): Promise<Dataset | undefined> =>
  load('passages', 'Passages as contextual rows', choosePassages(), log)

async function load(
  name: string,
  title: string,
  { texts, queries }: Texts,
  log: Log,
): Promise<Dataset | undefined> {
  const hash = createHash('sha256')
    .update(JSON.stringify([texts, queries]))
    .digest('hex')
    .slice(0, 16)
  const files = [join(cache, `${hash}.json`), join(cache, `${hash}.f32`)] as const
  if (!files.every(existsSync)) {
    const queryTexts = queries.map(({ text }) => text)
    const encoded = await encodeAll(texts, queryTexts, log)
    if (!encoded) return undefined
    mkdirSync(cache, { recursive: true })
    writeFileSync(files[1], '')
    for (const { data } of encoded) appendFileSync(files[1], new Uint8Array(data.slice().buffer))
    // the lengths are written last, so that an interrupted run leaves no valid files
    writeFileSync(`${files[0]}.new`, JSON.stringify(encoded.map(({ data }) => data.length / DIM)))
    renameSync(`${files[0]}.new`, files[0])
  }
  const rows = readRows(files)
  return {
    name,
    title,
    dim: DIM,
    documents: rows.slice(0, texts.length),
    queries: queries.map(({ target }, i) => ({ target, rows: rows[texts.length + i]! })),
    protect: 0,
    muvera: [
      { kSim: 4, dimProj: 8, rReps: 20 },
      { kSim: 5, dimProj: 16, rReps: 20 },
    ],
  }
}

/** Creates a function that counts the words of a text that the static encoder knows. */
function createKnownWords(): (text: string) => number {
  const encoder = createStaticEncoder(readFileSync(pathTo('data/words.bin')))
  return text => encoder.query(text).tokens.length
}

/** Chooses definitions, and queries for them by the rule of the dictionary. */
function chooseDefinitions(): Texts {
  const all = readDefinitions(wordnetFolder())
  const queries = chooseQueries(all, createKnownWords(), QUERIES)
  const chosen = new Set(queries.map(({ target }) => target))
  const others = [...all.keys()].filter(index => !chosen.has(index))
  for (let i = 0; chosen.size < DEFINITIONS; i++) {
    chosen.add(others[Math.floor((i * others.length) / (DEFINITIONS - queries.length))]!)
  }
  const indices = [...chosen].sort((a, b) => a - b)
  return {
    texts: indices.map(index => all[index]!.text),
    queries: queries.map(({ text, target }) => ({ text, target: indices.indexOf(target) })),
  }
}

/** Chooses passages. A query for a definition should find its passage. */
function choosePassages(): Texts {
  const all = readDefinitions(wordnetFolder())
  const runs = Math.floor(all.length / PASSAGE_DEFINITIONS)
  const passages = Array.from({ length: PASSAGES }, (_, i) => {
    const first = PASSAGE_DEFINITIONS * Math.floor((i * runs) / PASSAGES)
    return all.slice(first, first + PASSAGE_DEFINITIONS)
  })
  const queries = chooseQueries(passages.flat(), createKnownWords(), QUERIES)
  return {
    texts: passages.map(definitions => definitions.map(({ text }) => text).join('. ')),
    queries: queries.map(({ text, target }) => ({ text, target: Math.floor(target / PASSAGE_DEFINITIONS) })),
  }
}

/** Returns the rows of all texts, then of all queries, or undefined if the model is not installed. */
async function encodeAll(
  texts: readonly string[],
  queries: readonly string[],
  log: Log,
): Promise<FlatMultiVector[] | undefined> {
  const require = createRequire(pathTo('test/encode/models/package.json'))
  let transformers: Transformers
  try {
    if (!existsSync(join(model, 'tokenizer.json'))) throw new Error(`no model in ${model}`)
    const path = require.resolve('@huggingface/transformers').replace(/\.cjs$/, '.mjs')
    transformers = await import(pathToFileURL(path).href)
  } catch {
    log(
      'the contextual data sets are skipped, because their model is missing: npm run test:encoders installs it',
    )
    return undefined
  }
  const encoder = await createEncoder({ model, dtype: 'q8', transformers })
  try {
    log(`encoding ${texts.length} texts (once)`)
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
