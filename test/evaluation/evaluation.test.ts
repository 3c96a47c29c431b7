// Measures compared with those of pytrec_eval and of ranx (test/fixtures/evaluate.py), and with values computed by hand.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Evaluation, evaluate, randomizationTest } from '../../src/evaluation/index.js'
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
type ExpectedMeasures = Record<
  string,
  Record<'ndcg' | 'recall' | 'recall5' | 'mrr' | 'map' | 'map5' | 'precision', number>
>
const expected: ExpectedMeasures = JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8'))

describe('a run with ties, grades and gaps', () => {
  const evaluation = evaluate(run, qrels)

  it('has the measures of pytrec_eval for each query', () => {
    expect(Object.keys(expected).length).toBeGreaterThan(30)
    const at5 = evaluate(run, qrels, { recall: 5, map: 5 })
    for (const [query, { ndcg, recall, mrr, recall5, map, map5, precision }] of Object.entries(expected)) {
      const measures = evaluation.each.get(query)!
      expect(measures.ndcg, query).toBeCloseTo(ndcg, 12)
      expect(measures.recall, query).toBeCloseTo(recall, 12)
      expect(measures.mrr, query).toBeCloseTo(mrr, 12)
      expect(measures.map, query).toBeCloseTo(map, 12)
      expect(measures.precision, query).toBeCloseTo(precision, 12)
      expect(at5.each.get(query)!.recall, query).toBeCloseTo(recall5, 12)
      expect(at5.each.get(query)!.map, query).toBeCloseTo(map5, 12)
    }
  })

  it('has means over all judged queries, with 0 for those that the run does not contain', () => {
    expect([evaluation.queries, evaluation.missing, evaluation.unjudged]).toEqual([38, ['q3'], ['q5', 'q6']])
    expect(evaluation.each.get('q3')).toEqual({ mrr: 0, ndcg: 0, recall: 0, map: 0, precision: 0 })
    for (const name of ['mrr', 'ndcg', 'recall', 'map', 'precision'] as const) {
      const sum = Object.values(expected).reduce((total, measures) => total + measures[name], 0)
      expect(evaluation[name], name).toBeCloseTo(sum / 38, 12)
    }
  })
})

it('the measures are those of ranx where no documents tie', () => {
  const ranx: ExpectedMeasures = JSON.parse(readFileSync(`${folder}/ranx.json`, 'utf8'))
  const evaluation = evaluate(run, qrels)
  const at5 = evaluate(run, qrels, { recall: 5, map: 5 })
  expect(Object.keys(ranx).length).toBeGreaterThan(30)
  for (const [query, { ndcg, recall, recall5, mrr, map, map5, precision }] of Object.entries(ranx)) {
    const measures = evaluation.each.get(query)!
    const { recall: ownRecall5, map: ownMap5 } = at5.each.get(query)!
    const own = [measures.ndcg, measures.recall, ownRecall5, measures.mrr, measures.map, ownMap5, measures.precision] // biome-ignore format: seven measures
    for (const [i, value] of [ndcg, recall, recall5, mrr, map, map5, precision].entries()) {
      expect(own[i], `${query}, measure ${i}`).toBeCloseTo(value, 12)
    }
  }
})

const maps = (values: Record<string, Record<string, number>>) =>
  new Map(Object.entries(values).map(([query, documents]) => [query, new Map(Object.entries(documents))]))

it('computes the measures of relevant documents at ranks 2 and 4, where one more was not found', () => {
  const { mrr, recall, ndcg } = evaluate(
    maps({ q: { a: 9, b: 8, c: 7, d: 6 } }),
    maps({ q: { b: 1, d: 2, x: 1 } }),
  )
  expect(mrr).toBe(1 / 2)
  expect(recall).toBe(2 / 3)
  const ideal = 2 + 1 / Math.log2(3) + 1 / Math.log2(4)
  expect(ndcg).toBeCloseTo((1 / Math.log2(3) + 2 / Math.log2(5)) / ideal, 15)
})

