// The commands on an index of pages: index and search with an encoder that needs no model, info shows what the index has, serve and mcp
// refuse it with what to do instead.

import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createTextService } from '../../src/cli/service/text-service.js'
import { openPageIndex } from '../../src/pages/index.js'
import { createPlaceEncoder, imageFile } from '../pages/page-encoder.js'
import { makePdf } from '../support/make-pdf.js'
import { runCli, type Surroundings, temporaryFolder } from './run-cli.js'

/** Called with each image that a command encodes. */
let onImage = () => {}
/** Encoders that commands have loaded and not disposed of. */
let encoders = 0

vi.mock('../../src/cli/pages/page-encoder.js', async () => {
  const { createPlaceEncoder } = await import('../pages/page-encoder.js')
  return {
    loadPageEncoder: async (encoderName: string) => {
      encoders++
      const encoder = { ...createPlaceEncoder(() => onImage()), dispose: async () => void encoders-- }
      return { encoder, encoderName }
    },
  }
})

afterEach(() => {
  onImage = () => {}
  expect(encoders).toBe(0)
})

const at = temporaryFolder()

beforeAll(async () => {
  mkdirSync(at('papers'))
  writeFileSync(at('papers/a.pdf'), makePdf([['Invoice of May'], []]))
  writeFileSync(at('papers/b.png'), imageFile(2, 1))
  const encoder = createPlaceEncoder()
  const index = await openPageIndex(at('pages'), { encoder, encoderName: 'places', resolution: 30 })
  await index.update([at('papers')])
  await index.close()
  await (await openPageIndex(at('empty'), { encoder, encoderName: 'places' })).close()
})

describe('index --pages', () => {
  const index = (folder: string, store: string, surroundings: Surroundings) =>
    runCli(
      [
        ...['index', at(folder), '--pages', '--model', 'places'],
        ...['--resolution', '30', '--store', at(store)],
      ],
      surroundings,
    )

  it('reports the pages that it skips, and ends with exit code 1, also when nothing has changed', async () => {
    const skipped = `skipped: ${at('papers/a.pdf')}, page 2, has no content\n`
    for (const report of [/^2 new files, .*; 2 pages encoded$/m, /^0 new files, .* 2 unchanged, .*$/m]) {
      const { stdout, stderr } = await index('papers', 'skipped', { code: 1 })
      expect(stdout).toMatch(report)
      expect(stdout).toContain(`\n2 pages in ${at('skipped')}, `)
      expect(stderr).toBe(skipped)
    }
  })

  it('takes the model of the index if none is given, and prints its report with --json', async () => {
    const first = await index('papers', 'known', { code: 1 })
    expect(first.stdout).toContain('; 2 pages encoded\n')
    writeFileSync(at('papers-more.png'), imageFile(0, 0))
    const args = ['index', at('papers-more.png'), '--pages', '--store', at('known'), '--json']
    const { stdout, stderr } = await runCli(args)
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toMatchObject({
      path: at('known'),
      pages: 3,
      encoded: 1,
      resumed: 0,
      problems: [],
    })
    const info = JSON.parse((await runCli(['info', '--store', at('known'), '--json'])).stdout)
    expect(info.pages).toMatchObject({ encoder: 'places', resolution: 30 })
  })

  it('shows its progress on a terminal to the end, and erases it', async () => {
    const { stderr } = await index('papers', 'shown', { code: 1, isTTY: true })
    const [, first, ...lines] = stderr.split('\r\x1b[2K')
    expect(first).toBe('encoding pages …')
    expect(lines.some(line => /^encoding pages .* 100 %/.test(line))).toBe(true)
    // the notice of the page without content is in its place
    expect(lines.slice(-2)).toEqual(['', `skipped: ${at('papers/a.pdf')}, page 2, has no content\n`])
  })

  it('stores rows of the datatype that is chosen, and of float16 by default', async () => {
    const datatypeOf = async (store: string, ...more: string[]) => {
      const args = ['index', at('papers/b.png'), '--pages', '--model', 'places', '--store', at(store)]
      await runCli([...args, ...more])
      return (await runCli(['info', '--store', at(store)])).stdout
    }
    expect(await datatypeOf('half')).toContain('page: 17 x float16, Dot')
    expect(await datatypeOf('whole', '--datatype', 'float32')).toContain('page: 17 x float32, Dot')
  })

  it('names a file that does not exist before it loads the model', async () => {
    const args = ['index', at('gone.pdf'), '--pages', '--model', 'places', '--store', at('no-file')]
    const { stdout, stderr } = await runCli(args, { code: 2, isTTY: true })
    expect(stdout).toBe('')
    expect(stderr).toContain(at('gone.pdf'))
    expect(stderr).not.toContain('encoding pages')
  })

  it('does not replace a text index', async () => {
    mkdirSync(at('texts'))
    writeFileSync(at('texts/a.md'), 'A spider.\n')
    await runCli(['index', at('texts'), '--store', at('of-texts')])
    expect((await index('papers', 'of-texts', { code: 2 })).stderr).toBe(
      `"${at('of-texts')}" is a text index; choose another folder for pages with --store\nSee npx maxsimd index --help\n`,
    )
  })

  it('says that it found no page, and ends with exit code 1', async () => {
    mkdirSync(at('no-papers'))
    const { stderr } = await index('no-papers', 'nothing', { code: 1 })
    expect(stderr).toBe(`found no page in ${at('no-papers')}: no PDF file or image\n`)
  })

  it('says what was done when it is interrupted, and continues there', async () => {
    const interrupt = new AbortController()
    onImage = () => interrupt.abort()
    const stopped = await index('papers', 'stopped', { code: 130, signal: interrupt.signal })
    expect(stopped).toEqual({
      stdout: '',
      stderr: '1 page encoded; the next run continues\ninterrupted\n',
    })
    onImage = () => {}
    const { stdout } = await index('papers', 'stopped', { code: 1 })
    expect(stdout).toContain('; 1 page encoded, 1 encoded before\n2 pages in ')
  })

  it('ends with the error of the model, and says nothing of an interruption', async () => {
    onImage = () => {
      throw new Error('the model failed')
    }
    expect(await index('papers', 'failed', { code: 2 })).toEqual({
      stdout: '',
      stderr: 'the model failed\n',
    })
  })

  it.each<[what: string, args: readonly string[], message: string]>([
    ['no model', [], '"--pages" requires --model: Qdrant/colmodernvbert, or the folder of a model for pages'],
    [
      'a datatype of other vectors',
      ['--model', 'places', '--datatype', 'binary'],
      '"--datatype" of pages expected one of float32, float16, i8, got binary',
    ],
    ...['--lines', '--vectors', '--lazy'].map((flag): [string, string[], string] => [
      flag,
      [flag, '--model', 'places'],
      `"${flag}" and "--pages" cannot be combined`,
    ]),
  ])('refuses %s', async (_, args, message) => {
    const all = ['index', at('papers'), '--pages', '--store', at('refused'), ...args]
    expect(await runCli(all, { code: 2 })).toEqual({
      stdout: '',
      stderr: `${message}\nSee npx maxsimd index --help\n`,
    })
  })
})

