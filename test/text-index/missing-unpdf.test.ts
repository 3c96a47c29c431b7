// What an index says of PDF files when the optional package unpdf is not installed.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it, vi } from 'vitest'
import { createStaticEncoder } from '../../src/encode/index.js'
import { openTextIndex } from '../../src/text-index/index.js'
import { pdfBlocks } from '../../src/text-index/pdf-blocks.js'
import { makePdf } from '../support/make-pdf.js'

const root = mkdtempSync(join(tmpdir(), 'maxsimd-unpdf-'))
const cause = new Error('not installed')
const search = vi.fn(() => {
  throw cause
})
vi.doMock('unpdf', search)
afterAll(() => {
  vi.doUnmock('unpdf')
  rmSync(root, { recursive: true, force: true })
})

it('without unpdf, PDF files are refused with the remedy, and the package is searched once', async () => {
  for (const file of ['a.pdf', 'b.pdf']) {
    await expect(pdfBlocks(file, makePdf([['Invoice']]))).rejects.toMatchObject({
      code: 'ERR_MISSING_PACKAGE',
      packageName: 'unpdf',
      message:
        'the text of PDF files needs the package unpdf; install it with: npm install unpdf, or convert them to text',
      cause: expect.objectContaining({ message: expect.any(String) }),
    })
  }
  expect(search).toHaveBeenCalledTimes(1)
})

it('without unpdf, an update counts the PDF files of a folder, names one that is given, and reads the others', async () => {
  const folder = join(root, 'notes')
  mkdirSync(folder)
  writeFileSync(join(folder, 'a.pdf'), makePdf([['Invoice']]))
  writeFileSync(join(folder, 'b.txt'), 'spider')
  const encoder = createStaticEncoder(readFileSync('data/words.bin'))
  const index = await openTextIndex(join(root, 'index'), { encoder, encoderName: 'static', weighted: true })
  expect(await index.update([folder])).toMatchObject({
    ...{ added: 1, skipped: [] },
    ignored: { '.pdf (to read them: npm install unpdf)': 1 },
  })
  const file = join(folder, 'a.pdf')
  expect((await index.update([file])).skipped).toEqual([
    `${file}: the text of PDF files needs the package unpdf; install it with: npm install unpdf, or convert them to text`,
  ])
  await index.close()
})

it('without unpdf, a PDF file that the index has keeps its passages, and the package is named', async () => {
  const folder = join(root, 'books')
  mkdirSync(folder)
  writeFileSync(join(folder, 'a.txt'), 'spider')
  const encoder = createStaticEncoder(readFileSync('data/words.bin'))
  const index = await openTextIndex(join(root, 'books-index'), {
    ...{ encoder, encoderName: 'static', weighted: true },
  })
  await index.update([folder])
  // the text becomes a PDF file, as if it had been one that was read with the package
  const [text, file] = [join(folder, 'a.txt'), join(folder, 'a.pdf')]
  writeFileSync(file, makePdf([['Invoice']]))
  rmSync(text)
  const { files } = index.catalog
  files[file] = files[text]!
  delete files[text]
  expect(await index.update([folder])).toMatchObject({
    ...{ removed: 0, changed: 0, ignored: {} },
    skipped: [expect.stringMatching(/a\.pdf: the text of PDF files needs the package unpdf;/)],
  })
  expect(await index.store.count()).toBe(1)
  await index.close()
})
