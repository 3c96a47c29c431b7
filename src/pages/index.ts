// The public names of `maxsimd/pages`: pages of PDF files as images, an index of pages in a folder, and pictures of why a page
// was found. The encoders of pages are in `maxsimd/encode`.

export { MissingPackageError } from '../base/errors.js'
export { type PageLayout, type PagePatch, patchAt } from '../collection/page-layout.js'
export type * from '../store/index.js'
export { drawHeatMap, type HeatMapOptions, type HeatMapPicture } from './heat-map/draw-heat-map.js'
export { type PatchHeat, type PatchHeatOptions, patchHeat } from './heat-map/patch-heat.js'
export { encodePng, type PngPixels } from './heat-map/png.js'
export { isPageIndex, type PageCatalog, type PageFileEntry } from './page-index/page-catalog.js'
export {
  openPageIndex,
  type PageHit,
  type PageIndex,
  type PageIndexOptions,
  type PageSearchOptions,
} from './page-index/page-index.js'
export type { PageEncoder, PageUpdateOptions, PageUpdateReport } from './page-index/update-pages.js'
export { openPdf, PageError, type PdfFile, type PdfOptions, type PdfPage } from './pdf/pdf-file.js'
export type { PdfiumDocument, PdfiumLibrary, PdfiumPage } from './pdf/pdfium.js'
