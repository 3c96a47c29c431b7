// The public names of `maxsimd/texts`: folders of text files, indexed and searched. For Node.

export { type Passage, passagesOf } from './passages.js'
export {
  isTextIndex,
  openTextIndex,
  type TextIndex,
  type TextIndexOptions,
  type UpdateOptions,
  type UpdateProgress,
  type UpdateReport,
} from './text-index.js'
export type { SearchTextOptions, TextAnswer, TextHit, TextSearch, WordMatch } from './text-search.js'
