// Public names of `maxsimd/texts`: text indexes of folders, search by text, reranking of texts. Needs Node for folders.

export type * from '../core/scorer-api.js'
export type { Encoded, Token, TokenEncoder } from '../encode/index.js'
export type { FileColumns } from '../formats/index.js'
// `Store` and the types in its signatures
export type {
  CallCost,
  CandidateRank,
  ChangeOptions,
  CompactReport,
  Damage,
  Datatype,
  DenseVector,
  Distance,
  EncodeCallOptions,
  Encoder,
  Filter,
  GroupId,
  GroupLookup,
  GroupOptions,
  Hit,
  ImageInput,
  Payload,
  PayloadSelection,
  Point,
  PointGroup,
  PointId,
  PointVectors,
  Prefetch,
  Query,
  QueryOptions,
  ReadableCollection,
  ReadableQueryOptions,
  ReadOptions,
  RerankOptions,
  RowMatch,
  RowPatch,
  RowToken,
  ScrollOptions,
  SearchParams,
  Selection,
  ServerDatatype,
  SetPayloadOptions,
  SparseModifier,
  SparseVector,
  Store,
  StoreDatatype,
  StoreDescription,
  StoredPoint,
  StoredVector,
  StoreExplainOptions,
  StoreInfo,
  StoreSparseVector,
  StoreSparseVectorInfo,
  StoreSparseVectors,
  StoreVector,
  StoreVectorInfo,
  StoreVectors,
  TextInput,
  UpsertOptions,
  UpsertReport,
  VectorDescription,
  VectorInput,
} from '../store/index.js'
export { type Catalog, type FileEntry, readCatalog, type WordCounts } from './catalog.js'
export type { TextColumns } from './passage-items.js'
export { type Passage, type PassageOptions, passagesOf } from './passages.js'
export { type RankedText, type RerankTextsOptions, rerankTexts } from './rerank-texts.js'
export type { EncodeRowsOptions, EncodeRowsReport, RowsProgress } from './rows/encode-rows.js'
export {
  isTextIndex,
  openTextIndex,
  type TextDatatype,
  type TextIndex,
  type TextIndexOptions,
} from './text-index.js'
export {
  createTextSearch,
  type SearchedCollection,
  type SearchTextOptions,
  type Suggestion,
  type TextAnswer,
  type TextHit,
  type TextSearch,
  type TextSearchOptions,
} from './text-search.js'
export type { UpdateOptions, UpdateProgress, UpdateReport } from './update.js'
export type { WeightedRowMatch, WordMatch } from './word-matches.js'
export type { WordMark } from './words/word-hits.js'
