// `maxsimd mcp` without the SDK, which the suite `mcp` has: the tools, and the missing package.

import { expect, it } from 'vitest'
import { callTool, listTools } from '../../src/cli/mcp/tools.js'
import { NoIndexError } from '../../src/cli/service/open-index.js'
import { parseRerankRequest, parseSearchRequest } from '../../src/cli/service/requests.js'
import type { TextService } from '../../src/cli/service/text-service.js'
import { runCli } from './run-cli.js'

const hit = {
  id: 1,
  score: 0.5,
  text: 'A spider.',
  file: 'a.md',
  line: 3,
  payload: { heading: 'House' },
  matches: [],
  marks: [{ start: 2, end: 8, query: 'spiders', contribution: 0.5 }],
}

/** What the searches were limited to. */
const requested: unknown[] = []

/** A service whose index has two passages, one of them without a file. */
const service: TextService = {
  search: async request => {
    const { query, limit, only } = parseSearchRequest(request)
    requested.push(only)
    if (query === 'no index') throw new NoIndexError('.maxsimd', false)
    if (query === 'broken') throw new Error('broken')
    // a point of a store: it has matches, and no marks
    const matches = [{ query: 'spider', document: 'spiders', start: 6, end: 13, contribution: 1 }]
    const { marks: _, ...unmarked } = hit
    const other = {
      ...unmarked,
      id: 7,
      file: undefined,
      line: undefined,
      payload: {},
      text: 'Other spiders.',
      matches,
    }
    const pdf = { ...hit, file: 'b.pdf', line: 7, payload: { page: 7 } }
    if (query === 'many') {
      const places = [[10, 13], [2, 5], [6, 9], [14, 17]] // biome-ignore format: short
      const marks = places.map(([start, end]) => ({ ...hit.marks[0]!, start: start!, end: end! }))
      return { hits: [{ ...hit, text: 'A cat dog cat hen', payload: {}, marks }], unknown: [] }
    }
    if (query === 'none') return { hits: [], unknown: [] }
    if (query === 'pdf') return { hits: [pdf], unknown: ['a'] }
    if (query === 'lazy') return { hits: [pdf], unknown: [], withoutRows: 3 }
    return { hits: query === 'nothing' ? [] : [hit, other].slice(0, limit), unknown: ['xyzzy'] }
  },
  rerank: async request => {
    const { documents, limit } = parseRerankRequest(request)
    return {
      results: documents.slice(0, limit).map(({ text }, index) => ({ index, score: 1, text, matches: [] })),
    }
  },
  hasIndex: async () => true,
  close: async () => undefined,
}

const call = (name: string, request: unknown) =>
  callTool(service, name, request, new AbortController().signal)

it('each tool has a description, and schemas with the fields that it takes and returns', async () => {
  const tools = listTools() as {
    name: string
    inputSchema: { properties: object }
    outputSchema: { required: string[] }
  }[]
  expect(tools.map(({ name, inputSchema }) => [name, Object.keys(inputSchema.properties)])).toEqual([
    ['search', ['query', 'limit', 'only']],
    ['rerank', ['query', 'documents', 'limit']],
  ])
  const limits = tools.map(({ inputSchema }) => (inputSchema.properties as { limit: object }).limit)
  expect(limits).toMatchObject([{ minimum: 1, maximum: 1000 }, { minimum: 1 }])
  const requests = { search: { query: 'a' }, rerank: { query: 'a', documents: ['b'] } }
  for (const { name, outputSchema } of tools) {
    const { structuredContent } = await call(name, requests[name as keyof typeof requests])
    expect(Object.keys(structuredContent!)).toEqual(outputSchema.required)
  }
})

it('each tool requires the fields without which its request is wrong, and no others', async () => {
  const tools = listTools() as { name: string; inputSchema: { required: string[] } }[]
  const requests: Record<string, object> = {
    search: { query: 'a', limit: 1, only: 'words' },
    rerank: { query: 'a', documents: ['b'], limit: 1 },
  }
  for (const { name, inputSchema } of tools) {
    const needed: string[] = []
    for (const field of Object.keys(requests[name]!)) {
      const { isError } = await call(name, { ...requests[name], [field]: undefined })
      if (isError) needed.push(field)
    }
    expect(inputSchema.required, name).toEqual(needed)
  }
})

it('each passage and each ranked text has the fields that its schema requires, and no field that it lacks', async () => {
  type Items = { items: { properties: object; required: string[] } }
  const tools = listTools() as { outputSchema: { properties: Record<string, Items> } }[]
  const [{ items: passage }, { items: text }] = [
    tools[0]!.outputSchema.properties.hits!,
    tools[1]!.outputSchema.properties.results!,
  ]
  const passages: object[] = []
  for (const query of ['spiders', 'pdf']) {
    const { structuredContent } = await call('search', { query })
    passages.push(...(structuredContent as { hits: object[] }).hits)
  }
  // the passage of a point has neither a file nor a heading
  const always = Object.keys(passages[0]!).filter(field => passages.every(found => field in found))
  expect(always.sort()).toEqual([...passage.required].sort())
  const fields = new Set(passages.flatMap(Object.keys))
  expect([...fields].sort()).toEqual(Object.keys(passage.properties).sort())
  const { structuredContent } = await call('rerank', { query: 'a', documents: ['x'] })
  const [ranked] = (structuredContent as { results: object[] }).results
  expect(Object.keys(ranked!)).toEqual(text.required)
  expect(Object.keys(text.properties)).toEqual(text.required)
})

