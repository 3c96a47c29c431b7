// The text of a PDF file, one block per page, by the optional package unpdf.

import { MissingPackageError } from '../base/errors.js'
import { messageOf } from '../base/is-a.js'
import { FormatError } from '../formats/index.js'
import { numberedLines, type TextBlock } from './passages.js'

/** The parts of unpdf that are used here. */
interface Unpdf {
  getDocumentProxy(data: Uint8Array, options: { readonly verbosity: number }): Promise<PdfDocument>
  extractText(
    document: PdfDocument,
    options: { readonly mergePages: false },
  ): Promise<{ readonly text: string[] }>
}

interface PdfDocument {
  destroy(): Promise<void>
}

let loading: Promise<Unpdf> | undefined

/** @throws MissingPackageError if it is not installed */
function loadUnpdf(name = 'unpdf'): Promise<Unpdf> {
  // not as a literal: a bundler would need the package. Kept, because a missing package would be searched for each file
  loading ??= import(/* webpackIgnore: true */ /* @vite-ignore */ name).catch((cause: unknown) => {
    throw new MissingPackageError(name, 'the text of PDF files', 'or convert them to text', cause)
  }) as Promise<Unpdf>
  return loading
}

/**
 * The pages of a PDF file. The lines of a page have its number, from 1.
 *
 * @param file its path, for errors
 * @throws MissingPackageError if unpdf is not installed
 * @throws FormatError if it is damaged or encrypted, or has no text
 */
export async function pdfBlocks(file: string, bytes: Uint8Array): Promise<TextBlock[]> {
  const { getDocumentProxy, extractText } = await loadUnpdf()
  let pages: string[]
  try {
    // a copy: the bytes are transferred. Without verbosity 0, warnings are printed
    const document = await getDocumentProxy(new Uint8Array(bytes), { verbosity: 0 })
    try {
      pages = (await extractText(document, { mergePages: false })).text
    } finally {
      await document.destroy()
    }
  } catch (cause) {
    if ((cause as Error | undefined)?.name === 'PasswordException') {
      throw new FormatError(`${file} is encrypted; save a copy that needs no password`, { cause })
    }
    throw new FormatError(`${file} cannot be read as PDF: ${messageOf(cause)}`, { cause })
  }
  const blocks = pages.map((page, index) => ({
    lines: numberedLines(page)
      .map(({ text }) => ({ line: index + 1, text: text.trim() }))
      .filter(({ text }) => text !== ''),
  }))
  const shown = blocks.filter(({ lines }) => lines.length > 0)
  if (shown.length === 0) throw new FormatError(`${file} has no text; a scanned page is a picture`)
  return shown
}
