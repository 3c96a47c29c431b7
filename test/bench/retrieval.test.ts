// `npm run bench:retrieval`: its measures, its rule for queries, and a whole run on a small data set.

import { describe, expect, it } from 'vitest'
import { toChart } from '../../bench/retrieval/chart.js'
import { chooseQueries, type Dataset } from '../../bench/retrieval/dataset.js'
import { type DatasetResult, measureDataset } from '../../bench/retrieval/measure.js'
import { measurePresets } from '../../bench/retrieval/presets.js'
import { measureQuality } from '../../bench/retrieval/quality.js'
import { toMarkdown } from '../../bench/retrieval/report.js'
import { FAMILIES } from '../../bench/retrieval/techniques.js'
import type { ScoredDocument } from '../../src/index.js'
import { random, randomRows } from '../support/random.js'

const ranked = (...scores: number[]): ScoredDocument[] => scores.map((score, index) => ({ index, score }))
/** A ranking of documents that are not among the ten. */
const others = (...scores: number[]) => ranked(...scores).map(hit => ({ ...hit, index: hit.index + 50 }))
const ten = ranked(20, 19, 18, 17, 16, 15, 14, 13, 12, 11)

describe('quality', () => {
  it.each<[name: string, found: ScoredDocument[], recall: number, ndcg: number]>([
    ['exact search itself', ten, 1, 1],
    ['a ranking without any of the ten', others(...Array<number>(10).fill(3)), 0, 0],
    [
      'a ranking with only the first of the ten',
      [ten[0]!, ...others(1, 1, 1, 1, 1, 1, 1, 1, 1)],
      0.1,
      0.33371,
    ],
    ['the ten in reverse order', [...ten].reverse(), 1, 0.667856],
    ['the first five', ten.slice(0, 5), 0.5, 0.83475],
  ])('measures the quality of %s', (_, found, recall, ndcg) => {
    const quality = measureQuality([ten], [found])
    expect(quality.recall).toBeCloseTo(recall, 10)
    expect(quality.ndcg).toBeCloseTo(ndcg, 5)
  })

  it('counts a document that ties with the tenth as found', () => {
    const tied = ranked(9, 9, 9, 9, 9, 9, 9, 5, 5, 5)
    expect(measureQuality([tied], [[...tied.slice(0, 7), ...others(5, 5, 5)]])).toEqual({
      recall: 1,
      ndcg: 1,
    })
  })
})

it('chooses synsets with three known words besides the first, at equal steps', () => {
  const synsets = [
    { words: ['alone'] },
    { words: ['coup d’état', 'coup', 'putsch', 'takeover'] },
    { words: ['two', 'only one other'] },
    { words: ['few', 'un', 'known'] },
    { words: ['car', 'auto', 'automobile', 'motorcar'] },
    { words: ['wrath', 'anger', 'ire', 'ira'] },
  ]
  const known = (text: string) => text.split(' ').length
  expect(chooseQueries(synsets, known, 2)).toEqual([
    { text: 'coup putsch takeover', target: 1 },
    { text: 'auto automobile motorcar', target: 4 },
  ])
  expect(chooseQueries(synsets, known, 9)).toHaveLength(3)
})

/** Documents around centres, and queries near some of them. */
function smallDataset(): Dataset {
  const next = random(91)
  const documents = Array.from({ length: 300 }, () => randomRows(next, 6, 32))
  const queries = Array.from({ length: 12 }, (_, i) => ({
    targets: [i * 20],
    rows: { data: documents[i * 20]!.data.map(value => value + 0.3 * next()).slice(0, 96), dim: 32 },
  }))
  return {
    name: 'small',
    title: 'A small one',
    dim: 32,
    documents,
    queries,
    protect: 1,
    muvera: [{ kSim: 3, dimProj: 16, rReps: 10 }],
  }
}

describe('a run', async () => {
  const reported: string[] = []
  const result = await measureDataset(smallDataset(), FAMILIES, technique => reported.push(technique))
  const of = (name: string) => result.techniques.find(({ technique }) => technique === name)!

  it('measures every technique and reports each before it starts', () => {
    expect(result.techniques.map(({ technique }) => technique)).toEqual(reported)
    expect(new Set(result.techniques.map(({ family }) => family))).toEqual(new Set(FAMILIES))
    expect(result).toMatchObject({ documents: 300, rows: 1800, dim: 32, queries: 12, queryRows: 3 })
  })

  it('finds all ten with exact search, and nearly all with two stages and enough candidates', () => {
    expect(of('f32')).toMatchObject({ recall: 1, ndcg: 1, success: 1 })
    for (const name of [
      'mean first, 200 candidates',
      'MUVERA of 1,280 in i8, 200 candidates',
      'LEMUR of 128 in i8, 200 candidates',
    ]) {
      expect(of(name).recall).toBeGreaterThan(0.9)
      expect(of(name).success).toBe(1)
    }
    // a first stage with more candidates than documents is omitted
    expect(reported.filter(name => name.includes('1,000'))).toEqual([])
  })

  it('finds fewer documents with fewer bytes', () => {
    expect(of('i8').recall).toBeGreaterThan(of('binary').recall)
    expect(of('binary, oversampling 20').recall).toBeGreaterThan(of('binary').recall)
    expect(of('ward, factor 2').recall).toBeGreaterThan(of('ward, factor 4').recall)
    expect(of('i8').searched).toBeLessThan(of('f16').searched)
    expect(of('f16').searched).toBeLessThan(of('f32').searched)
    expect(of('ward, factor 4').searched).toBeLessThan(of('ward, factor 2').searched)
    expect(of('mean first, 100 candidates')).toMatchObject({ readAgain: of('f32').searched })
  })

  it('measures only the chosen families', async () => {
    const { techniques } = await measureDataset(smallDataset(), ['MUVERA first'], () => {})
    expect(techniques.map(({ technique }) => technique)).toEqual([
      'MUVERA of 1,280 in i8, 200 candidates',
      'MUVERA of 1,280 in i8, centred, 200 candidates',
    ])
  })
})

