// The code blocks of Markdown files as programs. A block is a whole program, unless its first line has words after the
// language:
//
//   ```js               runs as it is with Node and the built package, in a folder that the programs of a page share
//   ```js continued     continues the program of the block before it
//   ```ts qdrant        runs in the suite that has a server (all blocks of a page as one program)
//   ```ts encoder       runs in the suite that has models (the same)
//   ```js framework     needs a framework; the page says which one
//   ```js bundler       needs a bundler or a page; the page says which one
//
// The comment lines after a line `// prints:` are the output of the program up to there.

import { readdirSync, readFileSync } from 'node:fs'
import { transformSync } from 'esbuild'
import { programOf } from './doc-examples.js'

export interface Block {
  /** `docs/store.md:9`, with the number of the line. */
  readonly name: string
  readonly language: string
  /** The words after the language. */
  readonly words: readonly string[]
  readonly code: string
}

/** The pages of the documentation, and the README. */
export const pages: readonly string[] = [
  'README.md',
  ...readdirSync('docs')
    .filter(file => file.endsWith('.md'))
    .map(file => `docs/${file}`),
]

/** All fenced blocks of a file. */
export function blocksOf(file: string): Block[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/^```(\S*)([^\n]*)\n([\s\S]*?)^```$/gm)].map(
    ({ index, 1: language, 2: rest, 3: code }) => ({
      name: `${file}:${text.slice(0, index).split('\n').length}`,
      language: language!,
      words: rest!.trim().split(' ').filter(Boolean),
      code: code!,
    }),
  )
}

export const isCode = ({ language }: Block) => ['js', 'ts', 'jsx', 'tsx'].includes(language)

export interface MarkdownProgram {
  readonly name: string
  /** JavaScript. Lines `expression // literal` are checks. */
  readonly program: string
  /** The lines that the program has to print, in this order. */
  readonly prints: readonly string[]
}

/** The programs of a page that need nothing but Node. */
export function programsOf(file: string): MarkdownProgram[] {
  const programs: { name: string; code: string }[] = []
  for (const { name, words, code } of blocksOf(file).filter(isCode)) {
    if (words.length === 0) programs.push({ name, code })
    else if (words[0] === 'continued') programs.at(-1)!.code += code
  }
  return programs.map(({ name, code }) => ({
    name,
    program: transformSync(programOf({ name, code }), { loader: 'ts', target: 'es2022' }).code,
    prints: [...code.matchAll(/^\s*\/\/ prints:\n((?:\s*\/\/.*\n)+)/gm)].flatMap(([, lines]) =>
      lines!
        .trim()
        .split('\n')
        .map(line => line.replace(/^\s*\/\/ ?/, '')),
    ),
  }))
}
