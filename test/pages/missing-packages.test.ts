// What an index of pages says when the optional packages are not installed: PDFium for PDF files, sharp for images. The other files
// are indexed, and the next update reads what was left out.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { decodeImage, parseDecodeOptions } from '../../src/encode/images/decode-image.js'
import { encodePng, openPageIndex, type PageEncoder } from '../../src/pages/index.js'
import { makePdf } from '../support/make-pdf.js'
import { createPlaceEncoder, imageFile } from './page-encoder.js'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'maxsimd-missing-'))
  mkdirSync(join(root, 'papers'))
})
afterEach(() => {
  vi.doUnmock('@hyzyla/pdfium')
  vi.doUnmock('sharp')
  rmSync(root, { recursive: true, force: true })
})

/** Makes the import of a package fail. */
const uninstall = (name: string) =>
  vi.doMock(name, () => {
    throw new Error('not installed')
  })

const at = (name: string) => join(root, 'papers', name)
const open = (encoder: PageEncoder) =>
  openPageIndex(join(root, 'index'), { encoder, encoderName: 'places', resolution: 30 })

it('without @hyzyla/pdfium, PDF files are left out with the remedy, and read once it is installed', async () => {
  writeFileSync(at('a.pdf'), makePdf([['Invoice']]))
  writeFileSync(at('b.png'), imageFile(1, 1))
  uninstall('@hyzyla/pdfium')
  const index = await open(createPlaceEncoder())
  const { encoded, problems } = await index.update([at('')])
  expect(encoded).toBe(1)
  expect(problems.length).toBe(1)
  expect(problems[0]).toMatch(
    /a\.pdf: the pages of PDF files needs the package @hyzyla\/pdfium; install it with: npm install @hyzyla\/pdfium, or pass images of the pages \(/,
  )
  vi.doUnmock('@hyzyla/pdfium')
  expect(await index.update([at('')])).toMatchObject({ added: 1, unchanged: 1, encoded: 1, problems: [] })
  expect(await index.store.count()).toBe(2)
  await index.close()
})

it('without sharp, image files are left out with the remedy, and PDF files are indexed', async () => {
  const { images, ...others } = createPlaceEncoder()
  const encoder: PageEncoder = {
    ...others,
    // as the encoders of maxsimd/encode: files are decoded by sharp, pixels are taken as they are
    async images(sources) {
      for (const source of sources) await decodeImage(source, parseDecodeOptions({}), 0)
      return images(sources)
    },
  }
  writeFileSync(at('a.png'), await encodePng({ data: new Uint8Array(48), width: 4, height: 4 }))
  writeFileSync(at('b.pdf'), makePdf([['Invoice']]))
  uninstall('sharp')
  const index = await open(encoder)
  const { encoded, problems } = await index.update([at('')])
  expect(encoded).toBe(1)
  expect(problems.length).toBe(1)
  expect(problems[0]).toMatch(
    /a\.png: an image file needs the package sharp; install it with: npm install sharp, or pass pixels as \{ data, width, height \} \(/,
  )
  expect((await index.search('0,0')).map(({ file }) => file)).toEqual([at('b.pdf')])
  await index.close()
})
