// The commands on an index of pages: info shows what it has, serve and mcp refuse it with what to do instead.

import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { beforeAll, expect, it } from 'vitest'
import { createTextService } from '../../src/cli/service/text-service.js'
import { openPageIndex } from '../../src/pages/index.js'
import { createPlaceEncoder, imageFile } from '../pages/page-encoder.js'
import { makePdf } from '../support/make-pdf.js'
import { runCli, temporaryFolder } from './run-cli.js'

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
