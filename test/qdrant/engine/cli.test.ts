// The command line on a real engine: what it prints of a collection that is well, and of one that is not.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from '../../../src/cli/program.js'
import { deleteCollection, type PointId, type QdrantCollection } from '../../../src/qdrant/index.js'
import { type FaultProxy, startFaultProxy } from './fault-proxy.js'
import { createRandom, freshCollection, kind, randomPoints, randomRows, url, version } from './support.js'

const folder = mkdtempSync(join(tmpdir(), 'maxsimd-cli-'))
const dim = 32
const random = createRandom(21)
const points = randomPoints(random, 200, dim)
let collection: QdrantCollection
let proxy: FaultProxy

beforeAll(async () => {
  proxy = await startFaultProxy(url, process.env.QDRANT_API_KEY)
  collection = await freshCollection({
    vectors: { colbert: { size: dim, distance: 'Dot', quantization_config: { binary: {} } } },
    payload_indexes: { parity: 'integer' },
  })
  await collection.upsert(points)
})

afterAll(async () => {
  await proxy.close()
  rmSync(folder, { recursive: true, force: true })
})

const nested = ({ data }: { readonly data: Float32Array }) =>
  Array.from({ length: data.length / dim }, (_, row) => [...data.subarray(row * dim, (row + 1) * dim)])

const lines = (vectors: readonly { readonly id: PointId; readonly vector: number[][] }[]) =>
  vectors.map(each => JSON.stringify(each)).join('\n')

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

async function run(args: readonly string[], at = url, isTTY = false) {
  let [stdout, stderr] = ['', '']
  const code = await runProgram([...args, '--collection', collection.name], {
    stdout: { isTTY, write: text => (stdout += text) },
    stderr: { isTTY, write: text => (stderr += text) },
    environment: { ...process.env, QDRANT_URL: at },
    signal: new AbortController().signal,
  })
  return { code, stdout, stderr }
}

describe('verify', () => {
  it('reports that both sides agree', async () => {
    const { code, stdout, stderr } = await run(['verify', '--sample', '5'])
    expect([code, stderr]).toEqual([0, ''])
    const report = stdout.split('\n')
    expect(report[0]).toContain(`${collection.name}, Qdrant ${version}`)
    expect(report[0]).toContain(': "colbert", Dot, float32; kernel ')
    expect(report[1]).toBe('5 queries; 50 hits checked; 200 points scanned, none missed, recall 100 %')
    expect(report[2]).toMatch(
      /^largest difference \S+, allowed \d\S*; at most \d[\d.]* % of what is allowed$/,
    )
    expect(report[3]).toMatch(/^the allowed difference is \d+ x 2\^-24 of Σ max Σ \|q d\|/)
    expect(report.at(-2)).toBe('The server and the kernel agree.')
  })

  it('reads queries and the source of the documents from files', async () => {
    const source = file(
      'documents.jsonl',
      lines(points.map(({ id, vector }) => ({ id, vector: nested(vector.colbert) }))),
    )
    const queries = file(
      'queries.jsonl',
      lines([{ id: 'first', vector: nested(randomRows(random, 6, dim)) }]),
    )
    const args = ['verify', '--queries', queries, '--source', source, '--limit', '7', '--json']
    const { code, stdout } = await run(args)
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      queries: 1,
      queryIds: ['first'],
      hits: 7,
      scanned: 200,
      documents: [],
    })
    expect(code).toBe(0)
    const wrong = points.map(({ id, vector }) => ({ id, vector: nested(vector.colbert) }))
    wrong[3]!.vector = wrong[4]!.vector
    const stale = file('stale.jsonl', lines(wrong))
    const found = await run(['verify', '--queries', queries, '--source', stale])
    expect(found.code).toBe(1)
    expect(found.stdout).toMatch(/^(stale|truncated|swapped) document: point 4, /m)
    expect(found.stdout).toContain('All scores are right, but the stored documents have faults.\n')
  })

  it('reports a wrong score, with exit code 1', async () => {
    let wrong: PointId | undefined
    type Answer = { result: { points: { id: PointId; score: number }[] } }
    proxy.alter('/points/query', ({ result }: Answer) => {
      wrong ??= result.points[2]?.id
      for (const point of result.points) if (point.id === wrong) point.score *= 1.001
    })
    const { code, stdout } = await run(['verify', '--sample', '1', '--no-scan'], proxy.url)
    proxy.alter('/points/query', undefined)
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /^wrong score: query 1, hit 3, point \d+: server \S+, kernel \S+; difference \S+, allowed \S+; first in query row 0$/m,
    )
    expect(stdout).not.toContain('were not searched for')
  })

  it('measures quantized scores without judging them', async () => {
    const { code, stdout } = await run(['verify', '--sample', '2', '--quantized'])
    expect(code).toBe(3)
    expect(stdout).toMatch(/^largest difference \S+; not judged$/m)
    expect(stdout).toMatch(/ missed, recall \S+ %$/m)
    expect(stdout).toMatch(/\nNot judged: the scores come from quantized vectors\.\n$/)
  })

  it('shows progress on a terminal and clears it at the end', async () => {
    const { stderr } = await run(['verify', '--sample', '3'], url, true)
    expect(stderr).toContain('running 3 queries ')
    expect(stderr).toContain('reading points')
    expect(stderr.endsWith('\r\x1b[2K')).toBe(true)
  })

  it('refuses a vector of another collection', async () => {
    const { code, stderr } = await run(['verify', '--sample', '1', '--using', 'pooled'])
    expect(code).toBe(2)
    expect(stderr).toBe(
      '"using" expected a dense or multi-vector of the collection ("colbert"), got "pooled"\n',
    )
  })
})

