// The commands that need no server: index, search, rerank, push into files, eval, info, bench and demo.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { runCli, type Surroundings, temporaryFolder } from './run-cli.js'

const at = temporaryFolder()
const folder = at('').replace(/[/\\]$/, '')

/** Runs a command; the temporary folder is removed from the paths in its output. */
async function run(args: readonly string[], surroundings?: Surroundings) {
  const { code, stdout, stderr } = await runCli(args, surroundings)
  return { code, stdout: stdout.replaceAll(folder, ''), stderr: stderr.replaceAll(folder, '') }
}

describe('on a folder of texts', () => {
  const store = ['--store', at('index')]

  beforeAll(() => {
    mkdirSync(at('notes'))
    writeFileSync(at('notes/animals.md'), '# Animals\n\nA spider sat on the wall.\n\nWolves hunt in packs.\n')
    writeFileSync(at('notes/money.txt'), 'The bank failed\nand the savings were lost.\n')
  })

  it('index creates an index, and finds nothing to do the second time', async () => {
    const first = await run(['index', at('notes'), ...store])
    expect([first.code, first.stderr]).toEqual([0, ''])
    expect(first.stdout).toMatch(
      /^2 new files, 0 changed, 0 unchanged, 0 removed; 4 passages read\n4 passages in \/index, [\d.]+ s\n$/,
    )
    const second = await run(['index', at('notes'), '--json', ...store])
    expect(JSON.parse(second.stdout)).toMatchObject({ added: 0, unchanged: 2, passages: 0, points: 4 })
  })

  it('index reports skipped files, passages without a known word, and an empty result', async () => {
    mkdirSync(at('unknown'))
    writeFileSync(at('unknown/a.txt'), 'xyzzyq')
    writeFileSync(at('unknown/b.txt'), 'zero\0byte')
    const { code, stdout, stderr } = await run(['index', at('unknown'), '--store', at('unknown-index')])
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /^1 new file, 0 changed, 0 unchanged, 0 removed; 1 passage read, 1 skipped \(no known word\)\n0 passages in /,
    )
    expect(stderr).toBe(
      'skipped: /unknown/b.txt is not a text file\n' +
        'found nothing to index in /unknown: no .md, .txt, .rst, .org, .adoc, .tex or .jsonl file with a known word\n',
    )
  })

  it('search prints locations, passages and the matched words', async () => {
    const args = ['search', 'lost', 'money', 'xyzzyq', 'x', '--limit', '1', ...store]
    const { code, stdout, stderr } = await run(args)
    expect([code, stderr]).toEqual([0, 'ignored unknown word: xyzzyq\n'])
    expect(stdout).toMatch(
      /^ 1\. \/notes\/money\.txt:1 {2}0\.\d+\n {4}The bank failed and the savings were lost\.\n {4}money ~ savings 0\.\d\d, lost ~ lost 0\.\d\d\n$/,
    )
  })

  it('search sets matched words off with colour, except with NO_COLOR', async () => {
    const args = ['search', 'spiders', '--limit', '1', ...store]
    expect((await run(args, { isTTY: true })).stdout).toContain('A \x1b[32m\x1b[1mspider\x1b[22m\x1b[39m sat')
    const plain = await run(args, { isTTY: true, environment: { NO_COLOR: '1' } })
    expect(plain.stdout).toContain('A spider sat')
  })

  it('search finds nothing for unknown words, with exit code 1', async () => {
    expect(await run(['search', 'xyzzyq', 'qwxz', 'xyzzyq', ...store])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'ignored unknown words: xyzzyq, qwxz\nno results\n',
    })
  })

  it('search takes a filter and prints JSON', async () => {
    const filter = JSON.stringify({ must: { key: 'heading', match: { value: 'Animals' } } })
    const { stdout } = await run(['search', 'money', '--filter', filter, '--json', ...store])
    const { question, hits } = JSON.parse(stdout)
    expect(question).toBe('money')
    expect(hits).toHaveLength(3)
    expect(hits[0]).toMatchObject({ file: '/notes/animals.md', payload: { heading: 'Animals' } })
    const broken = await run(['search', 'money', '--filter', '{', ...store])
    expect(broken.code).toBe(2)
    expect(broken.stderr).toMatch(/^"--filter" is not valid JSON: .*\nSee maxsimd search --help\n$/)
  })

  it('search --queries writes a run, and eval evaluates it', async () => {
    writeFileSync(
      at('texts.jsonl'),
      '{"id":"d1","text":"A spider sat on the wall."}\n{"id":"d2","text":"The bank failed."}\n',
    )
    writeFileSync(at('queries.jsonl'), '{"id":"q1","text":"insects"}\n{"_id":"q2","text":"money"}\n')
    writeFileSync(at('queries.tsv'), 'q1\tinsects\nq2\tmoney\n')
    writeFileSync(at('qrels.txt'), 'q1 0 d1 1\nq2 0 d2 1\n')
    const index = ['--store', at('queries-index')]
    expect((await run(['index', at('texts.jsonl'), ...index])).code).toBe(0)
    const { code, stdout } = await run(['search', '--queries', at('queries.jsonl'), ...index])
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^q1 Q0 d1 1 0\.\d+ maxsimd\nq1 Q0 d2 2 \S+ maxsimd\nq2 Q0 d2 1 0\.\d+ maxsimd\nq2 Q0 d1 2 \S+ maxsimd\n$/,
    )
    expect((await run(['search', '--queries', at('queries.tsv'), ...index])).stdout).toBe(stdout)
    writeFileSync(at('run.txt'), stdout)
    expect(await run(['eval', at('run.txt'), '--qrels', at('qrels.txt')])).toEqual({
      code: 0,
      stdout: '2 queries\tMRR@10 1.0000\tnDCG@10 1.0000\trecall@100 1.0000\n',
      stderr: '',
    })
    writeFileSync(at('qrels.txt'), 'q1 0 d1 1\nq3 0 d2 1\n')
    expect(await run(['eval', at('run.txt'), '--qrels', at('qrels.txt'), '--each', '--mrr', '1'])).toEqual({
      code: 1,
      stdout:
        'q1\tMRR@1 1.0000\tnDCG@10 1.0000\trecall@100 1.0000\nq3\tMRR@1 0.0000\tnDCG@10 0.0000\trecall@100 0.0000\n' +
        '2 queries\tMRR@1 0.5000\tnDCG@10 0.5000\trecall@100 0.5000\n',
      stderr: '1 judged query is not in the run: q3\n1 query of the run is not judged: q2\n',
    })
  })

  it('eval ends with exit code 0 if the run only has more queries than were judged', async () => {
    writeFileSync(at('more.txt'), 'q1 Q0 d1 1 1 x\nq2 Q0 d1 1 1 x\n')
    writeFileSync(at('one.txt'), 'q1 0 d1 1\n')
    const { code, stderr } = await run(['eval', at('more.txt'), '--qrels', at('one.txt')])
    expect([code, stderr]).toEqual([0, '1 query of the run is not judged: q2\n'])
  })

  it.each(['notes.npz', 'notes.jsonl'])(
    'push writes %s, which index --vectors reads into a store for search and info',
    async file => {
      expect(await run(['push', '--out', at(file), ...store])).toEqual({
        code: 0,
        stdout: `copied 4 points from /index to /${file}\n`,
        stderr: '',
      })
      const vectors = ['--store', at(`from-${file}`)]
      const read = await run(['index', '--vectors', at(file), '--distance', 'Cosine', ...vectors])
      const text = `4 documents, 18 rows read\n4 documents in /from-${file}\n`
      expect([read.code, read.stdout]).toEqual([0, text])
      expect((await run(['search', 'spiders', '--limit', '1', ...vectors])).stdout).toContain(
        '/notes/animals.md:3',
      )
      const { stdout } = await run(['info', ...vectors])
      expect(stdout).toMatch(
        new RegExp(
          `^/from-${file}: 4 points in 1 segment, [\\d.]+ kB on disk\n {2}colbert: 100 x float32, Cosine, max_sim, 4.5 rows per document\n {4}7.2 kB of vectors, in memory after the first query\n$`,
        ),
      )
    },
  )

  it('info shows an index', async () => {
    const { code, stdout } = await run(['info', ...store])
    expect(code).toBe(0)
    expect(stdout).toContain('/index: 4 points in ')
    expect(stdout).toContain('\n  paragraphs of 2 files, encoder static\n  text: 100 x float16, Dot, max_sim')
    expect(JSON.parse((await run(['info', '--json', ...store])).stdout)).toMatchObject({
      points: 4,
      texts: { files: 2 },
    })
  })

  it('ctrl-C leaves an index that the next run completes', async () => {
    mkdirSync(at('many'))
    for (let i = 0; i < 300; i++) writeFileSync(at(`many/${i}.txt`), `bread and butter ${i}\n`)
    const interrupt = new AbortController()
    const args = ['index', at('many'), '--store', at('many-index')]
    // as soon as some of it is done
    const onStderr = (text: string) => text.includes(' %') && interrupt.abort()
    expect((await run(args, { isTTY: true, onStderr, signal: interrupt.signal })).code).toBe(130)
    // the catalog with the finished files was written before the end
    const { next, files } = JSON.parse(readFileSync(at('many-index/index.json'), 'utf8'))
    expect(next).toBe(Object.keys(files).length + 1)
    expect(next).toBeLessThan(301)
    const { code, stdout } = await run([...args, '--json'])
    expect(code).toBe(0)
    const { added, unchanged, points } = JSON.parse(stdout)
    expect([added + unchanged, points]).toEqual([300, 300])
  })

  it('index shows progress on a terminal only', async () => {
    const args = ['index', at('notes'), '--store', at('progress')]
    expect((await run(args)).stderr).toBe('')
    rmSync(at('progress'), { recursive: true })
    expect((await run(args, { isTTY: true })).stderr).toContain(
      '\r\x1b[2Kindexing ████████████████████████ 100 %',
    )
    expect(existsSync(at('progress/store'))).toBe(true)
    expect(readFileSync(at('progress/index.json'), 'utf8')).toContain('"encoder":"static"')
  })

  describe('refuses with exit code 2:', () => {
    beforeAll(() => {
      writeFileSync(at('bad.npz'), 'PK')
      writeFileSync(at('text.jsonl'), '{"text":"a"}\n')
      writeFileSync(at('vectors.jsonl'), '{"vector":[[1,2]]}\n')
    })
    const noStore = (path: string) =>
      `no index or store at "${path}"; create one with "maxsimd index <folder>", or choose another with --store\n`

    it.each<[string, string[], string]>([
      [
        'a path that does not exist',
        ['index', '/nowhere', '--store', at('none')],
        '"/nowhere" cannot be read: there is no such file or folder\n',
      ],
      [
        'an incomplete zip file',
        ['index', '--vectors', at('bad.npz'), '--store', at('bad')],
        '/bad.npz: has no zip directory at its end; the file is incomplete\n',
      ],
      [
        'texts with --vectors',
        ['index', '--vectors', at('text.jsonl'), '--store', at('bad')],
        '/text.jsonl: point 0 has a text and no vector; texts are indexed by maxsimd/texts and by "maxsimd index" without --vectors\n',
      ],
      [
        'a search without an index',
        ['search', 'a', '--store', at('none')],
        `${noStore('/none')}See maxsimd search --help\n`,
      ],
      ['info without an index', ['info'], `${noStore('.maxsimd')}See maxsimd info --help\n`],
      [
        'bench without a store',
        ['bench', '--store', at('none')],
        `${noStore('/none')}See maxsimd bench --help\n`,
      ],
      [
        '--vectors into a text index',
        ['index', '--vectors', at('vectors.jsonl'), '--store', at('index')],
        '"/index" is a text index; choose another folder with --store\nSee maxsimd index --help\n',
      ],
      [
        '--using with a text index',
        ['search', 'a', '--using', 'b', '--store', at('index')],
        '"--using" is for stores of vectors, and "/index" is a text index\nSee maxsimd search --help\n',
      ],
    ])('%s', async (_, args, stderr) => {
      expect(await run(args)).toEqual({ code: 2, stdout: '', stderr })
    })

    it('a model without transformers.js', async () => {
      const args = ['index', at('notes'), '--model', 'colbert-ir/colbertv2.0', '--store', at('none')]
      const { code, stderr } = await run(args)
      expect(code).toBe(2)
      expect(stderr).toContain('npm install @huggingface/transformers')
    })

    it('vectors of another dim than the encoder', async () => {
      await run(['index', '--vectors', at('vectors.jsonl'), '--store', at('two')])
      expect(await run(['search', 'a', '--store', at('two')])).toEqual({
        code: 2,
        stdout: '',
        stderr:
          '"encoder" expected an encoder of dim 2, as the store has, got dim 100; use the encoder that made the vectors\n',
      })
    })
  })
})

