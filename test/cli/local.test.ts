// What the commands that need no server print: index, search, rerank, push into files, eval, info and demo. Every test has
// files of its own, or reads the index that is made before all of them.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { createStore } from '../../src/store/index.js'
import { runCli, type Surroundings, temporaryFolder } from './run-cli.js'

vi.mock('../../src/encode/index.js', async importOriginal =>
  (await import('./cached-words.js')).withCachedWords(await importOriginal()),
)

const at = temporaryFolder()
const root = at('').replace(/[/\\]$/, '')

/** Runs a command; the temporary folder is removed from the paths in its output. */
async function run(args: readonly string[], surroundings?: Surroundings) {
  const { stdout, stderr } = await runCli(args, surroundings)
  return { stdout: stdout.replaceAll(root, ''), stderr: stderr.replaceAll(root, '') }
}

/** Writes files below the temporary folder. */
function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(at(name)), { recursive: true })
    writeFileSync(at(name), text)
  }
}

const animals = '# Animals\n\nA spider sat on the wall.\n\nWolves hunt in packs.\n'
const money = 'The bank failed\nand the savings were lost.\n'
const index = ['--store', at('index')]

beforeAll(async () => {
  write({ 'notes/animals.md': animals, 'notes/money.txt': money })
  await runCli(['index', at('notes'), ...index])
})

describe('index', () => {
  it('creates an index, and finds nothing to do the second time', async () => {
    const args = ['index', at('notes'), '--store', at('twice')]
    const first = await run(args)
    expect(first.stderr).toBe('')
    expect(first.stdout).toMatch(
      /^2 new files, 0 changed, 0 unchanged, 0 removed; 4 passages read\n4 passages in \/twice, [\d.]+ s\n$/,
    )
    const second = await run([...args, '--json'])
    expect(JSON.parse(second.stdout)).toMatchObject({ added: 0, unchanged: 2, passages: 0, points: 4 })
  })

  it('reports skipped files, passages without a word, and an empty result', async () => {
    write({ 'unknown/a.txt': '--- * ---', 'unknown/b.txt': 'zero\0byte' })
    const args = ['index', at('unknown'), '--store', at('unknown-index')]
    const { stdout, stderr } = await run(args, { code: 1 })
    expect(stdout).toMatch(
      /^1 new file, 0 changed, 0 unchanged, 0 removed; 1 passage read, 1 skipped \(no word\)\n0 passages in /,
    )
    expect(stderr).toBe(
      'skipped: /unknown/b.txt is not a text file\n' +
        'found nothing to index in /unknown: no text, web page, source code, PDF or .jsonl file with a word\n',
    )
  })

  it('leaves an index after ctrl-C that the next run completes', async () => {
    write(
      Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`many/${i}.txt`, `bread and butter ${i}\n`])),
    )
    const interrupt = new AbortController()
    const args = ['index', at('many'), '--store', at('many-index')]
    // as soon as some of it is done
    const onStderr = (text: string) => text.includes(' %') && interrupt.abort()
    const { stderr } = await run(args, { isTTY: true, onStderr, signal: interrupt.signal, code: 130 })
    expect(stderr.endsWith('\r\x1b[2Kinterrupted\n')).toBe(true)
    // the catalog with the finished files was written before the end
    const { next, files } = JSON.parse(readFileSync(at('many-index/index.json'), 'utf8'))
    expect(next).toBe(Object.keys(files).length + 1)
    expect(next).toBeLessThan(101)
    const { added, unchanged, points } = JSON.parse((await run([...args, '--json'])).stdout)
    expect([added + unchanged, points]).toEqual([100, 100])
  })

  it('shows progress on a terminal only', async () => {
    expect((await run(['index', at('notes'), '--store', at('quiet')])).stderr).toBe('')
    const { stderr } = await run(['index', at('notes'), '--store', at('progress')], { isTTY: true })
    expect(stderr).toContain('\r\x1b[2Kindexing ████████████████████████ 100 %')
    expect(stderr.endsWith('\r\x1b[2K')).toBe(true)
    expect(existsSync(at('progress/store'))).toBe(true)
    expect(readFileSync(at('progress/index.json'), 'utf8')).toContain('"encoder":"static"')
  })

  it('replaces the points of a file without ids, however its path is spelled', async () => {
    write({ 'same-file/a.jsonl': '{"vector":[[1,2]]}\n{"vector":[[3,4]]}\n' })
    const store = ['--store', at('same-file-store')]
    await run(['index', '--vectors', at('same-file/a.jsonl'), ...store])
    const { stdout } = await run([
      'index',
      '--vectors',
      `${at('same-file')}/../same-file/./a.jsonl`,
      ...store,
    ])
    expect(stdout).toBe('2 documents, 2 rows read\n2 documents in /same-file-store\n')
  })

  it('sums up the vectors of all files, and counts the points that a file no longer has', async () => {
    write({
      'sum/a.jsonl': '{"vector":[[1,2],[3,4]]}\n{"vector":[[5,6]]}\n',
      'sum/b.jsonl': '{"vector":[[7,8]]}\n',
    })
    const args = ['index', '--vectors', at('sum/a.jsonl'), at('sum/b.jsonl'), '--store', at('sum-store')]
    expect((await run(args)).stdout).toBe('3 documents, 4 rows read\n3 documents in /sum-store\n')
    write({ 'sum/a.jsonl': '{"vector":[[1,2]]}\n' })
    expect((await run(args)).stdout).toBe('2 documents, 2 rows read, 1 removed\n2 documents in /sum-store\n')
  })
})