describe('compare', () => {
  it('prints the figures of both sides, and writes the plot', async () => {
    const plot = join(folder, 'plot.svg')
    const { code, stdout, stderr } = await run([
      'compare',
      '--sample',
      '3',
      '--rounds',
      '2',
      '--exact',
      '--svg',
      plot,
    ])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('3 queries, 2 rounds, limit 10: 100.0 % of the results in common')
    expect(stdout).toMatch(/^local copy: 200 documents, [\d,]+ rows, \d+\.\d [kM]B in memory; kernel \S+$/m)
    expect(stdout.endsWith('Both sides return the same results.\n')).toBe(true)
    expect(readFileSync(plot, 'utf8')).toMatch(/^<svg /)
  })

  it('reports a missing result of one side, with exit code 1', async () => {
    proxy.alter('/points/query', ({ result }: { result: { points: object[] } }) => {
      result.points.shift()
    })
    const args = ['compare', '--sample', '2', '--rounds', '1', '--exact', '--json']
    const { code, stdout } = await run(args, proxy.url)
    proxy.alter('/points/query', undefined)
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      agrees: false,
      unmatched: [{ query: 0, side: 'local' }, { query: 1 }],
    })
  })

  it('reports results that quantized vectors change', async () => {
    const { code, stdout } = await run(['compare', '--sample', '3', '--rounds', '1'])
    expect(code).toBe(1)
    expect(stdout.endsWith('The results differ; check the scores with "npx maxsimd verify".\n')).toBe(true)
  })

  it('refuses a plot that cannot be written', async () => {
    const { code, stderr } = await run(['compare', '--sample', '1', '--rounds', '1', '--svg', '/no/such.svg'])
    expect(code).toBe(2)
    expect(stderr).toBe(
      `"--svg" cannot be written: ENOENT: no such file or directory, open '/no/such.svg'\nSee npx maxsimd compare --help\n`,
    )
  })
})

