// Loads @hyzyla/pdfium, an optional peer: PDFium, the PDF library of Chromium, as WebAssembly. Its licences (MIT, BSD, Apache)
// suit this package's. It runs in Node and in browsers, and never requests anything in Node.

import { MissingPackageError } from '../../base/errors.js'
import { messageOf } from '../../base/is-a.js'
import { loadOnce } from '../../base/load-once.js'

/** The members of @hyzyla/pdfium that are used. */
interface PdfiumModule {
  readonly PDFiumLibrary: { init(): Promise<PdfiumLibrary> }
}

/** PDFium, started: what `PDFiumLibrary.init()` of @hyzyla/pdfium returns. */
export interface PdfiumLibrary {
  /** Opens a file. Rejects if it is damaged, or if the password is wrong. */
  loadDocument(bytes: Uint8Array, password?: string): Promise<PdfiumDocument>
}

/** An open document. */
export interface PdfiumDocument {
  /** The number of pages. */
  getPageCount(): number
  /** A page can be rendered once: rendering closes it. */
  getPage(index: number): PdfiumPage
  /** Frees the memory of the document. */
  destroy(): void
}

/** An open page. */
export interface PdfiumPage {
  /** In points, 72 to an inch. */
  getOriginalSize(): { readonly originalWidth: number; readonly originalHeight: number }
  /** The text of the page. */
  getText(): string
  /** Renders the page as an image of this size, with four bytes for each pixel. */
  render(options: {
    readonly width: number
    readonly height: number
    readonly render: 'bitmap'
  }): Promise<{ readonly data: Uint8Array }>
}

/**
 * Starts PDFium, once. A package that is installed later is found.
 *
 * @throws MissingPackageError if the package is not installed
 */
export const loadPdfium = loadOnce(() => importPdfium())

async function importPdfium(name = '@hyzyla/pdfium'): Promise<PdfiumLibrary> {
  let module: PdfiumModule
  try {
    module = (await import(/* webpackIgnore: true */ /* @vite-ignore */ name)) as PdfiumModule
  } catch (cause) {
    const otherwise = `or pass images of the pages (${messageOf(cause)})`
    throw new MissingPackageError(name, 'the pages of PDF files', otherwise, cause)
  }
  return module.PDFiumLibrary.init()
}
