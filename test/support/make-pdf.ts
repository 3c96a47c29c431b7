// Makes a small PDF file with text.

import { pdfOfObjects } from '../../demo/pages/pdf-objects.js'

/** A PDF file whose pages have these lines. Lines are ASCII without parentheses. */
export function makePdf(pages: readonly (readonly string[])[]): Uint8Array {
  const contents = pages.map(lines => {
    const shown = lines.map(line => `(${line}) Tj T*`).join(' ')
    return `BT /F1 12 Tf 14 TL 72 720 Td ${shown} ET`
  })
  // the objects 1 to 3 are the catalog, the list of pages and the font
  const pageNumbers = pages.map((_, index) => 4 + 2 * index)
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${pageNumbers.map(n => `${n} 0 R`).join(' ')}] /Count ${pages.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...contents.flatMap((content, index) => [
      '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> ' +
        `/Contents ${5 + 2 * index} 0 R >>`,
      `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    ]),
  ]
  return pdfOfObjects(objects)
}