describe('info', () => {
  it('shows the configuration and the costs of a collection', async () => {
    const { code, stdout } = await run(['info'])
    expect(code).toBe(0)
    expect(stdout).toContain(`${collection.name}, Qdrant ${version}: `)
    expect(stdout).toContain('200 points in ')
    expect(stdout).toMatch(
      /^ {2}colbert: 32 x float32, Dot, max_sim, no graph, quantized: binary, \d\.\d rows per document$/m,
    )
    expect(stdout).toMatch(/^ {4}originals \d+\.\d kB, quantized copies \d\.\d kB$/m)
    if (kind !== 'edge') expect(stdout).toContain('payload indexes: parity (integer)')
    expect(stdout).toMatch(
      /^one replica needs about .* of disk, .* of memory and .* of page cache \(estimated from 64 documents\)$/m,
    )
  })

  it('prints the same information as JSON', async () => {
    const info = JSON.parse((await run(['info', '--json', '--sample', '200'])).stdout)
    const rows = points.reduce((sum, { vector }) => sum + vector.colbert.data.length / dim, 0)
    expect(info).toMatchObject({ name: collection.name, points: 200, size: { points: 200 } })
    expect(info.estimate.vectors.colbert.originals).toBeCloseTo(rows * dim * 4, 3)
  })
})

describe('a first stage', () => {
  const at = (name: string) => join(folder, name)
  const without = async (args: readonly string[]) => {
    let [stdout, stderr] = ['', '']
    const code = await runProgram(args, {
      stdout: { write: text => (stdout += text) },
      stderr: { write: text => (stderr += text) },
      environment: { ...process.env, QDRANT_URL: url },
      signal: new AbortController().signal,
    })
    return { code, stdout, stderr }
  }

  it('is carried by push and pull, and used by search on the server', async () => {
    const name = `${collection.name}-staged`
    const documents = Array.from({ length: 200 }, (_, id) => ({
      id,
      vector: nested(randomRows(random, 4, dim)),
    }))
    const corpus = file('staged.jsonl', lines(documents))
    const queries = file('staged-queries.jsonl', lines(documents.slice(0, 3)))
    const store = ['--store', at('staged')]
    expect(
      await without(['index', '--vectors', corpus, ...store, '--first-stage', 'lemur', '--stage-size', '64']),
    ).toMatchObject({ code: 0 })
    const pushed = await without(['push', ...store, '--collection', name])
    expect(pushed.stdout).toContain(`first stage in ${name}.first-stage\n`)
    const search = async (place: readonly string[]) => {
      const { stdout } = await without(['search', ...place, '--queries', queries, '--limit', '5'])
      return stdout.split('\n').map(line => line.split(' ').slice(0, 3).join(' '))
    }
    const expected = await search(store)
    expect(await search(['--collection', name])).toEqual(expected)
    const pulled = ['--store', at('pulled')]
    expect(await without(['pull', '--collection', name, ...pulled])).toMatchObject({ code: 0 })
    expect(await search(pulled)).toEqual(expected)
    const info = JSON.parse((await without(['info', ...pulled, '--json'])).stdout)
    expect(info.firstStage).toMatchObject({ stage: 'lemur', using: 'colbert', documents: 200, missing: 0 })
    for (const each of [name, `${name}.first-stage`])
      await deleteCollection({ url, apiKey: process.env.QDRANT_API_KEY }, each)
  })

  it('is recommended for a collection by advise, with the lines of a program', async () => {
    const args = ['advise', '--collection', collection.name, '--sample', '5']
    const none = await without(args)
    expect([none.code, none.stderr]).toEqual([0, ''])
    expect(none.stdout).toMatch(/\nExact search takes [\d.]+ ms; no first stage is needed\.\n$/)
    const found = await without([...args, '--milliseconds', '0', '--recall', '0.5', '--candidates', '150'])
    expect(found.code).toBe(0)
    expect(found.stdout).toMatch(/\nRecommended: \w+First of \d+ in (?:i8|float32)\.\n\nconst /)
    expect(found.stdout).not.toContain('npx')
    const missed = await without([...args, '--milliseconds', '0', '--recall', '1', '--candidates', '10'])
    expect(missed.code).toBe(1)
    expect(missed.stdout).toContain('\nNo stage reaches 100 % with 10 candidates; ')
  })
})