it('search replaces control characters, which a terminal would obey', async () => {
  mkdirSync(at('hostile'))
  writeFileSync(at('hostile/\x1b[31m.md'), '# \x1b]0;title\x07\n\nA \x1b[2J spider\x9b sat.\n')
  const store = ['--store', at('hostile-index')]
  await run(['index', at('hostile'), ...store])
  const { stdout } = await run(['search', 'spider', '--limit', '1', ...store])
  expect(stdout).toMatch(
    /^ 1\. \/hostile\/\ufffd\[31m\.md:3 {2}\ufffd\]0;title\ufffd {2}1\.000\n {4}A \ufffd\[2J spider\ufffd sat\.\n/,
  )
  // JSON, which programs read, has them
  const json = await run(['search', 'spider', '--json', ...store])
  expect(JSON.parse(json.stdout).hits[0].text).toContain('\x1b[2J')
})

describe('rerank', () => {
  it('sorts lines of standard input', async () => {
    const stdin = 'the bank and the money\n\na spider and a flÿ\nxyzzyq\n'
    expect(await run(['rerank', 'fear', 'of', 'insects'], { stdin })).toEqual({
      code: 0,
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
    expect(JSON.parse(stdout)).toMatchObject([
      { id: 7, text: 'a spider', index: 0, matches: [{ document: 'spider' }] },
    ])
    expect((await run(['rerank', 'insects', '--explain'], { stdin })).stdout).toMatch(/^ 1\. 7 {2}0\.\d+\n/)
  })

  it('ends with exit code 1 if there are no candidates', async () => {
    expect(await run(['rerank', 'insects'], { stdin: '\n' })).toEqual({ code: 1, stdout: '', stderr: '' })
  })
})

it('demo shows which of its sentences answer a question', async () => {
  const { code, stdout } = await run(['demo'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^hospital medicine and sickness\n 1\. sentence 1 /)
  expect(stdout).toContain('Artificial intelligence is used in hospitals')
  const answers = JSON.parse((await run(['demo', 'bread', 'for', 'breakfast', '--json'])).stdout)
  expect(answers[0].hits[0].text).toContain('The baker')
})