describe('search', () => {
  const search = async (args: readonly string[], code = 0) => {
    const { stdout, stderr } = await runCli(['search', '2,1', '--store', at('pages'), ...args], { code })
    expect(stderr).toBe(code === 1 ? 'no results\n' : '')
    return stdout
  }
  const filesOf = async (...args: string[]) =>
    JSON.parse(await search([...args, '--json'])).hits.map(({ file }: { file: string }) => file)
  const filter = (key: string, value: unknown) => [
    '--filter',
    JSON.stringify({ must: [{ key, match: { value } }] }),
  ]

  it('finds pages by what they show, best first, up to --limit and with --filter', async () => {
    expect(await filesOf()).toEqual([at('papers/b.png'), at('papers/a.pdf')])
    expect(await filesOf('--limit', '1')).toEqual([at('papers/b.png')])
    expect(await filesOf(...filter('file', at('papers/a.pdf')))).toEqual([at('papers/a.pdf')])
    expect(await search(['--limit', '1'])).toMatch(/^ 1\. \S+b\.png, page 1 {2}\d\.\d{3}\n$/)
  })

  it('writes a picture of each page with --heatmap, and names it', async () => {
    const more = ['--limit', '1', '--heatmap', at('maps')]
    const [, picture] = (await search(more)).split('\n')
    const [name, ...others] = readdirSync(at('maps'))
    expect([picture, others]).toEqual([`    ${at('maps')}/${name}`, []])
    expect(name).toMatch(/^01-.*b\.png-page-1\.svg$/)
    expect(readFileSync(at(`maps/${name}`), 'utf8')).toContain('<svg ')
    const { hits } = JSON.parse(await search([...more, '--json']))
    expect(hits).toMatchObject([{ heatmap: at(`maps/${name}`) }])
  })

  it('shows at most 160 characters of a page, on one line, and with --explain the place of each match', async () => {
    mkdirSync(at('long'))
    writeFileSync(at('long/a.pdf'), makePdf([Array(30).fill('a  word and')]))
    const store = at('long-pages')
    await runCli(['index', at('long'), '--pages', '--model', 'places', '--store', store])
    const { stdout } = await runCli(['search', '1,0', '--store', store])
    expect(stdout.split('\n')[1]).toBe(`    ${'a word and '.repeat(30).slice(0, 160)}`)
    expect(await search(['--limit', '1', '--explain'])).toMatch(/\n {4}2,1 ~ 50 %, 25 % \d\.\d\d\n$/)
  })

  it('writes each picture with the rank of its page, best first', async () => {
    await search(['--heatmap', at('ranked')])
    expect(
      readdirSync(at('ranked')).map(name => name.replace(/^(\d\d-).*(\w\.\w+-page-\d\.svg)$/, '$1$2')),
    ).toEqual(['01-b.png-page-1.svg', '02-a.pdf-page-1.svg'])
  })

  it('names a picture by the last 80 characters of the path, without those that a shell treats in its own way', async () => {
    const file = at(`odd/${'x'.repeat(75)} $(ä) & b.png`)
    mkdirSync(at('odd'))
    writeFileSync(file, imageFile(2, 1))
    const store = ['--store', at('odd-pages')]
    await runCli(['index', file, '--pages', '--model', 'places', ...store])
    await runCli(['search', '2,1', ...store, '--heatmap', at('odd-maps/deep')])
    expect(readdirSync(at('odd-maps/deep'))).toEqual([`01-${'x'.repeat(74)}_b.png-page-1.svg`])
  })

  it('ends with exit code 1 if no page passes the filter', async () => {
    expect(await search(filter('page', 9), 1)).toBe('')
  })

  it('has the matches with --explain only', async () => {
    const [explained, plain] = await Promise.all(
      [['--explain'], []].map(async more => JSON.parse(await search([...more, '--json'])).hits[0]),
    )
    expect(explained.matches).toMatchObject([{ queryToken: { text: '2,1' } }])
    expect(plain).not.toHaveProperty('matches')
    expect(await search(['--explain'])).toContain('\n    2,1 ~ ')
  })

  it.each(['--only', '--using', '--queries'])('refuses %s', async flag => {
    const question = flag === '--queries' ? [] : ['2,1']
    const args = ['search', ...question, '--store', at('pages'), flag, 'words']
    expect((await runCli(args, { code: 2 })).stderr).toBe(
      `"${flag}" does not apply to "${at('pages')}", an index of pages\nSee npx maxsimd search --help\n`,
    )
  })
})

