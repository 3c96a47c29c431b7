// Compares the ids and positions of a tokenizer.json with those of the tokenizers library, which ids.py has written.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { readTokenizer, type Tokenizer } from '../../../src/encode/tokenizer/tokenizer.js'

/** The comparison of a file. */
export interface TokenComparison {
  /** The type of its model. */
  readonly kind: string
  /** The number of compared texts. */
  readonly texts: number
  /** The texts with other ids. */
  readonly otherIds: readonly string[]
  /** The texts with the same ids at other positions. */
  readonly otherPositions: readonly string[]
}

/** The contents of a file of ids.py. */
interface Expected {
  readonly texts: readonly string[]
  readonly tokens: readonly (ExpectedTokens | null)[]
}

type ExpectedTokens = readonly [ids: readonly number[], offsets: readonly (readonly [number, number])[]]

/** Runs ids.py from the root of the checkout. Returns the version of the library. */
export function writeExpected(folder: string, paths: readonly string[]): string {
  const binary = process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python'
  const python = join('test/encode/models/.venv', binary)
  const { status, stdout } = spawnSync(python, ['-B', 'test/encode/tokenizers/ids.py', folder, ...paths], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 2],
  })
  if (status !== 0) throw new Error('ids.py failed')
  return stdout.trim()
}

/** Compares a file with the results in `folder`; `number` is its index in the paths that `writeExpected` got. */
export function compareTokens(path: string, folder: string, number: number): TokenComparison {
  const json = JSON.parse(readFileSync(path, 'utf8')) as { readonly model: { readonly type?: string } }
  const tokenizer = readTokenizer(json, path)
  const { texts, tokens }: Expected = JSON.parse(readFileSync(join(folder, `${number}.json`), 'utf8'))
  const otherIds: string[] = []
  const otherPositions: string[] = []
  for (const [i, text] of texts.entries()) {
    const expected = tokens[i]
    if (!expected) continue
    const ids = tokenizer.pieces(text).map(({ id }) => id)
    if (ids.join() !== expected[0].join()) otherIds.push(text)
    else if (differs(text, tokenizer, expected)) otherPositions.push(text)
  }
  return { kind: json.model.type ?? '', texts: texts.length, otherIds, otherPositions }
}

/** Whether the positions differ: here a token also has the marks after its last letter. */
function differs(text: string, tokenizer: Tokenizer, [, offsets]: ExpectedTokens): boolean {
  return tokenizer.pieces(text).some(({ start, end }, i) => {
    const [from, to] = trimmed(text, offsets[i]!)
    if (start === from && end === to) return false
    return !(start <= from && end >= to && /^\p{M}*$/u.test(text.slice(start, from) + text.slice(to, end)))
  })
}

/** A span without white space at its ends, which the library trims in some tokenizers only. */
function trimmed(text: string, [start, end]: readonly [number, number]): readonly [number, number] {
  let [from, to] = [start, end]
  while (from < to && /\s/.test(text[from]!)) from++
  while (to > from && /\s/.test(text[to - 1]!)) to--
  return from === to ? [start, end] : [from, to]
}
