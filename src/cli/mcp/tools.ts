// The tools of `maxsimd mcp`: their descriptions, which agents read, and their results.

import { messageOf } from '../../base/is-a.js'
import { ignoredWordsText, withoutRowsText } from '../output/hits-text.js'
import { shownMatches } from '../output/shown-matches.js'
import { NoIndexError } from '../service/open-index.js'
import { DEFAULT_LIMIT, MAX_LIMIT, RequestError } from '../service/requests.js'
import type { RerankResponse, SearchResponse, SearchResult, TextService } from '../service/text-service.js'

/** A result of a tool: a text for the agent, and the same as an object. */
export interface ToolResult {
  readonly content: readonly [{ readonly type: 'text'; readonly text: string }]
  readonly structuredContent?: object
  readonly isError?: true
}

interface Tool {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly inputSchema: object
  readonly outputSchema: object
  readonly annotations: object
  readonly run: (service: TextService, request: unknown, signal: AbortSignal) => Promise<ToolResult>
}

const text = (description: string) => ({ type: 'string', description })
const count = (description: string, maximum?: number) => ({
  type: 'integer',
  minimum: 1,
  ...(maximum !== undefined && { maximum }),
  description,
})
const object = (properties: object, required: readonly string[]) => ({ type: 'object', properties, required })
const list = (items: object) => ({ type: 'array', items })

/** Neither tool changes anything, and both read only the index and the request. */
const READ_ONLY = { readOnlyHint: true, openWorldHint: false }

const TOOLS: readonly Tool[] = [
  {
    name: 'search',
    title: 'Search the index',
    description:
      'Searches the indexed files (notes, documentation, source code) for passages that answer a question or describe a topic. ' +
      'Words are compared in all their forms and by meaning, so a passage can be found without containing a word of the query. ' +
      'Returns the best passages first, each with its file, the line where it begins (from 1; a PDF file has pages), the heading above it and its score. ' +
      'Open the file at that line to read what surrounds the passage.',
    inputSchema: object(
      {
        query: text('What to search for, in plain words, for example: how are retries configured'),
        limit: count(`Maximum number of passages. Default: ${DEFAULT_LIMIT}.`, MAX_LIMIT),
        only: {
          ...text(
            'words: only passages with words of the query in any form, for names, numbers and identifiers. ' +
              'meaning: by meaning only. Default: both.',
          ),
          enum: ['words', 'meaning'],
        },
      },
      ['query'],
    ),
    outputSchema: object(
      {
        hits: list(
          object(
            {
              file: text('Path of the file'),
              line: { type: 'integer', description: 'Line where the passage begins, from 1' },
              page: { type: 'integer', description: 'Page of a PDF file, from 1, which has no lines' },
              heading: text('The last heading before the passage'),
              score: { type: 'number' },
              text: text('The passage'),
              marks: {
                ...list(
                  object(
                    {
                      start: {
                        type: 'integer',
                        description: 'Where the word begins in "text", in UTF-16 units',
                      },
                      end: { type: 'integer', description: 'Where it ends' },
                      query: text('The word of the query that it matches'),
                    },
                    ['start', 'end', 'query'],
                  ),
                ),
                description: 'The words of the passage that match the query',
              },
            },
            ['score', 'text', 'marks'],
          ),
        ),
        unknown: { ...list({ type: 'string' }), description: 'Words of the query that the search ignores' },
        withoutRows: {
          type: 'integer',
          description: 'Number of passages that can be found by their words only. Absent if all have rows',
        },
      },
      ['hits', 'unknown'],
    ),
    annotations: READ_ONLY,
    run: async (service, request, signal) => searchResult(await service.search(request, signal)),
  },
  {
    name: 'rerank',
    title: 'Sort texts by relevance',
    description:
      'Sorts texts that you already have, such as the results of another search, by how well they answer a query. ' +
      'Returns them best first, each with its index in the list and its score.',
    inputSchema: object(
      {
        query: text('The question that the texts should answer'),
        documents: { ...list({ type: 'string' }), description: 'The texts to sort' },
        limit: count('Maximum number of results. Default: all.'),
      },
      ['query', 'documents'],
    ),
    outputSchema: object(
      {
        results: list(
          object(
            {
              index: { type: 'integer', description: 'Index in "documents", from 0' },
              score: { type: 'number' },
              text: text('The text'),
            },
            ['index', 'score', 'text'],
          ),
        ),
      },
      ['results'],
    ),
    annotations: READ_ONLY,
    run: async (service, request, signal) => rerankResult(await service.rerank(request, signal)),
  },
]