it('ranks the later id first when scores are equal, as trec_eval does', () => {
  expect(evaluate(maps({ q: { a: 1, b: 1 } }), maps({ q: { a: 1 } })).mrr).toBe(1 / 2)
  expect(evaluate(maps({ q: { a: 1, b: 1 } }), maps({ q: { b: 1 } })).mrr).toBe(1)
})

it('sorts grades as numbers, and counts negative ones as 0', () => {
  const qrels = maps({ q: { a: 10, b: 9, c: 100, d: -5, e: 0 } })
  const perfect = maps({ q: { c: 9, a: 8, b: 7, e: 6, d: 5 } })
  expect(evaluate(perfect, qrels)).toMatchObject({ ndcg: 1, recall: 1, mrr: 1 })
  const swapped = maps({ q: { a: 9, c: 8, b: 7, d: 6 } })
  const gain = (grades: number[]) =>
    grades.reduce((sum, grade, index) => sum + grade / Math.log2(index + 2), 0)
  expect(evaluate(swapped, qrels).ndcg).toBeCloseTo(gain([10, 100, 9]) / gain([100, 10, 9]), 15)
})

it('ignores documents below the cutoff', () => {
  const cutoffs = { mrr: 2, ndcg: 2, recall: 2 }
  expect(evaluate(maps({ q: { a: 3, b: 2, c: 1 } }), maps({ q: { c: 1 } }), cutoffs)).toMatchObject({
    mrr: 0,
    ndcg: 0,
    recall: 0,
  })
})

it('counts the first 10 documents of a ranking, and for recall and MAP the first 100, without cutoffs', () => {
  const ranking = Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`d${i + 1}`, -i]))
  const of = (rank: number) => {
    const { mrr, ndcg, recall, map, precision } = evaluate(
      maps({ q: ranking }),
      maps({ q: { [`d${rank}`]: 1 } }),
    )
    return [mrr, ndcg, precision, recall, map].map(value => value > 0)
  }
  expect(of(10)).toEqual([true, true, true, true, true])
  expect(of(11)).toEqual([false, false, false, true, true])
  expect(of(100)).toEqual([false, false, false, true, true])
  expect(of(101)).toEqual([false, false, false, false, false])
})

it.each<[call: () => unknown, error: Error]>([
  [() => evaluate(run, new Map()), new RangeError('"qrels" expected at least one judged query, got none')],
  [
    () => evaluate({} as never, qrels),
    new TypeError('"run" expected a Map from query ids to Maps of scores, got object'),
  ],
  [
    () => evaluate(run, null as never),
    new TypeError('"qrels" expected a Map from query ids to Maps of grades, got null'),
  ],
  [
    () => evaluate(run, qrels, { ndcg: 0 }),
    new RangeError('"ndcg" expected a whole number of at least 1, got 0'),
  ],
  [
    () => evaluate(run, qrels, { recall: 2.5 }),
    new RangeError('"recall" expected a whole number of at least 1, got 2.5'),
  ],
  [() => evaluate(run, qrels, { mrr: '5' as never }), new TypeError('"mrr" expected a number, got string')],
  [
    () => evaluate(run, qrels, { f1: 5 } as never),
    new RangeError(
      'unknown option "cutoffs.f1"; valid options of evaluate: mrr, ndcg, recall, map, precision',
    ),
  ],
])('refuses wrong arguments with an error that names them: %#', (call, error) => {
  expect(call).toThrow(error)
})

it('has an nDCG of 1 for a perfect run with more relevant documents than its depth', () => {
  const documents = Array.from({ length: 20 }, (_, i) => `d${i}`)
  const judged = new Map([['q', new Map(documents.map(id => [id, 1]))]])
  const perfect = new Map([['q', new Map(documents.map((id, i) => [id, 20 - i]))]])
  expect(evaluate(perfect, judged).ndcg).toBe(1)
  expect(evaluate(perfect, judged, { ndcg: 3 }).ndcg).toBe(1)
})

