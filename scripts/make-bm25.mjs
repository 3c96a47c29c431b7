// Makes the tables of the BM25 encoder from Qdrant's source: the stop words, src/encode/bm25/stop-words/, and the letters
// that ASCII folding replaces, src/encode/bm25/folded-letters.ts. No package has the same lists: Qdrant's are those of
// NLTK and stopwords-iso with additions, and its folding differs from Lucene's in three letters. The build does not run
// this; run it when Qdrant's tables change:
//
//   node scripts/make-bm25.mjs <folder with Qdrant's source>
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const output = fileURLToPath(new URL('../src/encode/bm25', import.meta.url))

const [folder, ...rest] = process.argv.slice(2)
if (folder === undefined || rest.length > 0) {
  console.error("usage: node scripts/make-bm25.mjs <folder with Qdrant's source>")
  process.exit(2)
}

const source = join(folder, 'lib/segment/src/index/field_index/full_text_index')

/** The text of a literal of Rust, without its quotes. */
const unescaped = literal =>
  literal
    .replace(/\\u\{([0-9a-f]+)\}/gi, (_, code) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replace(/\\(.)/g, '$1')

const quoted = text => `'${text.replace(/[\\']/g, '\\$&')}'`

/** Leaves out stop words with a space inside, which match no token. */
function writeStopWords(file) {
  const language = basename(file, '.rs')
  const text = readFileSync(join(source, 'stop_words', file), 'utf8').replace(/^\s*\/\/.*$/gm, '')
  const list = text.slice(text.indexOf('&[', text.indexOf('_STOPWORDS')))
  const words = new Set([...list.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, literal]) => unescaped(literal)))
  const kept = [...words].filter(word => !/\s/.test(word))
  const code = `// Written by scripts/make-bm25.mjs from Qdrant's stop words (Apache-2.0). Do not edit.
export const ${language.toUpperCase()} =
  ${quoted(kept.join(' '))}
`
  writeFileSync(join(output, 'stop-words', `${language}.ts`), code)
}

/** Writes the letters of each replacement, as `replacement letters`. The first replacement of a letter counts. */
function writeFoldedLetters() {
  const text = readFileSync(join(source, 'tokenizers/ascii_folding.rs'), 'utf8').replace(/^\s*\/\/.*$/gm, '')
  const arms = text.slice(text.indexOf('let s = match c {'), text.indexOf('_ => return None'))
  const letters = new Map()
  for (const [, pattern, replacement] of arms.matchAll(/((?:'[^']+'[\s|]*)+)=>\s*"((?:[^"\\]|\\.)*)"/g)) {
    for (const [, letter] of pattern.matchAll(/'([^']+)'/g)) {
      if (!letters.has(unescaped(letter))) letters.set(unescaped(letter), unescaped(replacement))
    }
  }
  const groups = new Map()
  for (const [letter, replacement] of letters) {
    groups.set(replacement, `${groups.get(replacement) ?? ''}${letter}`)
  }
  const lines = [...groups].map(group => group.join(' '))
  const code = `// Written by scripts/make-bm25.mjs from Qdrant's ASCII folding (Apache-2.0). Do not edit.

/** Lines of a replacement, a space, and the letters that it replaces. */
export const FOLDED_LETTERS = [
${lines.map(line => `  ${quoted(line)},\n`).join('')}]
`
  writeFileSync(join(output, 'folded-letters.ts'), code)
}

for (const file of readdirSync(join(source, 'stop_words'))) {
  if (file.endsWith('.rs') && file !== 'mod.rs') writeStopWords(file)
}
writeFoldedLetters()
