// The pages of PDF files, by PDFium: pictures, texts, and what is wrong with a file.

import { expect, it } from 'vitest'
import { pdfOfObjects } from '../../demo/pages/pdf-objects.js'
import { openPdf, type PageError } from '../../src/pages/index.js'
import { makePdf } from '../support/make-pdf.js'

const refusalOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'accepted',
    (error: PageError) => [error.name, error.code, error.reason, error.page, error.message],
  )

it('a page has the pixels of its size and resolution, dark where its text is, and its text', async () => {
  const pdf = await openPdf(makePdf([['Invoice of May', 'total 12'], ['Second page']]), { resolution: 50 })
  expect(pdf.pages).toBe(2)
  const { page, data, width, height, text } = await pdf.render(1)
  expect([page, width, height, data.length, text]).toEqual([
    1,
    425,
    550,
    425 * 550 * 3,
    'Invoice of May\ntotal 12',
  ])
  const isDark = (x: number, y: number) => data[(y * width + x) * 3]! < 200
  let [top, left, bottom, right] = [height, width, 0, 0]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!isDark(x, y)) continue
      ;[top, left, bottom, right] = [
        Math.min(top, y),
        Math.min(left, x),
        Math.max(bottom, y),
        Math.max(right, x),
      ]
    }
  }
  // the text begins 72 points from the left and from the top, in lines of 14 points
  expect(left).toBeGreaterThanOrEqual(49)
  expect(left).toBeLessThan(53)
  expect(top).toBeGreaterThan(38)
  expect(bottom).toBeLessThan(65)
  expect(right).toBeLessThan(130)
  // a page can be rendered again, and in any order
  expect((await pdf.render(2)).text).toBe('Second page')
  expect((await pdf.render(1)).data).toEqual(data)
  pdf.close()
  pdf.close()
  await expect(pdf.render(1)).rejects.toThrow('PDF was closed; open it again with openPdf()')
})

it('a page has its colours, as red, green and blue', async () => {
  const content = '1 0 0 rg 0 0 24 72 re f 0 1 0 rg 24 0 24 72 re f 0 0 1 rg 48 0 24 72 re f'
  const file = pdfOfObjects([
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 72 72] /Contents 4 0 R >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
  ])
  // 72 x 72 pixels are allowed, and no more
  const pdf = await openPdf(file, { resolution: 72, maxPixels: 5184 })
  const { data, width } = await pdf.render(1)
  const at = (x: number) => [...data.subarray((36 * width + x) * 3, (36 * width + x) * 3 + 3)]
  expect([at(12), at(36), at(60)]).toEqual([[255, 0, 0], [0, 255, 0], [0, 0, 255]]) // biome-ignore format: colours
  await expect(pdf.render(0)).rejects.toThrow('"page" expected a whole number from 1 to 1, got 0')
  pdf.close()
  const less = await openPdf(file, { resolution: 72, maxPixels: 5183 })
  await expect(less.render(1)).rejects.toThrow('has 72 x 72 pixels at 72 per inch, more than 5183')
  less.close()
})

it('a page has the size that pypdfium2 has, at 150 pixels per inch by default', async () => {
  // width and height in points, resolution, and the size of pypdfium2 5: page.render(scale=resolution / 72)
  const cases = [
    [612, 792, undefined, 1275, 1651],
    [612, 792, 300, 2550, 3301],
    [612, 792, 200, 1700, 2200],
    [595, 842, 150, 1240, 1755],
    [595.276, 841.89, 150, 1241, 1754],
    [594.96, 841.92, 72, 595, 842],
    [419.53, 595.28, 100, 583, 827],
  ] as const
  const letter = new TextDecoder('latin1').decode(makePdf([['a']])).replace('72 720', '72 400')
  for (const [pointsWide, pointsHigh, resolution, ...expected] of cases) {
    const file = letter.replace('612 792', `${pointsWide} ${pointsHigh}`)
    const pdf = await openPdf(new TextEncoder().encode(file), { resolution })
    const { width, height } = await pdf.render(1)
    expect([width, height], `${pointsWide} x ${pointsHigh} at ${resolution}`).toEqual(expected)
    pdf.close()
  }
})

it('a file that is no PDF or is damaged is refused by name', async () => {
  const file = 'papers/broken.pdf'
  expect(await refusalOf(openPdf(new TextEncoder().encode('no PDF'), { file }))).toEqual([
    'PageError',
    'ERR_PAGE',
    'broken',
    undefined,
    'papers/broken.pdf cannot be read as PDF (File not in PDF format or corrupted); repair it, for example by printing it to a new PDF',
  ])
  // the file can be used after a refusal
  const pdf = await openPdf(makePdf([['a']]), { file })
  await expect(pdf.render(2)).rejects.toThrow('"page" expected a whole number from 1 to 1, got 2')
  pdf.close()
})

it('an encrypted file is refused without its password, and the password is not in the error', async () => {
  const trailer = '/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 '
  const key = `/O <${'28'.repeat(32)}> /U <${'29'.repeat(32)}> >> /ID [<00> <00>]`
  const text = new TextDecoder('latin1').decode(makePdf([['a']]))
  const bytes = new TextEncoder().encode(text.replace('/Root 1 0 R', `/Root 1 0 R ${trailer}${key}`))
  const file = 'locked.pdf'
  expect(await refusalOf(openPdf(bytes, { file }))).toEqual([
    'PageError',
    'ERR_PAGE',
    'encrypted',
    undefined,
    'locked.pdf is encrypted; pass its "password", or save it without one',
  ])
  expect(await refusalOf(openPdf(bytes, { file, password: 'secret' }))).toEqual([
    'PageError',
    'ERR_PAGE',
    'encrypted',
    undefined,
    'locked.pdf is encrypted with another password; pass its "password", or save it without one',
  ])
})