describe('the randomization test', () => {
  /** An evaluation with the given values of nDCG. */
  const evaluationOf = (values: readonly number[]): Evaluation => {
    const zero = { mrr: 0, ndcg: 0, recall: 0, map: 0, precision: 0 }
    const each = new Map(values.map((ndcg, i) => [`q${i}`, { ...zero, ndcg }]))
    return { ...zero, queries: values.length, missing: [], unjudged: [], each }
  }
  const compare = (differences: readonly number[], options?: Parameters<typeof randomizationTest>[2]) =>
    randomizationTest(evaluationOf(differences), evaluationOf(differences.map(() => 0)), options)

  it('has the p-values of SciPy’s exact permutation test', () => {
    const cases: { differences: number[]; p: number }[] = JSON.parse(
      readFileSync(`${folder}/randomization.json`, 'utf8'),
    )
    expect(cases.length).toBe(5)
    for (const { differences, p } of cases) {
      const found = compare(differences)
      expect(found.isExact).toBe(true)
      expect(found.p, differences.join()).toBeCloseTo(p, 12)
      const opposite = compare(differences.map(difference => -difference))
      expect([opposite.p, opposite.difference]).toEqual([found.p, -found.difference])
    }
  })

  it('chooses each sign independently in a sample, also beyond 32 queries', () => {
    // the sum of 64 signs is at least 16 in either direction with a probability of 0.0599 (binomial distribution)
    const found = compare(Array.from({ length: 64 }, (_, i) => (i < 40 ? 1 : -1)))
    expect(found).toMatchObject({ isExact: false, better: 40, worse: 24 })
    expect(found.p).toBeGreaterThan(0.055)
    expect(found.p).toBeLessThan(0.065)
  })

  it('counts the queries that are better, worse and equal, and takes equal runs for equal', () => {
    expect(compare([0.5, -0.25, 0, 0.75])).toEqual({
      difference: 0.25,
      p: 0.5,
      isExact: true,
      better: 2,
      worse: 1,
      equal: 1,
    })
    expect(compare([0, 0])).toMatchObject({ difference: 0, p: 1, equal: 2 })
  })

  it('counts sums that are equal but for their rounding', () => {
    // 0.1 + 0.1 + 0.1 - 0.1 is 0.20000000000000004, and 0.1 + 0.1 - 0.1 + 0.1 is 0.2
    expect(compare([0.1, 0.1, 0.1, -0.1]).p).toBe(10 / 16)
  })

  it('samples the choices of signs of more than 16 queries, near the exact value', () => {
    const sixteen = Array.from({ length: 16 }, (_, i) => ((i * 7) % 16) / 16 - 0.3)
    const { p } = compare(sixteen)
    // a query with hardly any difference makes them 17
    const sampled = compare([...sixteen, 1e-9], { rounds: 20_000 })
    expect([compare(sixteen).isExact, sampled.isExact]).toEqual([true, false])
    // three standard deviations of the sample
    expect(Math.abs(sampled.p - p)).toBeLessThan(3 * Math.sqrt((p * (1 - p)) / 20_000))
    expect(compare([...sixteen, 1e-9], { rounds: 20_000 })).toEqual(sampled)
    expect(compare([...sixteen, 1e-9], { rounds: 20_000, seed: 2 }).p).not.toBe(sampled.p)
    expect(compare([...sixteen, 1e-9], { rounds: 20_000, seed: 1 })).toEqual(sampled)
    expect(compare(Array(40).fill(1), { rounds: 99 }).p).toBe(0.01)
    expect(compare(Array(40).fill(1)).p).toBe(1 / 100_001)
  })

  it('refuses evaluations of other queries, and unknown measures', () => {
    const [one, two] = [evaluationOf([1]), evaluationOf([1, 2])]
    expect(() => randomizationTest(two, one)).toThrow(
      '"second" has no query q1; evaluate both runs with the same judgements',
    )
    expect(() => randomizationTest(one, two)).toThrow(
      '"first" has no query q1; evaluate both runs with the same judgements',
    )
    expect(() => randomizationTest(one, one, { rounds: 0 })).toThrow(
      '"rounds" expected a whole number of at least 1, got 0',
    )
    expect(() => randomizationTest(one, one, { measure: 'f1' as never })).toThrow(
      '"measure" expected one of mrr, ndcg, recall, map, precision, got "f1"',
    )
  })
})
