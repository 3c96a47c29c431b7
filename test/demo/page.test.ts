// The parts of the demo's page that need no browser. test/browser/demo.mjs tests the page.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fragmentOf, viewOf } from '../../demo/page/address.js'
import { WORKED_EXAMPLE } from '../../demo/page/worked-example.js'
import { createStaticEncoder } from '../../src/encode/index.js'
import { createScorer } from '../../src/index.js'
import { runProgram } from './run-program.js'

describe('the address of a view', () => {
  it.each([
    [{ query: '' }, ''],
    [{ query: 'fear of spiders' }, '#fear%20of%20spiders'],
    [{ query: 'and/or 100 % #1', word: 'a/b' }, '#and%2For%20100%20%25%20%231/a%2Fb'],
    [{ query: 'Größe', word: 'ice cream' }, '#Gr%C3%B6%C3%9Fe/ice%20cream'],
  ])('of %j is "%s", and leads back to it', (view, fragment) => {
    expect(fragmentOf(view)).toBe(fragment)
    expect(viewOf(fragment)).toEqual(view)
  })

  it.each([
    ['#100%', { query: '100%' }],
    ['#fear/', { query: 'fear' }],
    ['#', { query: '' }],
  ])('reads "%s", which was typed by hand', (fragment, view) => {
    expect(viewOf(fragment)).toEqual(view)
  })
})

it('has the right similarities in the example that is shown while it loads', async () => {
  const encoder = createStaticEncoder(readFileSync('data/words.bin'))
  const scorer = await createScorer()
  const corpus = scorer.corpus({ dim: encoder.dim, metric: 'dot' })
  corpus.add(encoder.documents([WORKED_EXAMPLE.document.map(({ text }) => text).join(' ')])[0]!)
  const matrix = corpus.explain(encoder.query(WORKED_EXAMPLE.query.join(' ')), 0).matrix()
  expect(matrix).toHaveLength(WORKED_EXAMPLE.similarities.length)
  for (const [cell, value] of matrix.entries()) {
    expect(WORKED_EXAMPLE.similarities[cell], `cell ${cell}`).toBeCloseTo(value, 2)
  }
  expect(WORKED_EXAMPLE.weights).toHaveLength(WORKED_EXAMPLE.query.length)
})

describe('the page as files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'maxsimd-page-'))
  let html: string
  beforeAll(() => {
    expect(runProgram('demo', ['--page', '--out', folder]).code).toBe(0)
    html = readFileSync(join(folder, 'index.html'), 'utf8')
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('has a title, a description and a link to the homepage of the package', () => {
    const { homepage } = JSON.parse(readFileSync('package.json', 'utf8'))
    expect(html).toContain(`<a id="package" href="${homepage}">maxsimd</a>`)
    expect(html).toMatch(/<title>.{20,70}<\/title>/)
    expect(html).toMatch(/name="description"\s+content=".{50,200}"/)
    expect(html).not.toContain('{{')
  })

  it('has a second page, for the search of pages, whose files are beside it', () => {
    const second = readFileSync(join(folder, 'pages.html'), 'utf8')
    const paths = [...second.matchAll(/(?:src|href)="(?!https:)([^"]*)"/g)].map(([, path]) => path!)
    expect(paths).toEqual(['icon.svg', 'style.css', 'pages.js', 'index.html'])
    expect(second).not.toContain('{{')
    const list = JSON.parse(readFileSync(join(folder, 'documents.json'), 'utf8')) as { picture: string }[]
    for (const file of [...paths, 'words.bin', ...list.map(({ picture }) => picture)]) {
      expect(readFileSync(join(folder, file)).length, file).toBeGreaterThan(0)
    }
    expect(list.length).toBe(6)
  })

  it('refers to its files by relative paths only', () => {
    const paths = [...html.matchAll(/(?:src|href)="(?!https:)([^"]*)"/g)].map(([, path]) => path)
    expect(paths).toEqual(['icon.svg', 'style.css', 'main.js', 'pages.html'])
    const scripts = ['main.js', 'worker.js'].map(name => readFileSync(join(folder, name), 'utf8')).join()
    for (const name of ['worker.js', 'words.bin', 'definitions.json']) {
      expect(scripts).toMatch(new RegExp(`["'\`]${name}`))
    }
  })
})
