// The pages of a PDF file as images and texts, by PDFium.

import { checkKnownOptions, wholeNumber } from '../../base/check-options.js'
import { isA, messageOf } from '../../base/is-a.js'
import { typeName } from '../../base/type-name.js'
import { loadPdfium, type PdfiumDocument, type PdfiumLibrary, type PdfiumPage } from './pdfium.js'

/** A page as an image, and its text. */
export interface PdfPage {
  /** Number of the page, from 1. */
  readonly page: number
  /** Pixels of 3 bytes, red, green and blue, on white. */
  readonly data: Uint8Array
  /** Pixels in a line. */
  readonly width: number
  /** Lines of pixels. */
  readonly height: number
  /** The text layer: what can be selected in a viewer. Empty if there is none, as on a scanned page. */
  readonly text: string
}

/** The options of `openPdf`. */
export interface PdfOptions {
  /** The name of the file in errors. Default: `PDF`. */
  readonly file?: string | undefined
  /** The password of an encrypted file. It never occurs in an error. Default: none. */
  readonly password?: string | undefined
  /**
   * Pixels per inch of the images. Default: 150, at which an A4 page has 1241 x 1755 pixels: more than ColPali uses, and
   * nearly the 2,048 lines of ColModernVBERT.
   */
  readonly resolution?: number | undefined
  /** Maximum number of pixels of a page. Default: 89,478,485. */
  readonly maxPixels?: number | undefined
  /**
   * A started PDFium. Default: @hyzyla/pdfium is imported by its name and started, once. A page and a bundled program pass it:
   * `await PDFiumLibrary.init({ wasmUrl })`.
   */
  readonly pdfium?: PdfiumLibrary | undefined
}

/** An open PDF file. */
export interface PdfFile {
  /** Number of pages. */
  readonly pages: number
  /**
   * Renders a page, from 1 to `pages`.
   *
   * @throws PageError if the page is broken, has no content, or has too many pixels
   */
  render(page: number): Promise<PdfPage>
  /** Frees the file. */
  close(): void
}

/** Thrown for a PDF file, or a page of one, that cannot be used. */
export class PageError extends Error {
  override readonly name = 'PageError'
  readonly code = 'ERR_PAGE'
  /** The number of the page, from 1; undefined for an error of the whole file. */
  readonly page: number | undefined
  /** `broken`: it cannot be read. `encrypted`: it needs a password. `empty`: it has no content. `pixels`: it is too large. */
  readonly reason: 'broken' | 'encrypted' | 'empty' | 'pixels'

  constructor(
    file: string,
    page: number | undefined,
    reason: PageError['reason'],
    problem: string,
    cause?: unknown,
  ) {
    super(`${file}${page === undefined ? '' : `, page ${page},`} ${problem}`, { cause })
    this.page = page
    this.reason = reason
  }
}

const OPTIONS = ['file', 'password', 'resolution', 'maxPixels', 'pdfium'] as const
const POINTS_PER_INCH = 72
const MAX_PIXELS = 89_478_485

/**
 * Opens a PDF file, to make images of its pages. Needs the package @hyzyla/pdfium. Close the file at the end.
 *
 * @throws PageError if the file is broken, or encrypted with another password
 * @throws MissingPackageError if @hyzyla/pdfium is not installed
 * @throws TypeError or RangeError if an argument is invalid
 *
 * @example
 * import { openPdf } from 'maxsimd/pages'
 *
 * const content = 'BT /F1 24 Tf 20 40 Td (Invoice) Tj ET'
 * const file = `%PDF-1.4
 * 1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj
 * 2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj
 * 3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 144 72] /Contents 4 0 R
 *   /Resources <</Font <</F1 <</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>>>>>>> endobj
 * 4 0 obj <</Length ${content.length}>> stream
 * ${content}
 * endstream endobj
 * trailer <</Root 1 0 R>>`
 *
 * const pdf = await openPdf(new TextEncoder().encode(file), { resolution: 72 })
 * const { width, height, text } = await pdf.render(1)
 * console.log([width, height, text]) // [144, 72, 'Invoice']
 * pdf.close()
 */
