// Measures beside those of pytrec_eval (test/fixtures/evaluate.py), and by hand where it has no word.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { evaluate } from '../../src/evaluation/index.js'
import { openFile, readQrels, readRun } from '../../src/formats/index.js'

const folder = 'test/fixtures/evaluation'

async function read<T>(
  file: string,
  reader: (source: Awaited<ReturnType<typeof openFile>>) => Promise<T>,
): Promise<T> {
  const source = await openFile(`${folder}/${file}`)
  try {
    return await reader(source)
  } finally {
    await source.close()
  }
}

const run = await read('run.txt', readRun)
const qrels = await read('qrels.txt', readQrels)
type Told = Record<string, { ndcg: number; recall: number; recall5: number; mrr: number }>
const told: Told = JSON.parse(readFileSync(`${folder}/told.json`, 'utf8'))

describe('of a run with ties, grades and gaps', () => {
  const found = evaluate(run, qrels)

  it('each query has the measures that pytrec_eval gives it', () => {
    expect(Object.keys(told).length).toBeGreaterThan(30)
    for (const [query, { ndcg, recall, mrr, recall5 }] of Object.entries(told)) {
      const of = found.each.get(query)!
      expect(of.ndcg, query).toBeCloseTo(ndcg, 12)
      expect(of.recall, query).toBeCloseTo(recall, 12)
      expect(of.mrr, query).toBeCloseTo(mrr, 12)
      expect(evaluate(run, qrels, { recall: 5 }).each.get(query)!.recall, query).toBeCloseTo(recall5, 12)
    }
  })

  it('means go over the judged queries, those that were not found among them', () => {
    expect([found.queries, found.missing, found.unjudged]).toEqual([38, ['q3'], ['q5', 'q6']])
    expect(found.each.get('q3')).toEqual({ mrr: 0, ndcg: 0, recall: 0 })
    const sum = Object.values(told).reduce((total, { ndcg }) => total + ndcg, 0)
    expect(found.ndcg).toBeCloseTo(sum / 38, 12)
  })
})

const maps = (of: Record<string, Record<string, number>>) =>
  new Map(Object.entries(of).map(([query, values]) => [query, new Map(Object.entries(values))]))

describe('by hand', () => {
  it('the second of two relevant documents at ranks 2 and 4', () => {
    const found = evaluate(maps({ q: { a: 9, b: 8, c: 7, d: 6 } }), maps({ q: { b: 1, d: 2, x: 1 } }))
    expect(found.mrr).toBe(1 / 2)
    expect(found.recall).toBe(2 / 3)
    const ideal = 2 + 1 / Math.log2(3) + 1 / Math.log2(4)
    expect(found.ndcg).toBeCloseTo((1 / Math.log2(3) + 2 / Math.log2(5)) / ideal, 15)
  })

  it('ties go to the later id, as trec_eval has it', () => {
    expect(evaluate(maps({ q: { a: 1, b: 1 } }), maps({ q: { a: 1 } })).mrr).toBe(1 / 2)
    expect(evaluate(maps({ q: { a: 1, b: 1 } }), maps({ q: { b: 1 } })).mrr).toBe(1)
  })

  it('what lies below the depth does not count', () => {
    const run = maps({ q: { a: 3, b: 2, c: 1 } })
    expect(evaluate(run, maps({ q: { c: 1 } }), { mrr: 2, ndcg: 2, recall: 2 })).toMatchObject({
      mrr: 0,
      ndcg: 0,
      recall: 0,
    })
  })

  it('nothing judged is refused, and so are depths that are none', () => {
    expect(() => evaluate(run, new Map())).toThrow(
      new RangeError('"qrels" expected at least one judged query, got none'),
    )
    expect(() => evaluate(run, qrels, { ndcg: 0 })).toThrow(
      new RangeError('"ndcg" expected a whole number of at least 1, got 0'),
    )
  })
})
