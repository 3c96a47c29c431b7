// The benchmark of text search: it reads collections in BEIR's layout, searches each in three modes, and reports means.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readCollection } from '../../bench/search/collection.js'
import { measureSearch } from '../../bench/search/measure.js'
import { toMarkdown } from '../../bench/search/report.js'
import { createStaticEncoder } from '../../src/encode/index.js'

const root = mkdtempSync(join(tmpdir(), 'maxsimd-bench-search-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const lines = (...values: readonly object[]) => values.map(value => `${JSON.stringify(value)}\n`).join('')

const corpus = lines(
  { _id: 'wolf', title: '', text: 'A wolf ran.' },
  { _id: 'dog', text: 'A dog barked.' },
  { _id: 'both', text: 'The dog chased the wolf.' },
  { _id: 'brick', text: 'FetchContent 4000' },
)
const queries = lines(
  { _id: 'q1', text: 'dog' },
  { _id: 'q2', text: '4000' },
  { _id: 'unjudged', text: 'wolf' },
)
const judgements = 'query-id\tcorpus-id\tscore\nq1\twolf\t1\nq2\tbrick\t2\n'
let folders = 0

/** A folder with a judged collection, or with the files that are given. */
function collectionFolder(files: Readonly<Record<string, string>>): string {
  const folder = join(root, `judged-${folders++}`)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

const complete = { 'corpus.jsonl': corpus, 'queries.jsonl': queries, 'qrels.tsv': judgements }

describe('a judged collection', () => {
  it.each(['qrels.tsv', 'qrels/test.tsv'])(
    'is read with the judgements of %s, and without unjudged queries',
    async qrels => {
      const folder = collectionFolder({
        'corpus.jsonl': corpus,
        'queries.jsonl': queries,
        [qrels]: judgements,
      })
      const read = await readCollection(folder)
      expect(read).toMatchObject({ name: basename(folder), corpus: join(folder, 'corpus.jsonl') })
      expect(read.queries).toEqual([
        { name: 'q1', text: 'dog' },
        { name: 'q2', text: '4000' },
      ])
      expect(read.qrels.get('q2')).toEqual(new Map([['brick', 2]]))
    },
  )

  it.each(Object.keys(complete))('needs the file %s', async missing => {
    const files = Object.entries(complete).filter(([name]) => name !== missing)
    const folder = collectionFolder(Object.fromEntries(files))
    const expected =
      missing === 'qrels.tsv'
        ? `--data expected qrels.tsv or qrels/test.tsv in ${folder}`
        : `--data expected a file ${join(folder, missing)}`
    await expect(readCollection(folder)).rejects.toThrow(new Error(expected))
  })
})

describe('the measurement', () => {
  it('has the nDCG and the recall of words, of meaning and of both, and is the same on the index that it kept', async () => {
    const collection = await readCollection(collectionFolder(complete))
    const options = {
      encoder: createStaticEncoder(readFileSync('data/words.bin')),
      encoderName: 'static',
      weighted: true,
    }
    const index = join(root, 'index')
    mkdirSync(index)
    const shares: number[] = []
    const measured = await measureSearch(collection, index, options, share => shares.push(share))
    expect(measured).toMatchObject({
      collection: collection.name,
      encoder: 'static',
      documents: 4,
      queries: 2,
    })
    expect(shares.at(-1)).toBe(1)
    // "dog" is judged to be answered by the wolf, which only a similar word finds, in third place; 4000 has no vector
    const third = 1 / Math.log2(4)
    const expected = {
      words: { ndcg: 0.5, recall: 0.5 },
      meaning: { ndcg: third / 2, recall: 0.5 },
      both: { ndcg: (third + 1) / 2, recall: 1 },
    }
    for (const { mode, ndcg, recall } of measured.quality) {
      expect([mode, ndcg, recall]).toEqual([
        mode,
        expect.closeTo(expected[mode].ndcg, 10),
        expected[mode].recall,
      ])
    }
    expect(measured.quality.map(({ mode }) => mode)).toEqual(['words', 'meaning', 'both'])
    expect(await measureSearch(collection, index, options)).toEqual(measured)
  })
})

it('the report has a row for each encoder, with nDCG@10 and recall@100', () => {
  const quality = (['words', 'meaning', 'both'] as const).map((mode, i) => ({
    mode,
    ndcg: 0.1 * (i + 1),
    recall: 0.77777,
  }))
  const result = { collection: 'papers', encoder: 'static', documents: 12_345, queries: 9, quality }
  expect(toMarkdown([result])).toBe(
    '| collection | encoder | words | meaning | both |\n' +
      '| --- | --- | ---: | ---: | ---: |\n' +
      '| papers (12,345 passages, 9 questions) | static | 0.100 / 0.778 | 0.200 / 0.778 | 0.300 / 0.778 |\n',
  )
})
