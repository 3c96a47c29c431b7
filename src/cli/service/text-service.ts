// Search of an index and reranking of texts, for commands that answer many requests: `maxsimd serve` and `maxsimd mcp`.

import type { Hit } from '../../collection/collection.js'
import { documentIdOf } from '../../collection/file-id.js'
import { createScorer, type Scorer } from '../../index.js'
import { isPageIndex } from '../../pages/page-index/page-catalog.js'
import {
  readCatalog,
  rerankTexts,
  type Suggestion,
  type TextHit,
  type WordMatch,
} from '../../text-index/index.js'
import { type EncoderArguments, type LoadedEncoder, loadEncoder } from '../encoder-options.js'
import type { OpenSearch } from '../store-options.js'
import { printNotice, type Terminal, UsageError } from '../terminal.js'
import { folderStamp } from './folder-stamp.js'
import { createIndexFolder, type IndexFolder } from './open-index.js'
import { parseRerankRequest, parseSearchRequest, RequestError, type SearchRequest } from './requests.js'

/** A passage that was found, as `search --json` prints it. */
export type SearchResult = Omit<TextHit, 'rows' | 'id'> &
  Partial<Pick<TextHit, 'rows'>> & { readonly id: Hit['id'] }

export interface SearchResponse {
  /** Unknown words of the query. */
  readonly unknown: readonly string[]
  /** Words to search for instead of unknown ones. Absent if the index is a store of vectors. */
  readonly suggestions?: readonly Suggestion[]
  /** Number of passages whose rows are not encoded yet. Absent if all are. */
  readonly withoutRows?: number
  /** Best first. */
  readonly hits: readonly SearchResult[]
}

export interface RerankResult {
  /** Index in the list of documents. */
  readonly index: number
  readonly id?: string | number
  readonly score: number
  readonly text: string
  readonly matches: readonly WordMatch[]
}

export interface RerankResponse {
  /** Best first. */
  readonly results: readonly RerankResult[]
}

/** The service. Requests are not trusted. */
export interface TextService {
  /**
   * @throws RequestError if the request is wrong
   * @throws NoIndexError if there is no index
   */
  search(request: unknown, signal?: AbortSignal): Promise<SearchResponse>
  /** @throws RequestError if the request is wrong */
  rerank(request: unknown, signal?: AbortSignal): Promise<RerankResponse>
  /** Whether there is an index. It is opened, so that a damaged one is an error. */
  hasIndex(): Promise<boolean>
  close(): Promise<void>
}

export interface ServiceArguments extends EncoderArguments {
  /** The folder of the index. */
  readonly folder: string
  /** Whether the folder must have an index at the start. Otherwise it is used as soon as it has one. */
  readonly mustExist: boolean
}

/**
 * Loads the encoder, and opens the index if there is one.
 *
 * @throws UsageError if there must be an index and there is none, or if it is an index of pages
 */
export async function createTextService(options: ServiceArguments, terminal: Terminal): Promise<TextService> {
  const { folder, mustExist } = options
  if (await isPageIndex(folder)) {
    throw new UsageError(
      `"${folder}" is an index of pages, and only indexes of texts and stores are served; search it with: ` +
        `npx maxsimd search --store "${folder}" <question>, or in a program with openPageIndex of maxsimd/pages`,
    )
  }
  const load = encoderLoader(options, terminal)
  const index = createIndexFolder(folder, load)
  if (mustExist && (await folderStamp(folder)) === undefined) {
    throw new UsageError(
      `no index or store at "${folder}"; create one with "npx maxsimd index <folder>", or choose another with --store`,
    )
  }
  await load()
  const scorer = await createScorer()
  const reportLost = lostStageReporter(folder, terminal)
  const service: TextService = {
    search: (request, signal) => search(index, parseSearchRequest(request), signal),
    rerank: async (request, signal) => rerank(scorer, await load(), request, signal),
    async hasIndex() {
      if ((await folderStamp(folder)) === undefined) return false
      await index.use(reportLost)
      return true
    },
    async close() {
      await index.close()
      scorer.dispose()
    },
  }
  try {
    await service.hasIndex()
  } catch (error) {
    await service.close()
    throw error
  }
  return service
}

/** Returns a function that prints, once, that the first stage of an index is lost, as `search` does. */
function lostStageReporter(folder: string, terminal: Terminal): (index: OpenSearch) => Promise<void> {
  let reported: string | undefined
  return async ({ lostStage }) => {
    if (lostStage !== undefined && lostStage !== reported) {
      const { lostStageText } = await import('../first-stage/stage-options.js')
      printNotice(terminal, lostStageText(lostStage, folder))
    }
    reported = lostStage
  }
}

/**
 * Loads the encoder of the index as it is now, or the chosen one. It is loaded again only if the index has another. While the
 * index is damaged, it is the last one: reranking does not need the index.
 */
function encoderLoader(
  { model: chosen, folder }: ServiceArguments,
  terminal: Terminal,
): () => Promise<LoadedEncoder> {
  let current: { stamp: string | undefined; readonly model: string | undefined } | undefined
  let encoder: Promise<LoadedEncoder> | undefined
  return async () => {
    const stamp = chosen === undefined ? await folderStamp(folder) : undefined
    if (encoder && current?.stamp === stamp) return encoder
    let model = chosen
    try {
      model ??= (await readCatalog(folder))?.encoder
    } catch (error) {
      if (!encoder) throw error
      return encoder
    }
    if (!encoder || current?.model !== model) encoder = loadEncoder({ model }, terminal)
    current = { stamp, model }
    const loading = encoder
    return loading.catch(error => {
      if (encoder === loading) encoder = undefined
      throw error
    })
  }
}

async function search(
  folder: IndexFolder,
  { query, explain, ...options }: SearchRequest,
  signal: AbortSignal | undefined,
): Promise<SearchResponse> {
  return folder.use(async index => {
    const { hits, ...words } = await index
      .search(query, { ...options, signal })
      .catch((cause: unknown) => throwSearchError(cause, options))
    return { ...words, hits: hits.map(hit => resultOf(hit, explain)) }
  })
}

/** @throws RequestError if the filter is wrong, or `only` does not fit the index; otherwise the error */
function throwSearchError(cause: unknown, { filter, only }: Pick<SearchRequest, 'filter' | 'only'>): never {
  const mayBeWrong = filter !== undefined || only !== undefined
  const isWrong = mayBeWrong && (cause instanceof RangeError || cause instanceof TypeError)
  throw isWrong ? new RequestError(cause.message, { cause }) : cause
}

function resultOf({ rows, ...hit }: TextHit, explain: boolean): SearchResult {
  return { ...hit, id: documentIdOf(hit), ...(explain && { rows }) }
}

async function rerank(
  scorer: Scorer,
  { encoder, weighted }: LoadedEncoder,
  request: unknown,
  signal: AbortSignal | undefined,
): Promise<RerankResponse> {
  const { query, documents, limit } = parseRerankRequest(request)
  const ranked = await rerankTexts(scorer, query, documents, { encoder, weighted, signal })
  return {
    results: ranked
      .slice(0, limit)
      .map(({ candidate, index, score, matches }) => ({ index, ...candidate, score, matches })),
  }
}
