// Makes the documents of the demo of pages: PDF files, their pictures by PDFium, and where each word is printed. The font is Courier,
// in which each letter is 0.6 of its size wide.

import { encodePng, openPdf } from '../../src/pages/index.js'
import { DOCUMENTS, type DocumentText } from './document-texts.js'
import type { DemoDocument, PrintedWord } from './page-rows.js'
import { pdfOfObjects } from './pdf-objects.js'

const [WIDTH, HEIGHT] = [420, 594]
/** Pixels per inch. */
const RESOLUTION = 144
const SCALE = RESOLUTION / 72
/** Width of a letter, and its height above the baseline and below, as shares of the size. */
const LETTER = { width: 0.6, above: 0.75, below: 0.2 }

/** A document, and its picture as a PNG file. */
export interface MadeDocument extends DemoDocument {
  readonly png: Uint8Array
}

/** Makes all documents. */
export async function makeDocuments(): Promise<MadeDocument[]> {
  const made: MadeDocument[] = []
  for (const [i, document] of DOCUMENTS.entries()) {
    const pdf = await openPdf(pdfOf(document), { resolution: RESOLUTION })
    const picture = await pdf.render(1)
    pdf.close()
    const { width, height } = picture
    const words = wordsOf(document)
    made.push({
      title: document.title,
      picture: `document-${i + 1}.png`,
      width,
      height,
      words,
      png: await encodePng(picture),
    })
  }
  return made
}

/** The words of a page with their rectangles in pixels. */
const wordsOf = ({ lines }: DocumentText): PrintedWord[] =>
  lines.flatMap(([left, baseline, size, text]) =>
    [...text.matchAll(/\S+/g)].map(({ 0: word, index }) => ({
      text: word,
      x: SCALE * (left + index * LETTER.width * size),
      y: SCALE * (baseline - LETTER.above * size),
      width: SCALE * word.length * LETTER.width * size,
      height: SCALE * (LETTER.above + LETTER.below) * size,
    })),
  )

/** A PDF file of one page. */
function pdfOf({ lines, bars }: DocumentText): Uint8Array {
  const content = [
    '0.8 g',
    ...bars.map(([x, y, width, height]) => `${x} ${HEIGHT - y - height} ${width} ${height} re f`),
    '0 g',
    ...lines.map(([x, y, size, text]) => `BT /F1 ${size} Tf ${x} ${HEIGHT - y} Td (${text}) Tj ET`),
  ].join('\n')
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${WIDTH} ${HEIGHT}] /Resources << /Font << /F1 4 0 R >> >> /Contents 5 0 R >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
  ]
  return pdfOfObjects(objects)
}
