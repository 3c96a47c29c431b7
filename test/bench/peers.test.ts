// `npm run bench:peers`: how results are judged, reported and drawn, and how the failure of a process is reported.

import { describe, expect, it } from 'vitest'
import { toChart } from '../../bench/peers/chart.js'
import { judgeResults } from '../../bench/peers/judge.js'
import type { PeerResult } from '../../bench/peers/measure.js'
import { createPeers } from '../../bench/peers/peers.js'
import { type PeersRun, toSummary } from '../../bench/peers/report.js'
import { startSession } from '../../bench/peers/session.js'
import { toLineChart } from '../../bench/scaling/line-chart.js'
import { axis } from '../../bench/shared/svg.js'
import { SCREENS } from '../../src/core/screen.js'

const expected = [3, 1, 2].map(score => ({ score, low: score - 0.01, high: score + 0.01 }))
const answer = (scores: readonly number[], ...order: readonly number[]) => ({
  version: '1.0.0',
  scores,
  ranked: order.map((index): [number, number] => [index, scores[index]!]),
})

describe('the judgement of a peer', () => {
  it.each([
    ['exact', 'scores within their bounds', answer([3.005, 1, 2], 0, 2), false],
    ['wrong', 'a score outside its bound', answer([3.02, 1, 2], 0, 2), false],
    [
      'inexact',
      'a score outside its bound, of a library that rounds by design',
      answer([3.02, 1, 2], 0, 2),
      true,
    ],
    ['wrong', 'a ranking with a document that is not among the best', answer([3, 1, 2], 0, 1), false],
  ])('judges as %s: %s', (verdict, _, loaded, rounds) => {
    expect(judgeResults(loaded, expected, rounds, 2).answer).toBe(verdict)
  })

  it('counts wrong scores and reports the largest error', () => {
    expect(judgeResults(answer([3, 1.5, 1], 0, 1), expected, false, 2)).toEqual({
      answer: 'wrong',
      error: 1,
      outside: 2,
      found: 1,
      limit: 2,
    })
  })

  it.each([
    [answer([3, 1], 0, 1), 'it returned 2 scores and 2 results for 3 documents'],
    [answer([3, Number.NaN, 2], 0, 2), 'the score of document 1 is not a finite number'],
  ])('refuses results without a finite score for each document: %#', (loaded, message) => {
    expect(() => judgeResults(loaded, expected, true, 2)).toThrow(message)
  })
})

const result: PeerResult = {
  name: 'a <b>',
  kind: 'javascript',
  engine: 'Node 24',
  version: '1.2.3',
  instructions: 'none',
  ...{ answer: 'wrong', error: 0.5, outside: 31, found: 9, limit: 10 },
  ...{ samples: 9, median: 2, p25: 1.5, p75: 2.5, min: 1, max: 3 },
  gflops: 33,
  cpu: 1,
}
const failure = { name: 'c', kind: 'native', engine: 'Python', why: 'no wheel' } as const
const round = { workload: 'W0', shape: '1 x 60', documents: 60, results: [result], failures: [failure] }
const run: PeersRun = {
  date: '2026-01-02',
  processor: 'Some CPU',
  cores: 2,
  load: 0.25,
  peak: { gflops: 66 },
  rounds: [
    { ...round, threads: 1 },
    { ...round, threads: 2 },
  ],
}

it('reports wrong results and peers that did not run', () => {
  expect(toSummary(run)).toContain(
    '| a <b> 1.2.3 | Node 24 | none | 0.50 | 33.0 | **wrong**: 31 of 60 scores, by up to 0.50, 9 of the best 10 |\n',
  )
  expect(toSummary(run)).toContain('Not measured: c (no wheel).')
})