/** The descriptions of the tools. */
export const listTools = (): readonly object[] => TOOLS.map(({ run: _, ...description }) => description)

/** An error of the protocol for wrong parameters. The SDK sends its code. */
export class UnknownToolError extends Error {
  override readonly name = 'UnknownToolError'
  readonly code = -32602
}

/**
 * Calls a tool. A wrong request, or a search without an index, is a result that the agent can read and react to.
 *
 * @throws UnknownToolError if there is no such tool
 */
export async function callTool(
  service: TextService,
  name: string,
  request: unknown,
  signal: AbortSignal,
): Promise<ToolResult> {
  const tool = TOOLS.find(each => each.name === name)
  if (!tool) throw new UnknownToolError(`there is no tool "${name}"; use search or rerank`)
  try {
    return await tool.run(service, request ?? {}, signal)
  } catch (error) {
    if (!(error instanceof RequestError || error instanceof NoIndexError)) throw error
    return { content: [{ type: 'text', text: messageOf(error) }], isError: true }
  }
}

function searchResult({ hits, unknown, suggestions, withoutRows }: SearchResponse): ToolResult {
  const lines = hits.map((hit, index) => {
    const { id, file, line, score, text, payload } = hit
    const { heading, page } = payload
    const place = page === undefined ? `${file}:${line}` : `${file}, page ${page}`
    const location = file === undefined ? `point ${id}` : place
    const words = new Set(marksOf(hit).map(({ start, end }) => text.slice(start, end)))
    const about = [
      `score ${score.toFixed(3)}`,
      ...(heading === undefined ? [] : [`under "${heading}"`]),
      ...(words.size === 0 ? [] : [`matched: ${[...words].join(', ')}`]),
    ]
    return `${index + 1}. ${location} (${about.join('; ')})\n${text}`
  })
  const ignored = ignoredWordsText(unknown, suggestions)
  return resultOf(
    [
      ...(lines.length === 0 ? ['No passage was found.'] : lines),
      ...(ignored === undefined ? [] : [ignored]),
      ...(withoutRows === undefined ? [] : [withoutRowsText(withoutRows)]),
    ],
    { hits: hits.map(foundPassage), unknown, ...(withoutRows !== undefined && { withoutRows }) },
  )
}

function foundPassage(hit: SearchResult): object {
  const { file, line, score, text, payload } = hit
  const { heading, page } = payload
  const place = page === undefined ? { file, line } : { file, page }
  const marks = marksOf(hit).map(({ start, end, query }) => ({ start, end, query }))
  const named = { ...(file !== undefined && place), ...(typeof heading === 'string' && { heading }) }
  return { ...named, score, text, marks }
}

/** The matched words of a passage, in order; without an index of words, the strongest matches. */
const marksOf = ({ marks, matches }: SearchResult) =>
  [...(marks ?? shownMatches(matches))].sort((a, b) => a.start - b.start)

function rerankResult({ results }: RerankResponse): ToolResult {
  const lines = results.map(({ index, score, text }) => `[${index}] (score ${score.toFixed(3)}) ${text}`)
  return resultOf(lines, { results: results.map(({ index, score, text }) => ({ index, score, text })) })
}

const resultOf = (lines: readonly string[], structuredContent: object): ToolResult => ({
  content: [{ type: 'text', text: lines.join('\n\n') }],
  structuredContent,
})