it('a search returns each passage with its place and its matched words, as a text and as an object', async () => {
  const { content, structuredContent, isError } = await call('search', { query: 'spiders' })
  const marks = [{ start: 2, end: 8, query: 'spiders' }]
  expect(content[0].text).toBe(
    '1. a.md:3 (score 0.500; under "House"; matched: spider)\nA spider.\n\n' +
      '2. point 7 (score 0.500; matched: spiders)\nOther spiders.\n\nignored unknown word: xyzzy',
  )
  expect(structuredContent).toEqual({
    hits: [
      { file: 'a.md', line: 3, heading: 'House', score: 0.5, text: 'A spider.', marks },
      { score: 0.5, text: 'Other spiders.', marks: [{ start: 6, end: 13, query: 'spider' }] },
    ],
    unknown: ['xyzzy'],
  })
  expect(isError).toBeUndefined()
  const pdf = await call('search', { query: 'pdf' })
  expect([pdf.content[0].text, pdf.structuredContent]).toEqual([
    '1. b.pdf, page 7 (score 0.500; matched: spider)\nA spider.',
    { hits: [{ file: 'b.pdf', page: 7, score: 0.5, text: 'A spider.', marks }], unknown: ['a'] },
  ])
  const lazy = await call('search', { query: 'lazy' })
  expect(lazy.content[0].text).toMatch(
    /\n\n3 passages without rows yet, found by words only; to encode the rows, run "npx maxsimd index" again$/,
  )
  expect(lazy.structuredContent).toMatchObject({ unknown: [], withoutRows: 3 })
  expect((await call('search', { query: 'nothing' })).content[0].text).toBe(
    'No passage was found.\n\nignored unknown word: xyzzy',
  )
})

it('the matched words of a passage are in the order of the text, and each is named once', async () => {
  const { content, structuredContent } = await call('search', { query: 'many' })
  expect(content[0].text).toBe('1. a.md:3 (score 0.500; matched: cat, dog, hen)\nA cat dog cat hen')
  const { hits } = structuredContent as { hits: { marks: { start: number }[] }[] }
  expect(hits[0]!.marks.map(({ start }) => start)).toEqual([2, 6, 10, 14])
})

it('a search that finds nothing says so', async () => {
  const { content, structuredContent } = await call('search', { query: 'none' })
  expect([content[0].text, structuredContent]).toEqual(['No passage was found.', { hits: [], unknown: [] }])
})

it('a search can be limited to words or to meaning', async () => {
  requested.length = 0
  for (const only of ['words', 'meaning', undefined]) await call('search', { query: 'spiders', only })
  expect(requested).toEqual(['words', 'meaning', undefined])
  expect((await call('search', { query: 'spiders', only: 'letters' })).content[0].text).toBe(
    '"only" expected one of words, meaning, got "letters"',
  )
})

it('rerank returns the index of each text', async () => {
  const { content, structuredContent } = await call('rerank', { query: 'a', documents: ['x', 'y'], limit: 1 })
  expect([content[0].text, structuredContent]).toEqual([
    '[0] (score 1.000) x',
    { results: [{ index: 0, score: 1, text: 'x' }] },
  ])
})

it('a wrong request and a missing index are results that an agent can read; other errors are thrown', async () => {
  for (const [request, message] of [
    [undefined, '"query" expected a text, got undefined'],
    [{ query: 'a', limit: 0 }, '"limit" expected a whole number from 1 to 1000, got 0'],
    [
      { query: 'no index' },
      'there is no index at ".maxsimd"; create it with: npx maxsimd index <folder> --store ".maxsimd"',
    ],
  ] as const) {
    expect(await call('search', request)).toEqual({
      content: [{ type: 'text', text: message }],
      isError: true,
    })
  }
  await expect(call('search', { query: 'broken' })).rejects.toThrow('broken')
  await expect(call('find', {})).rejects.toMatchObject({
    code: -32602,
    message: 'there is no tool "find"; use search or rerank',
  })
})

it('the command without the SDK names both ways to get it', async () => {
  const { stdout, stderr } = await runCli(['mcp'], { code: 2 })
  expect([stdout, stderr]).toEqual([
    '',
    'maxsimd mcp needs the package @modelcontextprotocol/sdk; install it with: npm install @modelcontextprotocol/sdk, ' +
      'or run the command without an installation: npx -p maxsimd -p @modelcontextprotocol/sdk maxsimd ...\n',
  ])
})