describe('search', () => {
  it('prints locations, passages and the matched words', async () => {
    const args = ['search', 'lost', 'money', 'xyzzyq', 'x', '--limit', '1', ...index]
    const { stdout, stderr } = await run(args)
    expect(stderr).toBe('not in the index: money, xyzzyq, x\n')
    expect(stdout).toMatch(
      /^ 1\. \/notes\/money\.txt:1 {2}0\.\d+\n {4}The bank failed and the savings were lost\.\n {4}lost ~ lost 0\.\d\d, money ~ savings 0\.\d\d\n$/,
    )
  })

  it('sets matched words off with colour, except with NO_COLOR', async () => {
    const args = ['search', 'spiders', '--limit', '1', ...index]
    expect((await run(args, { isTTY: true })).stdout).toContain('A \x1b[32m\x1b[1mspider\x1b[22m\x1b[39m sat')
    const plain = await run(args, { isTTY: true, environment: { NO_COLOR: '1' } })
    expect(plain.stdout).toContain('A spider sat')
  })

  it('replaces the progress line by a notice on a terminal', async () => {
    const args = ['search', 'spider', 'xyzzyq', ...index]
    expect((await run(args, { isTTY: true })).stderr).toBe('\r\x1b[2Knot in the index: xyzzyq\n')
  })

  it('finds nothing for unknown words', async () => {
    expect(await run(['search', 'xyzzyq', 'qwxz', 'xyzzyq', ...index], { code: 1 })).toEqual({
      stdout: '',
      stderr: 'not in the index: xyzzyq, qwxz\nno results\n',
    })
  })

  it('prints JSON with the payload of each hit', async () => {
    const { question, unknown, hits } = JSON.parse(
      (await run(['search', 'spider', 'xyzzyq', '--json', ...index])).stdout,
    )
    expect([question, unknown]).toEqual(['spider xyzzyq', ['xyzzyq']])
    expect(hits[0]).toMatchObject({ file: '/notes/animals.md', line: 3, payload: { heading: 'Animals' } })
  })

  it('writes a run of all queries that eval evaluates', async () => {
    write({
      'run/texts.jsonl':
        '{"id":"d1","text":"A spider sat on the wall."}\n{"id":"d2","text":"The bank failed."}\n',
      'run/queries.jsonl': '{"id":"q1","text":"insects"}\n{"_id":"q2","text":"money"}\n',
      'run/queries.tsv': 'q1\tinsects\nq2\tmoney\n',
      'run/qrels.txt': 'q1 0 d1 1\nq2 0 d2 1\n',
    })
    const store = ['--store', at('run/index')]
    await run(['index', at('run/texts.jsonl'), ...store])
    const byMeaning = ['--only', 'meaning', ...store]
    const { stdout } = await run(['search', '--queries', at('run/queries.jsonl'), ...byMeaning])
    expect(stdout).toMatch(
      /^q1 Q0 d1 1 0\.\d+ maxsimd\nq1 Q0 d2 2 \S+ maxsimd\nq2 Q0 d2 1 0\.\d+ maxsimd\nq2 Q0 d1 2 \S+ maxsimd\n$/,
    )
    expect((await run(['search', '--queries', at('run/queries.tsv'), ...byMeaning])).stdout).toBe(stdout)
    write({ 'run/run.txt': stdout })
    expect(await run(['eval', at('run/run.txt'), '--qrels', at('run/qrels.txt')])).toEqual({
      stdout: '2 queries\tMRR@10 1.0000\tnDCG@10 1.0000\trecall@100 1.0000\tMAP@100 1.0000\tP@10 0.1000\n',
      stderr: '',
    })
  })

  it('needs no encoder for queries with vectors, whatever dim and model the store has', async () => {
    write({
      'by-vector/points.jsonl': '{"id":1,"vector":[[1,0,0],[0,1,0]]}\n{"id":2,"vector":[[0,0,9]]}\n',
      'by-vector/queries.jsonl': '{"id":"a","vector":[[0,0,1]]}\n{"id":"b","vector":[[1,0,0]]}\n',
      'by-vector/mixed.jsonl': '{"id":"a","vector":[[0,0,1]]}\n{"id":"b","text":"spider"}\n',
      'by-vector/narrow.jsonl': '{"id":"a","vector":[[0,1]]}\n',
    })
    const store = ['--store', at('by-vector/store')]
    await run(['index', '--vectors', at('by-vector/points.jsonl'), ...store])
    const search = (file: string, code = 0) =>
      run(['search', '--queries', at(`by-vector/${file}.jsonl`), ...store], { code })
    expect((await search('queries')).stdout).toBe(
      'a Q0 2 1 9 maxsimd\na Q0 1 2 0 maxsimd\nb Q0 1 1 1 maxsimd\nb Q0 2 2 0 maxsimd\n',
    )
    // ids that are numbers, in an array for each query
    const arrays = await run(['search', '--queries', 'test/fixtures/formats/documents.npz', ...store], {
      code: 2,
    })
    expect(arrays.stderr).toMatch(/^test\/fixtures\/formats\/documents\.npz, query 0: .*3.*4/)
    expect((await search('mixed', 2)).stderr).toContain(
      'have 3 numbers a row, and the encoder ("static") makes 100',
    )
    expect((await search('narrow', 2)).stderr).toMatch(/^\/by-vector\/narrow\.jsonl, query a: .*3.*2/)
  })

  it('searches a text index with texts and vectors in one file', async () => {
    const row = JSON.stringify(Array.from({ length: 100 }, (_, k) => (k === 3 ? 1 : 0)))
    write({ 'mixed.jsonl': `{"id":"v","vector":[${row}]}\n{"id":"t","text":"insects"}\n` })
    const { stdout } = await run(['search', '--queries', at('mixed.jsonl'), '--limit', '1', ...index])
    expect(stdout).toMatch(/^v Q0 \d 1 \S+ maxsimd\nt Q0 1 1 0\.\d+ maxsimd\n$/)
  })

  it('writes no run if a document has a name that a run cannot have', async () => {
    write({
      'blanks/texts.jsonl': '{"id":"plain","text":"money"}\n{"id":"a b","text":"A spider sat."}\n',
      'blanks/queries.tsv': 'q1\tmoney\nq2\tspider\n',
    })
    const store = ['--store', at('blanks/index')]
    await run(['index', at('blanks/texts.jsonl'), ...store])
    const args = ['search', '--queries', at('blanks/queries.tsv'), '--limit', '1', ...store]
    expect(await run(args, { code: 2 })).toEqual({
      stdout: '',
      stderr:
        'a run separates fields by blanks, and query q2 found the document "a b"; rename it, or use --json\n',
    })
    expect(JSON.parse((await run([...args, '--json'])).stdout)[1]).toMatchObject({ hits: [{ id: 'a b' }] })
  })

  it('writes no run if two documents of a query have the same name', async () => {
    write({ 'same/a.jsonl': '{"id":2,"text":"A spider sat."}\n', 'same/b.md': 'Spiders spin.\n' })
    write({ 'same/queries.tsv': 'q1\tspider\n' })
    const store = ['--store', at('same/index')]
    await run(['index', at('same/a.jsonl'), at('same/b.md'), ...store])
    const { stdout, stderr } = await run(['search', '--queries', at('same/queries.tsv'), ...store], {
      code: 2,
    })
    expect([stdout, stderr]).toEqual([
      '',
      'query q1 found two documents with the name "2"; give each document a different id, or use --json\n',
    ])
  })

  it('replaces control characters, which a terminal would obey', async () => {
    write({ 'hostile/\x1b[31m.md': '# \x1b]0;title\x07\n\nA \x1b[2J spider\x9b sat.\n' })
    const store = ['--store', at('hostile-index')]
    await run(['index', at('hostile'), ...store])
    const { stdout } = await run(['search', 'spider', '--limit', '1', ...store])
    expect(stdout).toMatch(
      /^ 1\. \/hostile\/\ufffd\[31m\.md:3 {2}\ufffd\]0;title\ufffd {2}0\.\d+\n {4}A \ufffd\[2J spider\ufffd sat\.\n/,
    )
    // JSON, which programs read, has them
    const json = await run(['search', 'spider', '--json', ...store])
    expect(JSON.parse(json.stdout).hits[0].text).toContain('\x1b[2J')
  })

  it.each(['Dot', 'Cosine', 'Euclid', 'Manhattan'] as const)(
    'writes larger scores for better documents, whatever another vector of the store has, with %s',
    async distance => {
      const size = 100
      const path = at(`distance-${distance}`)
      const other = distance === 'Dot' ? 'Euclid' : 'Dot'
      const vectors = { first: { size, distance: other }, second: { size, distance } } as const
      const row = (place: number) => [Array.from({ length: size }, (_, k) => (k === place ? 1 : 0.01))]
      const store = await createStore({ path, vectors })
      await store.upsert([1, 2, 3].map(id => ({ id, vector: { first: row(id), second: row(id) } })))
      await store.close()
      write({ [`queries-${distance}.tsv`]: 'q\tspider\n' })
      const args = [
        'search',
        '--queries',
        at(`queries-${distance}.tsv`),
        '--store',
        path,
        '--using',
        'second',
      ]
      const scores = (await run(args)).stdout
        .trim()
        .split('\n')
        .map(line => Number(line.split(' ')[4]))
      expect(scores).toHaveLength(3)
      expect(scores).toEqual([...scores].sort((a, b) => b - a))
    },
  )
})

describe('eval', () => {
  it('compares with another run: the difference with its sign, and the queries that are better and worse', async () => {
    const ranked = (query: string, ...ids: string[]) =>
      ids.map((id, i) => `${query} Q0 ${id} ${i + 1} ${9 - i} x\n`).join('')
    write({
      'against/good.txt': ranked('q1', 'd', 'e') + ranked('q2', 'd', 'e') + ranked('q3', 'd', 'e'),
      'against/bad.txt': ranked('q1', 'd', 'e') + ranked('q2', 'e', 'd') + ranked('q3', 'e', 'd'),
      'against/qrels.txt': 'q1 0 d 1\nq2 0 d 1\nq3 0 d 1\n',
    })
    const compared = async (run: string, other: string) =>
      (
        await runCli([
          ...['eval', at(`against/${run}.txt`), '--qrels', at('against/qrels.txt')],
          ...['--against', at(`against/${other}.txt`)],
        ])
      ).stdout
    // of four assignments of the two differences two are as extreme
    expect(await compared('bad', 'good')).toContain('\nMRR@10\t-0.3333\tp 0.50\t0 better, 2 worse, 1 equal\n')
    expect(await compared('good', 'bad')).toContain('\nMRR@10\t+0.3333\tp 0.50\t2 better, 0 worse, 1 equal\n')
  })

  it('names judged queries without results and queries without judgements, at most five', async () => {
    write({
      'eval/run.txt': Array.from({ length: 7 }, (_, i) => `r${i} Q0 d 1 1 x\n`).join(''),
      'eval/qrels.txt': `r0 0 d 1\n${Array.from({ length: 5 }, (_, i) => `m${i} 0 d 1\n`).join('')}`,
    })
    expect(await run(['eval', at('eval/run.txt'), '--qrels', at('eval/qrels.txt')], { code: 1 })).toEqual({
      stdout: '6 queries\tMRR@10 0.1667\tnDCG@10 0.1667\trecall@100 0.1667\tMAP@100 0.1667\tP@10 0.0167\n',
      stderr:
        '5 judged queries are not in the run: m0, m1, m2, m3, m4\n' +
        '6 queries of the run are not judged: r1, r2, r3, r4, r5, …\n',
    })
  })
})

/** The folders of NanoBEIR. */
const NANO_BEIR =
  'ArguAna ClimateFEVER DBPedia FEVER FiQA2018 HotpotQA MSMARCO NFCorpus NQ QuoraRetrieval SCIDOCS SciFact Touche2020'
    .split(' ')
    .map(name => `Nano${name}`)

describe('eval of a folder in the layout of BEIR', () => {
  const good = {
    'corpus.jsonl': '{"_id":"d1","text":"a spider"}\n{"_id":"d2","text":"the bank"}\n',
    'queries.jsonl': '{"_id":"q1","text":"spiders"}\n',
    'qrels/test.tsv': 'query-id\tcorpus-id\tscore\nq1\td1\t1\n',
  }
  const folderOf = (name: string, files: Readonly<Record<string, string>>) => {
    mkdirSync(at(`eval/${name}/qrels`), { recursive: true })
    for (const [file, text] of Object.entries(files)) writeFileSync(at(`eval/${name}/${file}`), text)
    return at(`eval/${name}`)
  }

  it('counts judged documents that are not in it as not found, and queries that are not in it as missing', async () => {
    const judged = 'q1\td1\t1\nq1\td9\t1\nq1\td8\t0\nq9\td1\t1\nq9\td9\t2\n'
    const folder = folderOf('unknown', { ...good, 'qrels/test.tsv': judged })
    const { stdout, stderr } = await run(['eval', folder], { code: 1 })
    expect(stdout).toMatch(/^2 queries\tMRR@10 0.5000\tnDCG@10 [\d.]+\trecall@100 0.2500\t/)
    expect(stderr).toContain('unknown: 1 relevant document is not in corpus.jsonl: d9\n')
    expect(stderr).toContain('1 judged query is not in the run: q9')
  })

  it('finds --limit documents for each query, besides one of the same name', async () => {
    const folder = folderOf('own', {
      'corpus.jsonl': ['q1', 'd1', 'd2', 'd3'].map(id => `{"_id":"${id}","text":"a spider"}\n`).join(''),
      'queries.jsonl': '{"_id":"q1","text":"spider"}\n',
      'qrels/test.tsv': 'q1\td1\t1\n',
    })
    const output = at('eval/own.txt')
    await run(['eval', folder, '--limit', '2', '--output', output])
    const lines = readFileSync(output, 'utf8').trim().split('\n')
    expect(lines.map(line => line.split(' ').slice(0, 4))).toEqual([
      ['q1', 'Q0', 'd1', '1'],
      ['q1', 'Q0', 'd2', '2'],
    ])
  })

  it('leaves out documents without a known word, and keeps the names of the others', async () => {
    const texts = ['xyzzyq', 'a spider', 'xyzzyq', 'the bank']
    const folder = folderOf('wordless', {
      ...good,
      'corpus.jsonl': texts.map((text, i) => `{"_id":"d${i}","text":"${text}"}\n`).join(''),
    })
    const output = at('eval/wordless.txt')
    await run(['eval', folder, '--output', output])
    const lines = readFileSync(output, 'utf8').trim().split('\n')
    expect(lines.map(line => line.split(' ')[2])).toEqual(['d1', 'd3'])
  })

  it('encodes many documents in several calls, and ranks each document once, by its name', async () => {
    const ids = Array.from({ length: 130 }, (_, i) => `d${i}`)
    const folder = folderOf('many', {
      ...good,
      'corpus.jsonl': ids.map(id => `{"_id":"${id}","text":"a spider"}\n`).join(''),
    })
    const output = at('eval/many.txt')
    await run(['eval', folder, '--limit', '200', '--output', output])
    const lines = readFileSync(output, 'utf8').trim().split('\n')
    // equal scores are in the order of the file
    expect(lines.map(line => line.split(' ')[2])).toEqual(ids)
  })

  it('ends between two queries if it is interrupted', async () => {
    const ids = Array.from({ length: 50 }, (_, i) => `q${i}`)
    const folder = folderOf('interrupted', {
      ...good,
      'queries.jsonl': ids.map(id => `{"_id":"${id}","text":"spiders"}\n`).join(''),
      'qrels/test.tsv': ids.map(id => `${id}\td1\t1\n`).join(''),
    })
    const interrupt = new AbortController()
    // as ctrl-C arrives: in the next turn of the event loop
    const onStderr = (text: string) => {
      if (text.includes('searching 0 of 50')) setImmediate(() => interrupt.abort())
    }
    const surroundings = { isTTY: true, onStderr, signal: interrupt.signal, code: 130 }
    const { stderr } = await run(['eval', folder], surroundings)
    expect(stderr).toContain('searching 0 of 50')
    expect(stderr).not.toContain('searching 2 of 50')
  })

  it.each([
    ['a document twice', { 'corpus.jsonl': `${good['corpus.jsonl']}{"_id":"d1","text":"c"}\n` }, 'corpus.jsonl: has document "d1" a second time'], // biome-ignore format: one line each
    ['a document without id', { 'corpus.jsonl': `${good['corpus.jsonl']}{"text":"c"}\n` }, 'corpus.jsonl: has no "_id" in document 3'], // biome-ignore format: one line each
    ['no documents', { 'corpus.jsonl': '' }, 'corpus.jsonl: has no documents'],
    ['a query twice', { 'queries.jsonl': `${good['queries.jsonl']}{"_id":"q1","text":"c"}\n` }, 'queries.jsonl: has query "q1" a second time'], // biome-ignore format: one line each
    ['judgements that are not whole numbers', { 'qrels/test.tsv': 'q1\td1\t0.5\n' }, 'qrels/test.tsv, line 1: expected "query 0 document grade", or "query document grade" as in BEIR, got "q1 d1 0.5"'], // biome-ignore format: one line each
    ['no judgements', { 'qrels/test.tsv': '' }, '"qrels" expected at least one judged query, got none'],
  ])('refuses one with %s', async (name, files, message) => {
    const { stderr, stdout } = await run(['eval', folderOf(name, { ...good, ...files })], { code: 2 })
    expect([stdout, stderr.trim().endsWith(message) ? message : stderr]).toEqual(['', message])
  })

  it('names the judgements that there are, and a path that does not exist', async () => {
    const { 'qrels/test.tsv': judged, ...others } = good
    const folder = folderOf('split', { ...others, 'qrels/dev.tsv': judged, 'qrels/train.tsv': judged })
    expect(await run(['eval', folder], { code: 2 })).toMatchObject({
      stderr: expect.stringContaining(
        '"/eval/split/qrels" has no test.tsv; pass --split dev or --split train\n',
      ),
    })
    expect(await run(['eval', at('eval/nowhere')], { code: 2 })).toMatchObject({
      stderr: expect.stringContaining('nowhere" cannot be read: the file or folder does not exist\n'),
    })
  })
})

describe('eval of several folders', () => {
  const header = 'query-id\tcorpus-id\tscore\n'
  const folders = NANO_BEIR.map(name => at(`beir/${name}`))
  const lines = (...objects: object[]) => objects.map(object => `${JSON.stringify(object)}\n`).join('')

  beforeAll(() => {
    for (const [i, name] of NANO_BEIR.entries()) {
      const texts = [{ _id: 'd1', text: 'A spider spins a web.' }, { _id: 'd2', text: 'Bread and butter' }] // biome-ignore format: two documents
      write({
        [`beir/${name}/corpus.jsonl`]: lines(...texts),
        [`beir/${name}/queries.jsonl`]: lines({ _id: 'q1', text: 'spiders' }),
        // in every second folder the second document is the relevant one
        [`beir/${name}/qrels/test.tsv`]: `${header}q1\td${1 + (i % 2)}\t1\n`,
      })
    }
  })

  it('prints a line for each of NanoBEIR’s 13, and the mean of their means', async () => {
    const output = at('beir-runs')
    const { stdout } = await run(['eval', ...folders, '--output', output])
    const printed = stdout.trimEnd().split('\n')
    const measures = (first: number) =>
      `MRR@10 ${first.toFixed(4)}\tnDCG@10 ${(first === 1 ? 1 : 1 / Math.log2(3)).toFixed(4)}`
    expect(printed.slice(0, 13).map(line => line.split('\t').slice(0, 3).join('\t'))).toEqual(
      NANO_BEIR.map((name, i) => `${name}\t${measures(i % 2 === 0 ? 1 : 0.5)}`),
    )
    const mean = (7 * 1 + 6 * (1 / Math.log2(3))) / 13
    expect(printed[13]).toBe(
      `mean of 13 folders\tMRR@10 ${(10 / 13).toFixed(4)}\tnDCG@10 ${mean.toFixed(4)}\trecall@100 1.0000\tMAP@100 ${(10 / 13).toFixed(4)}\tP@10 0.1000`,
    )
    expect(readdirSync(output).sort()).toEqual(NANO_BEIR.map(name => `${name}.txt`).sort())
    const again = await run(['eval', ...folders.slice(0, 2), '--against', output, '--json'])
    const parsed = JSON.parse(again.stdout)
    expect(Object.keys(parsed.folders)).toEqual(NANO_BEIR.slice(0, 2))
    expect(parsed.folders.NanoArguAna).toMatchObject({ mrr: 1, against: { mrr: { difference: 0, p: 1 } } })
    expect(parsed.mean.mrr).toBe(0.75)
  })

  it('ends with exit code 1 if one of them has a query without results, names it, and prints each query', async () => {
    const [first, second] = [folders[0]!, at('beir/Lacking')]
    write({
      'beir/Lacking/corpus.jsonl': lines({ _id: 'd1', text: 'Bread' }, { _id: 'd2', text: 'A spider' }),
      'beir/Lacking/queries.jsonl': lines({ _id: 'q1', text: 'spiders' }),
      'beir/Lacking/qrels/test.tsv': `${header}q1\td1\t1\nq9\td1\t1\n`,
    })
    const args = ['eval', second, first, '--each', '--mrr', '1']
    const { stdout, stderr } = await run(args, { code: 1 })
    expect(stderr).toBe('Lacking: 1 judged query is not in the run: q9\n')
    const names = ['q1', 'q9', 'Lacking', 'q1', 'NanoArguAna', 'mean of 2 folders']
    const values = ['0.0000', '0.0000', '0.0000', '1.0000', '1.0000', '0.5000']
    const printed = stdout.trimEnd().split('\n')
    expect(printed.map(line => line.split('\t').slice(0, 2))).toEqual(
      names.map((name, i) => [name, `MRR@1 ${values[i]}`]),
    )
    const json = JSON.parse((await run([...args, '--json'], { code: 1 })).stdout)
    expect(json).toMatchObject({
      depths: { mrr: 1 },
      folders: { Lacking: { missing: ['q9'], each: { q1: { mrr: 0 } } }, NanoArguAna: { mrr: 1 } },
      mean: { mrr: 0.5 },
    })
  })

  it('takes only folders, with different names', async () => {
    expect(await run(['eval', folders[0]!, at('eval/run.txt')], { code: 2 })).toMatchObject({
      stderr: expect.stringContaining(
        '"/eval/run.txt" expected a folder in the layout of BEIR, because there are several\n',
      ),
    })
    expect(await run(['eval', folders[0]!, folders[0]!], { code: 2 })).toMatchObject({
      stderr: expect.stringContaining('two folders have the name "NanoArguAna"; evaluate them one by one\n'),
    })
    expect(await run(['eval', ...folders, '--qrels', 'a'], { code: 2 })).toMatchObject({
      stderr: expect.stringContaining('"--qrels" is for a run; a folder has qrels, see --split\n'),
    })
  })
})

describe('push', () => {
  it.each(['notes.npz', 'notes.jsonl'])('writes %s, which index --vectors reads into a store', async file => {
    expect(await run(['push', '--out', at(file), ...index])).toEqual({
      stdout: `copied 4 points from /index to /${file}\n`,
      stderr: '',
    })
    const vectors = ['--store', at(`from-${file}`)]
    const read = await run(['index', '--vectors', at(file), '--distance', 'Cosine', ...vectors])
    expect(read.stdout).toBe(`4 documents, 18 rows read\n4 documents in /from-${file}\n`)
    expect((await run(['search', 'spiders', '--limit', '1', ...vectors])).stdout).toContain(
      '/notes/animals.md:3',
    )
    const { stdout } = await run(['info', ...vectors])
    expect(stdout).toMatch(
      new RegExp(
        `^/from-${file}: 4 points in 1 segment, [\\d.]+ kB on disk\n {2}colbert: 100 x float32, Cosine, max_sim, 4.5 rows per document\n {4}7.2 kB of vectors and 1.8 kB of int8 copies, in memory after the first query\n$`,
      ),
    )
  })
})

it('info shows an index', async () => {
  const { stdout } = await run(['info', ...index])
  expect(stdout).toContain('/index: 4 points in ')
  expect(stdout).toContain('\n  paragraphs of 2 files, encoder static\n  text: 100 x float16, Dot, max_sim')
})

describe('refused with exit code 2:', () => {
  beforeAll(() => {
    write({
      'bad.npz': 'PK',
      'text.jsonl': '{"text":"a"}\n',
      'vectors.jsonl': '{"vector":[[1,2]]}\n',
    })
  })
  const noStore = (path: string) =>
    `no index or store at "${path}"; create one with "npx maxsimd index <folder>", or choose another with --store\n`

  it.each<[string, string[], string]>([
    [
      'a path that does not exist',
      ['index', '/nowhere', '--store', at('none')],
      '"/nowhere" cannot be read: the file or folder does not exist\n',
    ],
    [
      'a path that does not exist, with an index that exists',
      ['index', '/nowhere', '--store', at('index')],
      '"/nowhere" cannot be read: the file or folder does not exist\n',
    ],
    [
      'a file of vectors that does not exist',
      ['index', '--vectors', '/nowhere', '--store', at('none')],
      '"/nowhere" cannot be read: the file or folder does not exist\n',
    ],
    [
      'a name that is not UTF-8',
      ['index', '/no\ufffdwhere', '--store', at('none')],
      '"/no\ufffdwhere" cannot be read: the file or folder does not exist; its name is not valid UTF-8: rename it\n',
    ],
    [
      'a folder of vectors',
      ['index', '--vectors', at('notes'), '--store', at('none')],
      '/notes: is not a file\n',
    ],
    [
      'queries that do not exist',
      ['search', '--queries', '/nowhere', '--store', at('index')],
      '"/nowhere" cannot be read: the file or folder does not exist\n',
    ],
    [
      'a run that does not exist',
      ['eval', '/nowhere', '--qrels', '/nowhere'],
      '"/nowhere" cannot be read: the file or folder does not exist\n',
    ],
    [
      'an incomplete zip file',
      ['index', '--vectors', at('bad.npz'), '--store', at('bad')],
      '/bad.npz: has no zip directory at its end; the file is incomplete\n',
    ],
    [
      'texts with --vectors',
      ['index', '--vectors', at('text.jsonl'), '--store', at('bad')],
      '/text.jsonl: point 0 has a text and no vector; texts are indexed by maxsimd/texts and by "npx maxsimd index" without --vectors\n',
    ],
    [
      'a search without an index',
      ['search', 'a', '--store', at('none')],
      `${noStore('/none')}See npx maxsimd search --help\n`,
    ],
    ['info without an index', ['info'], `${noStore('.maxsimd')}See npx maxsimd info --help\n`],
    [
      'bench without a store',
      ['bench', '--store', at('none')],
      `${noStore('/none')}See npx maxsimd bench --help\n`,
    ],
    [
      '--vectors into a text index',
      ['index', '--vectors', at('vectors.jsonl'), '--store', at('index')],
      '"/index" is a text index; choose another folder with --store\nSee npx maxsimd index --help\n',
    ],
    [
      '--using with a text index',
      ['search', 'a', '--using', 'b', '--store', at('index')],
      '"--using" is for stores of vectors, and "/index" is a text index\nSee npx maxsimd search --help\n',
    ],
  ])('%s', async (_, args, stderr) => {
    expect(await run(args, { code: 2 })).toEqual({ stdout: '', stderr })
  })

  it('a filter that is not valid JSON', async () => {
    const broken = await run(['search', 'money', '--filter', '{', ...index], { code: 2 })
    expect(broken.stderr).toMatch(/^"--filter" is not valid JSON: .*\nSee npx maxsimd search --help\n$/)
  })

  it('a model without transformers.js', async () => {
    const args = ['index', at('notes'), '--model', 'colbert-ir/colbertv2.0', '--store', at('none')]
    expect((await run(args, { code: 2 })).stderr).toContain('npm install @huggingface/transformers')
  })

  it('vectors of another dim than the encoder', async () => {
    await run(['index', '--vectors', at('vectors.jsonl'), '--store', at('two')])
    expect(await run(['search', 'a', '--store', at('two')], { code: 2 })).toEqual({
      stdout: '',
      stderr:
        'the vectors of "/two" have 2 numbers a row, and the encoder ("static") makes 100; choose the model that made ' +
        'them with --model, or search with vectors: --queries <file>\nSee npx maxsimd search --help\n',
    })
  })
})

describe('rerank', () => {
  it('sorts lines of standard input', async () => {
    const stdin = 'the bank and the money\n\na spider and a flÿ\nxyzzyq\n'
    expect(await run(['rerank', 'fear', 'of', 'insects'], { stdin })).toEqual({
      stdout: 'a spider and a flÿ\nthe bank and the money\nxyzzyq\n',
      stderr: '',
    })
    expect((await run(['rerank', 'insects', '--explain'], { stdin })).stdout).toMatch(
      /^ 1\. line 3 {2}0\.\d+\n {4}a spider and a flÿ\n {4}insects ~ spider 0\.\d\d\n/,
    )
  })

  it('reads and writes JSON', async () => {
    const stdin = '{"id":7,"text":"a spider"}\n'
    const { stdout } = await run(['rerank', 'insects', '--json', '--limit', '1'], { stdin })
    const [best] = JSON.parse(stdout)
    expect(best).toMatchObject({ id: 7, text: 'a spider', index: 0, matches: [{ document: 'spider' }] })
    expect(Object.keys(best)).toEqual(['source', 'text', 'id', 'index', 'score', 'matches', 'marks'])
    expect((await run(['rerank', 'insects', '--explain'], { stdin })).stdout).toMatch(/^ 1\. 7 {2}0\.\d+\n/)
    expect((await run(['rerank', 'insects'], { stdin })).stdout).toBe(stdin)
    for (const [ids, name] of [
      ['"_id":"b"', 'b'],
      ['"_id":"b","id":"a"', 'a'],
    ] as const) {
      const { stdout: named } = await run(['rerank', 'insects', '--explain'], {
        stdin: `{${ids},"text":"a spider"}\n`,
      })
      expect(named).toMatch(new RegExp(`^ 1\\. ${name} {2}0`))
    }
  })

  it('writes all lines without a limit', async () => {
    const stdin = 'a spider\n'.repeat(11)
    expect((await run(['rerank', 'insects'], { stdin })).stdout).toBe(stdin)
  })
})

it('demo shows which of its sentences answer a question', async () => {
  const { stdout } = await run(['demo'])
  expect(stdout).toMatch(/^hospital medicine and sickness\n 1\. sentence 1 /)
  expect(stdout).toContain('Artificial intelligence is used in hospitals')
  expect(stdout.match(/^ \d\. sentence /gm)).toHaveLength(9)
  expect(stdout).toMatch(/^ {4}spiders ~ spider 0\.\d\d/m)
  const answers = JSON.parse((await run(['demo', 'bread', 'for', 'breakfast', '--json'])).stdout)
  expect(answers).toMatchObject([{ question: 'bread for breakfast' }])
  expect(answers[0].hits[0].text).toContain('The baker')
})
