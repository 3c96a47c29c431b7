// Compares ids and positions with those of the tokenizers library, on two files that its own trainers make.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compareTokens, writeExpected } from '../tokenizers/compare-tokens.js'
import { freshFolder } from './support.js'

const here = 'test/encode/models'
const python = join(here, '.venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')

describe.runIf(existsSync(python))('a tokenizer that the tokenizers library has trained', () => {
  it('has the library’s ids, and its positions where no character is composed or dropped', () => {
    const folder = freshFolder()
    const { status, stderr } = spawnSync(python, ['-B', join(here, 'train_tokenizers.py'), folder], {
      encoding: 'utf8',
    })
    expect([status, status === 0 ? '' : stderr]).toEqual([0, ''])
    const paths = ['unigram', 'modernbert'].map(name => join(folder, `${name}.json`))
    writeExpected(folder, paths)
    for (const [number, path] of paths.entries()) {
      const { kind, texts, otherIds, otherPositions } = compareTokens(path, folder, number)
      console.log(`${kind}: ${texts} texts, ${otherPositions.length} with other positions`)
      expect([kind, otherIds]).toEqual([['Unigram', 'BPE'][number], []])
      // of a composed character the library gives a part, and it moves what follows a dropped control
      const isRewritten = (text: string) => text !== text.normalize('NFKC') || /\p{Cc}/u.test(text)
      expect(otherPositions.filter(text => !isRewritten(text))).toEqual([])
    }
  })
})
