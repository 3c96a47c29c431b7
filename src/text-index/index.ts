// The public names of `maxsimd/texts`: folders of text files, indexed and searched. For Node.

export { type Catalog, readCatalog } from './catalog.js'
export { type Passage, passagesOf } from './passages.js'
export { type Candidate, parseCandidates, type RankedText, rerankTexts } from './rerank-texts.js'
export { createSampleSearch, SAMPLES } from './samples.js'
export {
  isTextIndex,
  openTextIndex,
  type TextIndex,
  type TextIndexOptions,
  type UpdateOptions,
  type UpdateProgress,
  type UpdateReport,
} from './text-index.js'
export {
  createTextSearch,
  type SearchTextOptions,
  storeSearch,
  type TextAnswer,
  type TextHit,
  type TextSearch,
  type WordMatch,
} from './text-search.js'