it('info shows the model, the resolution, the grid of patches, and what is not in the index', async () => {
  const { stdout } = await runCli(['info', '--store', at('pages')])
  const lines = stdout.split('\n')
  expect(lines[0]).toMatch(/pages: 2 points in 1 segment, [\d.]+ kB on disk$/)
  expect(lines.slice(1, 5)).toEqual([
    '  pages of 2 files, model places, 30 pixels per inch',
    '  the first page has 4 x 4 patches',
    `  not in the index: ${at('papers/a.pdf')}, page 2, has no content`,
    '  page: 17 x float16, Dot, max_sim, 17.0 rows per document',
  ])
  const { path, pages } = JSON.parse((await runCli(['info', '--store', at('pages'), '--json'])).stdout)
  expect(path).toBe(at('pages'))
  expect(pages).toMatchObject({ encoder: 'places', resolution: 30, files: 2, layout: { side: 4 } })
  expect(pages.problems).toEqual([`${at('papers/a.pdf')}, page 2, has no content`])
  const empty = await runCli(['info', '--store', at('empty')])
  expect(empty.stdout).toContain(
    '  pages of 0 files, model places, 150 pixels per inch\n  page: 17 x float16',
  )
})

it('serve and mcp, which answer searches of texts, say how to search pages', async () => {
  const refusal =
    `"${at('pages')}" is an index of pages, and only indexes of texts and stores are served; search it with: ` +
    `npx maxsimd search --store "${at('pages')}" <question>, or in a program with openPageIndex of maxsimd/pages`
  const { stdout, stderr } = await runCli(['serve', '--store', at('pages'), '--port', '0'], { code: 2 })
  expect([stdout, stderr]).toEqual(['', `${refusal}\nSee npx maxsimd serve --help\n`])
  const options = { folder: at('pages'), mustExist: true }
  await expect(createTextService(options as never, {} as never)).rejects.toThrow(refusal)
})

it('a service whose folder becomes an index of pages names it as one', async () => {
  const interrupt = new AbortController()
  const terminal = {
    stdout: { write() {} },
    stderr: { write() {} },
    environment: {},
    signal: interrupt.signal,
  }
  const service = await createTextService({ folder: at('later'), mustExist: false }, terminal)
  await expect(service.search({ query: 'a' })).rejects.toThrow(
    `there is no index at "${at('later')}"; create it`,
  )
  renameSync(at('empty'), at('later'))
  await expect(service.search({ query: 'a' })).rejects.toThrow(
    `"${at('later')}" is an index of pages, and only indexes of texts and stores are served`,
  )
  await service.close()
})