it('lists every peer once, in the order of the first workload that it ran on', () => {
  const of = (name: string, gflops: number) => ({ ...result, name, gflops, answer: 'exact' as const })
  const real = {
    ...round,
    workload: 'definitions',
    threads: 1,
    failures: [],
    results: [of('b', 9), of('a', 5)],
  }
  const random = { ...round, threads: 1, failures: [], results: [of('c', 40), of('a', 30), of('b', 20)] }
  const lines = toSummary({ ...run, rounds: [real, random] }).split('\n')
  expect(lines[2]).toBe('|  | runs on | vector instructions | of peak | definitions | W0 | scores |')
  expect(lines.slice(4, 7)).toEqual([
    '| b 1.2.3 | Node 24 | none | 0.14 | 9.0 | 20.0 | exact |',
    '| a 1.2.3 | Node 24 | none | 0.08 | 5.0 | 30.0 | exact |',
    '| c 1.2.3 | Node 24 | none | - | - | 40.0 | exact |',
  ])
  const svg = toChart({ ...run, rounds: [real, { ...random, workload: 'even' }, random] })
  // the chart has the peers of the real rows, and a panel for each of its workloads
  expect(svg.match(/· Node 24/g)).toHaveLength(2)
  expect(svg).toContain('>definitions</text>')
  expect(svg).toContain('>W0</text>')
  expect(svg).not.toContain('>even</text>')
})

describe('the peers of a run', () => {
  const node = (major: number) => ({
    name: `Node ${major}`,
    major,
    file: `node${major}`,
    relaxed: major > 20,
  })
  const installed = { nodes: [node(20), node(24)], python: 'python' }

  it('include every screen of this library on each Node, and native libraries on real rows', () => {
    const peers = createPeers(installed)
    for (const engine of ['Node 20', 'Node 24']) {
      const own = peers.filter(peer => peer.kind === 'maxsimd' && peer.engine === engine)
      expect(own.filter(({ rounds }) => !rounds).map(({ name }) => name)).toEqual(
        SCREENS.map(screen => (screen === 'off' ? 'maxsimd f32' : `maxsimd certified, ${screen}`)),
      )
      expect(own.every(({ real }) => real)).toBe(true)
    }
    expect(peers.filter(({ kind, real }) => kind === 'native' && !real)).toEqual([])
    expect(peers.filter(({ name }) => name === 'ml-matrix').map(({ real }) => real)).toEqual([false])
    expect(new Set(peers.map(({ name, engine }) => `${name} ${engine}`)).size).toBe(peers.length)
  })

  it('include a server only if there is one', () => {
    const isServer = ({ name }: { name: string }) => name === 'Qdrant server'
    expect(createPeers(installed).some(isServer)).toBe(false)
    const server = { url: 'http://127.0.0.1:1', collection: 'rows' }
    const [peer] = createPeers(installed, server).filter(isServer)
    expect(peer).toMatchObject({ kind: 'native', engine: 'REST, all cores', real: true, rounds: false })
    const { file, args } = peer!.command(1)
    expect([file, args[1], JSON.parse(args[2]!)]).toEqual([
      'node24',
      'qdrant-server',
      { ...server, threads: 1 },
    ])
  })
})

it('draws charts with escaped names and a number for each bar and point', () => {
  const chart = toChart(run)
  expect(chart).toContain('>a &#60;b&#62; · Node 24</text>')
  expect(chart).toContain('>33 wrong by 0.50</text>')
  const series = [{ name: 'f32', gflops: [10, 20] }]
  expect(toLineChart({ axis: 'rows', fixed: '', x: [1, 1024], series }, '', 66)).toContain('>1,024</text>')
  expect(axis(66)).toEqual({ end: 80, ticks: [0, 20, 40, 60, 80] })
})

it('reports the last line of a process that ends, and a response that is not JSON', async () => {
  const start = (script: string) =>
    startSession({ file: process.execPath, args: ['-e', script], env: {} }).load('anywhere')
  await expect(start("console.error('cannot load'); process.exit(3)")).rejects.toThrow(
    'it ended (3): cannot load',
  )
  await expect(start("console.log('hello')")).rejects.toThrow('its response is not valid JSON: hello')
  await expect(startSession({ file: 'no-such-program', args: [], env: {} }).load('x')).rejects.toThrow(
    'ENOENT',
  )
})