it('an empty page and a huge one are refused by number, and the others are rendered', async () => {
  const text = new TextDecoder('latin1').decode(makePdf([['a'], [], ['c']]))
  const pdf = await openPdf(new TextEncoder().encode(text), { file: 'mixed.pdf', resolution: 30 })
  expect(await refusalOf(pdf.render(2))).toEqual([
    'PageError',
    'ERR_PAGE',
    'empty',
    2,
    'mixed.pdf, page 2, has no content',
  ])
  expect((await pdf.render(3)).text).toBe('c')
  pdf.close()
  const huge = await openPdf(new TextEncoder().encode(text), { file: 'huge.pdf', resolution: 2400 })
  expect(await refusalOf(huge.render(1))).toEqual([
    'PageError',
    'ERR_PAGE',
    'pixels',
    1,
    'huge.pdf, page 1, has 20400 x 26401 pixels at 2400 per inch, more than 89478485; lower "resolution"',
  ])
  huge.close()
})

it('wrong options are refused', async () => {
  await expect(openPdf('a.pdf' as never)).rejects.toThrow('"bytes" expected a Uint8Array, got string')
  await expect(openPdf(new Uint8Array(), { resolution: 0 })).rejects.toThrow(
    '"resolution" expected a whole number from 1 to 2400, got 0',
  )
  await expect(openPdf(new Uint8Array(), { dpi: 3 } as never)).rejects.toThrow(
    'unknown option "options.dpi"; valid options of openPdf: file, password, resolution, maxPixels, pdfium',
  )
})

/** A started PDFium whose pages are `size` points wide and high, and what it was called with. */
function fakePdfium(
  size = 72,
  render: () => Promise<{ data: Uint8Array }> = async () => ({ data: pixels(1) }),
) {
  const calls: unknown[] = []
  const page = {
    getOriginalSize: () => ({ originalWidth: size, originalHeight: size }),
    getText: () => 'one\r\ntwo\nthree\r',
    render: (options: object) => {
      calls.push(options)
      return render()
    },
  }
  const document = {
    getPageCount: () => 2,
    getPage: (index: number) => {
      calls.push(index)
      if (index === 1) throw new Error('damaged')
      return page
    },
    destroy: () => calls.push('destroy'),
  }
  const loadDocument = async (...args: unknown[]) => {
    calls.push(args)
    return document
  }
  return { calls, pdfium: { loadDocument } }
}

/** A picture of a pixel in four bytes. */
const pixels = (red: number) => Uint8Array.of(red, 2, 3, 255)

it('a started PDFium that is passed is used, with the password, and its document is freed once', async () => {
  const { calls, pdfium } = fakePdfium(1)
  const bytes = new Uint8Array(3)
  const pdf = await openPdf(bytes, { pdfium, password: 'secret', resolution: 72, maxPixels: 1 })
  expect(await pdf.render(1)).toEqual({
    ...{ page: 1, width: 1, height: 1, text: 'one\ntwo\nthree\r' },
    data: Uint8Array.of(1, 2, 3),
  })
  expect(await refusalOf(pdf.render(2))).toEqual([
    'PageError',
    'ERR_PAGE',
    'broken',
    2,
    'PDF, page 2, cannot be read (damaged)',
  ])
  for (const _ of [1, 2]) pdf.close()
  const options = { width: 1, height: 1, render: 'bitmap' }
  expect(calls).toEqual([[bytes, 'secret'], 0, options, 1, 'destroy'])
  const without = fakePdfium()
  await openPdf(bytes, { pdfium: without.pdfium })
  expect(without.calls).toEqual([[bytes, '']])
})

it('a page that cannot be rendered, has no size or only white is refused with the reason', async () => {
  const cases = [
    [0, pixels(1), 'broken', 'cannot be read: it has no size'],
    [1, undefined, 'broken', 'cannot be rendered (no memory)'],
    [1, Uint8Array.of(255, 255, 255, 0), 'empty', 'has no content'],
  ] as const
  for (const [size, data, reason, problem] of cases) {
    const { pdfium } = fakePdfium(size, async () => {
      if (!data) throw new Error('no memory')
      return { data }
    })
    const pdf = await openPdf(new Uint8Array(), { pdfium, resolution: 72, file: 'a.pdf' })
    expect(await refusalOf(pdf.render(1))).toEqual([
      'PageError',
      'ERR_PAGE',
      reason,
      1,
      `a.pdf, page 1, ${problem}`,
    ])
  }
})

it('a resolution is from 1 to 2,400, and a page has at least a pixel', async () => {
  const { pdfium } = fakePdfium()
  for (const options of [{ resolution: 1 }, { resolution: 2400 }, { maxPixels: 1 }])
    expect((await openPdf(new Uint8Array(), { pdfium, ...options })).pages).toBe(2)
  for (const options of [{ resolution: 2401 }, { resolution: 1.5 }, { maxPixels: 0 }])
    await expect(openPdf(new Uint8Array(), { pdfium, ...options })).rejects.toThrow(RangeError)
})