export async function openPdf(bytes: Uint8Array, options: PdfOptions = {}): Promise<PdfFile> {
  checkKnownOptions(options, OPTIONS, 'openPdf')
  if (!isA(bytes, 'Uint8Array')) throw new TypeError(`"bytes" expected a Uint8Array, got ${typeName(bytes)}`)
  const { file = 'PDF', password = '' } = options
  const resolution = wholeNumber(options.resolution ?? 150, 'resolution', 1, 2400)
  const maxPixels = wholeNumber(options.maxPixels ?? MAX_PIXELS, 'maxPixels', 1)
  const library = options.pdfium ?? (await loadPdfium())
  const document = await library.loadDocument(bytes, password).catch((cause: unknown) => {
    throw documentError(file, cause, password !== '')
  })
  const pages = document.getPageCount()
  let isOpen = true
  return {
    pages,
    async render(page) {
      wholeNumber(page, 'page', 1, pages)
      if (!isOpen) throw new TypeError(`${file} was closed; open it again with openPdf()`)
      return renderPage(document, { file, page, resolution, maxPixels })
    },
    close() {
      if (isOpen) document.destroy()
      isOpen = false
    },
  }
}

function documentError(file: string, cause: unknown, hasPassword: boolean): PageError {
  const reason = messageOf(cause)
  if (/password/i.test(reason)) {
    const problem = hasPassword ? 'is encrypted with another password' : 'is encrypted'
    return new PageError(
      file,
      undefined,
      'encrypted',
      `${problem}; pass its "password", or save it without one`,
      cause,
    )
  }
  const problem = `cannot be read as PDF (${reason}); repair it, for example by printing it to a new PDF`
  return new PageError(file, undefined, 'broken', problem, cause)
}

interface RenderSettings {
  readonly file: string
  readonly page: number
  readonly resolution: number
  readonly maxPixels: number
}

async function renderPage(document: PdfiumDocument, settings: RenderSettings): Promise<PdfPage> {
  const { file, page, resolution, maxPixels } = settings
  const fail = (reason: PageError['reason'], problem: string, cause?: unknown) =>
    new PageError(file, page, reason, problem, cause)
  let opened: PdfiumPage
  let size: ReturnType<PdfiumPage['getOriginalSize']>
  try {
    opened = document.getPage(page - 1)
    size = opened.getOriginalSize()
  } catch (cause) {
    throw fail('broken', `cannot be read (${messageOf(cause)})`, cause)
  }
  // rounded as in pypdfium2: one factor, whose error can add a pixel
  const scale = resolution / POINTS_PER_INCH
  const width = Math.ceil(size.originalWidth * scale)
  const height = Math.ceil(size.originalHeight * scale)
  if (!(width > 0 && height > 0)) throw fail('broken', 'cannot be read: it has no size')
  if (width * height > maxPixels) {
    throw fail(
      'pixels',
      `has ${width} x ${height} pixels at ${resolution} per inch, more than ${maxPixels}; lower "resolution"`,
    )
  }
  try {
    const text = opened.getText().replaceAll('\r\n', '\n')
    // this closes the page
    const { data: rgba } = await opened.render({ width, height, render: 'bitmap' })
    const data = withoutAlpha(rgba, width * height)
    if (data.every(byte => byte === 255)) throw fail('empty', 'has no content')
    return { page, data, width, height, text }
  } catch (cause) {
    if (cause instanceof PageError) throw cause
    throw fail('broken', `cannot be rendered (${messageOf(cause)})`, cause)
  }
}

function withoutAlpha(rgba: Uint8Array, pixels: number): Uint8Array {
  const rgb = new Uint8Array(pixels * 3)
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    rgb[to] = rgba[from]!
    rgb[to + 1] = rgba[from + 1]!
    rgb[to + 2] = rgba[from + 2]!
  }
  return rgb
}
