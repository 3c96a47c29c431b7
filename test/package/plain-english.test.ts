// Code, comments, errors, help and docs use plain English. This list has idioms that readers could not decode; it finds
// them again before a reviewer does.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

/** An idiom, and what to write in its place. */
const IDIOMS: readonly (readonly [pattern: RegExp, plain: string])[] = [
  [/\bleft out: /i, 'default: '],
  [
    /(?<!there )(?<!There )\bis no (JSON|Qdrant|number|array|multi-vector|option|vector|text|folder|file|store|index|folder)\b/,
    'is not a …',
  ],
  [/\bare none\b|(?<!there )\bis none\b/, 'is missing, there is no …'],
  [/\bis told\b/, 'receives, is called with'],
  [/\bha(s|ve) none\b/, 'has no …'],
  [/\bas (it|they) comes?\b/, 'with its defaults, unchanged'],
  [/\bg(ive|ives|iving|ave|iven) (it |them |the memory |its memory )?back\b/, 'frees, returns'],
  [/\bis nothing that\b/, 'unknown …'],
  [/\bwhat is asked\b/, 'the query, the request'],
  [/\bof now\b/, 'current'],
  [/\bto be had\b/, 'available'],
  [/\bso many\b/, 'the number of …, this many'],
  [/\b(MOST|LEAST)_[A-Z]/, 'MAX_…, MIN_…'],
]

const FOLDERS = [
  'src',
  'assembly',
  'docs',
  'demo',
  'bench',
  'examples',
  'scripts',
  'test',
  'README.md',
  'ARCHITECTURE.md',
]
const files = execFileSync('git', ['ls-files', ...FOLDERS], { encoding: 'utf8' })
  .split('\n')
  .filter(
    file =>
      /\.(ts|mjs|md|html|py)$/.test(file) &&
      !file.endsWith('plain-english.test.ts') &&
      !file.startsWith('bench/results'),
  )

it('no file uses an idiom that has a plain word', () => {
  const found = files.flatMap(file =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        IDIOMS.filter(([pattern]) => pattern.test(line)).map(
          ([pattern, plain]) => `${file}:${index + 1}: ${pattern.exec(line)![0]} -> ${plain}`,
        ),
      ),
  )
  expect(found).toEqual([])
  expect(files.length).toBeGreaterThan(200)
})
