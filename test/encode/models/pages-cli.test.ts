// `maxsimd index --pages` and `search` with a tiny model: PDF files and images, problems, resuming, pictures; and the programs of
// docs/pages.md.

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformSync } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from '../../../src/cli/program.js'
import { makePdf } from '../../support/make-pdf.js'
import { hasPython, makePageFixtures, pageModels, pictures } from './pages/page-fixtures.js'
import { freshFolder, runInstalled } from './support.js'

const model = join(pageModels, 'colmodernvbert-small')

async function run(
  args: readonly string[],
  { interrupt, isTTY = false }: { interrupt?: (text: string) => boolean; isTTY?: boolean } = {},
) {
  const controller = new AbortController()
  let [stdout, stderr] = ['', '']
  const code = await runProgram(args, {
    stdout: { write: text => (stdout += text) },
    stderr: {
      isTTY,
      columns: 100,
      write(text) {
        stderr += text
        if (interrupt?.(stderr)) controller.abort(new Error('interrupted'))
      },
    },
    environment: { NO_COLOR: '1' },
    signal: controller.signal,
  })
  return { code, stdout, stderr }
}

describe.runIf(hasPython)('pages on the command line', () => {
  beforeAll(makePageFixtures, 120_000)

  it('are indexed and found, with their file and page; problems are listed, and the other files indexed', async () => {
    const folder = freshFolder()
    const papers = join(folder, 'papers')
    mkdirSync(papers)
    writeFileSync(join(papers, 'report.pdf'), makePdf([['Sales by year'], [], ['The end']]))
    writeFileSync(join(papers, 'broken.pdf'), 'no PDF')
    writeFileSync(join(papers, 'broken.png'), 'no image')
    cpSync(join(pictures, 'files/size-228x161.png'), join(papers, 'chart.png'))
    const store = ['--store', join(folder, 'index')]
    const first = await run(['index', papers, '--pages', '--model', model, '--resolution', '40', ...store])
    expect(first.stdout.replace(/[\d.]+ s$/m, '1 s')).toBe(
      `4 new files, 0 changed, 0 unchanged, 0 removed; 3 pages encoded\n3 pages in ${join(folder, 'index')}, 1 s\n`,
    )
    expect(first.stderr.split('\n')).toEqual([
      `skipped: ${papers}/broken.pdf cannot be read as PDF (File not in PDF format or corrupted); repair it, for example by printing it to a new PDF`,
      expect.stringMatching(
        /^skipped: .*\/broken\.png is not an image that can be decoded \(.*\); pass a PNG, JPEG, WebP, GIF or TIFF file, or pixels$/,
      ),
      `skipped: ${papers}/report.pdf, page 2, has no content`,
      '',
    ])
    expect(first.code).toBe(1)
    // the model and the resolution are those of the index
    const again = await run(['index', papers, '--pages', '--json', ...store])
    expect(JSON.parse(again.stdout)).toMatchObject({ added: 0, unchanged: 4, encoded: 0, pages: 3 })

    const out = join(folder, 'out')
    const found = await run(['search', 'sales', 'by', 'year', '--explain', '--heatmap', out, ...store])
    expect([found.code, found.stderr]).toEqual([0, ''])
    expect(
      found.stdout
        .match(/^ \d\. .*$/gm)!
        .map(line => line.replace(/ {2}[\d.]+$/, '').slice(4))
        .sort(),
    ).toEqual([`${papers}/chart.png, page 1`, `${papers}/report.pdf, page 1`, `${papers}/report.pdf, page 3`])
    expect(found.stdout).toContain('    Sales by year\n')
    expect(found.stdout).toMatch(/^ {4}\S+ ~ (\d+ %, \d+ %|no place) \d\.\d\d$/m)
    const files = readdirSync(out).sort()
    expect(files.map(name => name.replace(/^\d\d-.*papers_/, '')).sort()).toEqual([
      'chart.png-page-1.svg',
      'report.pdf-page-1.svg',
      'report.pdf-page-3.svg',
    ])
    for (const file of files)
      expect(readFileSync(join(out, file), 'utf8')).toMatch(
        /^<svg [\s\S]*href="data:image\/png;base64,[\s\S]*<\/svg>\n$/,
      )

    const json = await run([
      'search',
      'sales',
      '--json',
      '--limit',
      '1',
      '--filter',
      '{"must":[{"key":"page","match":{"value":3}}]}',
      ...store,
    ])
    const { hits } = JSON.parse(json.stdout)
    expect(hits).toMatchObject([{ file: `${papers}/report.pdf`, page: 3, text: 'The end' }])
  })

  it('go on after an interruption', async () => {
    const folder = freshFolder()
    writeFileSync(join(folder, 'long.pdf'), makePdf(Array.from({ length: 6 }, (_, i) => [`page ${i}`])))
    const args = [
      'index',
      join(folder, 'long.pdf'),
      '--pages',
      '--model',
      model,
      '--resolution',
      '30',
      '--store',
      join(folder, 'index'),
    ]
    const stopped = await run(args, { isTTY: true, interrupt: text => / (?:17|33) %/.test(text) })
    expect([stopped.code, stopped.stdout]).toEqual([130, ''])
    expect(stopped.stderr).toMatch(/\d pages? encoded; the next run continues/)
    const next = await run(args)
    const [, encoded, before] = /; (\d) pages? encoded, (\d) encoded before/.exec(next.stdout)!.map(Number)
    expect(encoded! + before!).toBe(6)
    expect(before).toBeGreaterThan(0)
  })

  it('are refused with options and models that do not fit', async () => {
    const folder = freshFolder()
    const errorOf = async (...args: string[]) => (await run(args)).stderr
    const store = ['--store', join(folder, 'index')]
    expect(await errorOf('index', folder, '--pages', ...store)).toContain(
      '"--pages" requires --model: Qdrant/colmodernvbert, or the folder of a model for pages',
    )
    expect(await errorOf('index', folder, '--pages', '--lines', ...store)).toContain(
      '"--lines" and "--pages" cannot be combined',
    )
    expect(
      await errorOf('index', folder, '--pages', '--model', model, '--datatype', 'binary', ...store),
    ).toContain('"--datatype" of pages expected one of float32, float16, i8, got binary')
    const text = join('test/encode/models/fixtures/models/colbert')
    expect(await errorOf('index', folder, '--pages', '--model', text, ...store)).toContain(
      `"--model" ${text} takes no images; choose Qdrant/colmodernvbert, or a folder with it`,
    )
    expect(await errorOf('search', 'x', '--heatmap', 'out', ...store)).toContain(
      '"--heatmap" is for indexes of pages; create one with: npx maxsimd index --pages',
    )
    await run(['index', folder, '--pages', '--model', model, ...store])
    expect(await errorOf('search', 'x', '--only', 'words', ...store)).toContain(
      `"--only" does not apply to "${join(folder, 'index')}", an index of pages`,
    )
  })

  it('are encoded by the programs of docs/pages.md', () => {
    const code = [...readFileSync('docs/pages.md', 'utf8').matchAll(/^```ts pages\n([\s\S]*?)^```/gm)]
      .map(([, block]) => block)
      .join('\n')
    const imports = code.match(/^import .*$/gm)!.join('\n')
    const body = code.replaceAll(/^import .*$/gm, '').replaceAll('Qdrant/colmodernvbert', model)
    const packages = ['sharp', '@img', 'detect-libc', 'semver'].map(name =>
      join(process.cwd(), 'test/encode/models/node_modules', name),
    )
    const prepare = `
      import { mkdirSync, writeFileSync } from 'node:fs'
      mkdirSync('papers')
      writeFileSync('papers/report.pdf', Buffer.from('${Buffer.from(makePdf([['Sales']])).toString('base64')}', 'base64'))
      writeFileSync('invoice.png', Buffer.from('${readFileSync(join(pictures, 'files/size-161x228.png')).toString('base64')}', 'base64'))
    `
    const { code: program } = transformSync(
      `${imports}\n${prepare}\n${body}
      console.log(JSON.stringify([hit.matches.length > 0, similar.length, Object.keys(vectors).join(), report.encoded, best.page, svg.slice(0, 4)]))`,
      { loader: 'ts', target: 'es2022' },
    )
    expect(packages.every(existsSync)).toBe(true)
    const lines = runInstalled(program, {
      packages: [...packages, join(process.cwd(), 'node_modules/@hyzyla')],
    }).split('\n')
    expect(JSON.parse(lines.at(-1)!)).toEqual([true, 1, 'full,lines,columns', 1, 1, '<svg'])
  })
})
