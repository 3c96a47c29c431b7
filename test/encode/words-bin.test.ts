import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readWordFile } from '../../src/encode/static/word-file.js'

const bytes = readFileSync(new URL('../../data/words.bin', import.meta.url))
const readme = readFileSync(new URL('../../data/README.md', import.meta.url), 'utf8')
const { dim, rows, values } = readWordFile(bytes)

describe('data/words.bin', () => {
  it('is the file that data/README.md describes', () => {
    expect(readme).toContain(`| words | ${rows.size.toLocaleString('en')}, `)
    expect(readme).toContain(`| dim | ${dim} |`)
    expect(readme).toContain(`| bytes | ${bytes.length.toLocaleString('en')} |`)
    expect(readme).toContain(`| SHA-256 | \`${createHash('sha256').update(bytes).digest('hex')}\` |`)
  })

  it('has words of the letters a - z and inner hyphens, most frequent first', () => {
    const words = [...rows.keys()]
    expect(words.slice(0, 5)).toEqual(['the', 'of', 'to', 'and', 'in'])
    expect(words.filter(word => !/^[a-z]+(?:-[a-z]+)*$/.test(word))).toEqual([])
  })

  it('uses the full range of int8 in every row', () => {
    for (let row = 0; row < rows.size; row++) {
      const numbers = values.subarray(row * dim, (row + 1) * dim)
      const largest = numbers.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
      if (largest !== 127) expect.fail(`row ${row} has no number beyond ${largest}`)
    }
  })

  it('has a README that names the authors and licences', () => {
    for (const name of ['Pennington', 'Socher', 'Manning', 'Public Domain Dedication', 'GRAYPE', 'MIT']) {
      expect(readme).toContain(name)
    }
  })
})