it('measures the presets in the store, compared with exact search', async () => {
  const presets: string[] = []
  const results = await measurePresets(smallDataset(), undefined, preset => presets.push(preset))
  expect(presets).toEqual(
    ['meanFirst', 'pooledFirst', 'muveraFirst', 'lemurFirst'].map(preset => `${preset} in the store`),
  )
  expect(results.map(({ preset }) => preset)).toEqual([
    'exact',
    'meanFirst',
    'pooledFirst',
    'muveraFirst',
    'lemurFirst',
  ])
  // 100 or 200 candidates of 300
  for (const { recall, ndcg, milliseconds } of results) {
    expect(recall).toBeGreaterThan(0.5)
    expect(recall).toBeLessThanOrEqual(1)
    expect(ndcg).toBeGreaterThan(0.5)
    expect(milliseconds).toBeGreaterThan(0)
  }
})

const technique = {
  processor: 'a processor',
  technique: 'mean first, 100 candidates',
  family: 'two stages',
  searched: 400.4,
  readAgain: 3784,
  milliseconds: 5,
  exactMilliseconds: 50,
  recall: 0.754,
  ndcg: 0.81234,
  success: 0.2,
} as const
const dataset: DatasetResult = {
  name: 'small',
  title: 'A small one',
  documents: 1234,
  rows: 12_340,
  dim: 32,
  queries: 12,
  queryRows: 3,
  kernel: 'simd',
  techniques: [technique, { ...technique, technique: 'i8', family: 'stored', readAgain: 0, searched: 958 }],
}

describe('the report', () => {
  it('has a table with a numbered line for each technique', () => {
    const run = { date: '2026-01-01', engine: 'Node 20', processor: 'Some CPU', load: 1, datasets: [dataset] }
    expect(toMarkdown(run).split('\n').slice(2, 14)).toEqual([
      '**Recommended**: the fastest first stage with a recall of at least 95 %, or the one with the best recall.',
      '',
      "| data set | documents | first stage | recall@10 | of exact's time | bytes a document |",
      '| --- | ---: | ---: | ---: | ---: | ---: |',
      '| A small one | 1,234 | mean first, 100 candidates | 75.4 % | 0.10 | 400 |',
      '',
      '**A small one**: 1,234 documents, 12,340 rows of 32; 12 queries of 3.0 rows; kernel `simd`, on a processor.',
      '',
      "| # | technique | bytes a document | read again | ms a query | of exact's time | recall@10 | nDCG@10 | success@10 |",
      '| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
      '| 1 | mean first, 100 candidates | 400 | 3,784 | 5.00 | 0.10 | 75.4 % | 0.812 | 20.0 % |',
      '| 2 | i8 | 958 |  | 5.00 | 0.10 | 75.4 % | 0.812 | 20.0 % |',
    ])
  })

  it('says which lines were measured on another processor', () => {
    const [first, second] = dataset.techniques
    const techniques = [first!, second!, { ...second!, processor: 'another' }]
    const run = {
      date: '',
      engine: 'Node 20',
      processor: 'another',
      load: 1,
      datasets: [{ ...dataset, techniques }],
    }
    expect(toMarkdown(run)).toContain('kernel `simd`; lines 1 to 2 on a processor, line 3 on another.\n')
  })

  it('has a table of the presets if they were measured', () => {
    const preset = { preset: 'meanFirst', place: 'the store', milliseconds: 1.234, recall: 0.9, ndcg: 0.95 }
    const run = {
      date: '2026-01-01',
      engine: 'Node 20',
      processor: 'Some CPU',
      load: 1,
      datasets: [{ ...dataset, presets: [preset] }],
    }
    expect(toMarkdown(run)).toContain('\n| meanFirst | the store | 1.23 | 90.0 % | 0.950 |\n')
  })

  it('has a table of a server’s quantizations if they were measured', () => {
    const setting = { setting: 'binary, 1 bit', place: 'Qdrant 1.19.0', searched: 607.6, readAgain: 0 }
    const quantized = { ...setting, milliseconds: 3.6, recall: 0.774, ndcg: 0.8764 }
    const again = { ...quantized, setting: 'binary, 1 bit, 40 rescored', readAgain: 19_650 }
    const run = {
      date: '2026-01-01',
      engine: 'Node 20',
      processor: 'Some CPU',
      load: 1,
      datasets: [{ ...dataset, quantized: [quantized, again] }],
    }
    expect(toMarkdown(run).split('\n').slice(-4)).toEqual([
      '| --- | --- | ---: | ---: | ---: | ---: | ---: |',
      '| binary, 1 bit | Qdrant 1.19.0 | 608 |  | 3.60 | 77.4 % | 0.876 |',
      '| binary, 1 bit, 40 rescored | Qdrant 1.19.0 | 608 | 19,650 | 3.60 | 77.4 % | 0.876 |',
      '',
    ])
  })

  it.each(['milliseconds', 'searched'] as const)(
    'has a chart with a point for each technique, by %s',
    cost => {
      const svg = toChart(dataset, cost, 'subtitle')
      // one for each technique, and one for each family in the legend
      expect(svg.match(/<circle/g)).toHaveLength(2 + FAMILIES.length)
      expect(svg).not.toMatch(/NaN|Infinity|undefined/)
      expect(svg).toContain('A small one: recall@10 of exact search')
    },
  )
})
