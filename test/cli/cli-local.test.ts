// The commands that need no server, as a user runs them: index, search, rerank, push into files, eval, info, bench and
// demo. Arguments in; text, files and exit codes out.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from '../../src/cli/program.js'

const folder = mkdtempSync(join(tmpdir(), 'maxsimd-local-'))
const at = (name: string) => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Around {
  readonly stdin?: string
  readonly isTTY?: boolean
  readonly environment?: Record<string, string>
  readonly signal?: AbortSignal
  readonly onProgress?: (text: string) => unknown
}

async function run(
  args: readonly string[],
  { stdin, isTTY = false, environment = {}, signal, onProgress }: Around = {},
) {
  let [stdout, stderr] = ['', '']
  const code = await runProgram(args, {
    stdout: { isTTY, write: text => (stdout += text) },
    stderr: {
      isTTY,
      write(text) {
        stderr += text
        onProgress?.(text)
      },
    },
    stdin: stdin === undefined ? undefined : pieces(stdin),
    environment,
    signal: signal ?? new AbortController().signal,
  })
  const own = (text: string) => text.replaceAll(folder, '')
  return { code, stdout: own(stdout), stderr: own(stderr) }
}

async function* pieces(text: string): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  // in the middle of a character too
  for (let first = 0; first < bytes.length; first += 7) yield bytes.subarray(first, first + 7)
}

const commands = [
  'demo',
  'index',
  'search',
  'rerank',
  'pull',
  'push',
  'verify',
  'compare',
  'eval',
  'bench',
  'info',
]

describe('help', () => {
  it.each(commands)('of %s has an example and the exit codes', async command => {
    const { code, stdout, stderr } = await run([command, '--help'])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(new RegExp(`^Usage: maxsimd ${command} `))
    expect(stdout).toMatch(new RegExp(`\nExample:\n(.*\n)?  (grep .* \\| )?maxsimd ${command}`))
    expect(stdout).toMatch(/Exit code: 0 .*, 2 it could not be done\.\n/)
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(120)
  })

  it('lists them all', async () => {
    const { stdout } = await run(['--help'])
    for (const command of commands) expect(stdout).toContain(`\n  ${command} `)
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(120)
  })
})

describe('on a folder of texts', () => {
  const store = ['--store', at('index')]

  beforeAll(() => {
    mkdirSync(at('notes'))
    writeFileSync(at('notes/animals.md'), '# Animals\n\nA spider sat on the wall.\n\nWolves hunt in packs.\n')
    writeFileSync(at('notes/money.txt'), 'The bank failed\nand the savings were lost.\n')
  })

  it('index makes an index, and the second time finds nothing to do', async () => {
    const first = await run(['index', at('notes'), ...store])
    expect([first.code, first.stderr]).toEqual([0, ''])
    expect(first.stdout).toMatch(
      /^2 new files, 0 changed, 0 unchanged, 0 removed; 4 passages read\n4 passages in \/index, [\d.]+ s\n$/,
    )
    const second = await run(['index', at('notes'), '--json', ...store])
    expect(JSON.parse(second.stdout)).toMatchObject({ added: 0, unchanged: 2, passages: 0, points: 4 })
  })

  it('search prints places, passages and the words that matched', async () => {
    const { code, stdout, stderr } = await run([
      'search',
      'lost',
      'money',
      'xyzzyq',
      '--limit',
      '1',
      ...store,
    ])
    expect([code, stderr]).toEqual([0, 'not known: xyzzyq\n'])
    expect(stdout).toMatch(
      /^ 1\. \/notes\/money\.txt:1 {2}0\.\d+\n {4}The bank failed and the savings were lost\.\n {4}money ~ savings 0\.\d\d, lost ~ lost 0\.\d\d\n$/,
    )
  })

  it('search sets the words off where there is colour, unless NO_COLOR', async () => {
    const args = ['search', 'spiders', '--limit', '1', ...store]
    expect((await run(args, { isTTY: true })).stdout).toContain('A \x1b[32m\x1b[1mspider\x1b[22m\x1b[39m sat')
    expect((await run(args, { isTTY: true, environment: { NO_COLOR: '1' } })).stdout).toContain(
      'A spider sat',
    )
  })

  it('search finds nothing for words that nobody knows: exit code 1', async () => {
    expect(await run(['search', 'xyzzyq', ...store])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'not known: xyzzyq\nnothing was found\n',
    })
  })

  it('search takes a filter, and gives JSON', async () => {
    const filter = JSON.stringify({ must: { key: 'heading', match: { value: 'Animals' } } })
    const { stdout } = await run(['search', 'money', '--filter', filter, '--json', ...store])
    const { question, hits } = JSON.parse(stdout)
    expect(question).toBe('money')
    expect(hits).toHaveLength(3)
    expect(hits[0]).toMatchObject({ file: '/notes/animals.md', payload: { heading: 'Animals' } })
  })

  it('questions of a file become a run, which eval holds against judgements', async () => {
    writeFileSync(
      at('texts.jsonl'),
      '{"id":"d1","text":"A spider sat on the wall."}\n{"id":"d2","text":"The bank failed."}\n',
    )
    writeFileSync(at('queries.jsonl'), '{"id":"q1","text":"insects"}\n{"_id":"q2","text":"money"}\n')
    writeFileSync(at('queries.tsv'), 'q1\tinsects\nq2\tmoney\n')
    writeFileSync(at('qrels.txt'), 'q1 0 d1 1\nq2 0 d2 1\n')
    const own = ['--store', at('queries-index')]
    expect((await run(['index', at('texts.jsonl'), ...own])).code).toBe(0)
    const { code, stdout } = await run(['search', '--queries', at('queries.jsonl'), ...own])
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^q1 Q0 d1 1 0\.\d+ maxsimd\nq1 Q0 d2 2 \S+ maxsimd\nq2 Q0 d2 1 0\.\d+ maxsimd\nq2 Q0 d1 2 \S+ maxsimd\n$/,
    )
    expect((await run(['search', '--queries', at('queries.tsv'), ...own])).stdout).toBe(stdout)
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
      stderr: '1 judged query is not in the run: q3\n1 query is not judged: q2\n',
    })
  })

  it('push writes files, which index --vectors reads into a store, which search and info know', async () => {
    for (const file of ['notes.npz', 'notes.jsonl']) {
      expect(await run(['push', '--out', at(file), ...store])).toEqual({
        code: 0,
        stdout: `4 points of /index in /${file}\n`,
        stderr: '',
      })
      const into = ['--store', at(`from-${file}`)]
      const read = await run(['index', '--vectors', at(file), '--distance', 'Cosine', ...into])
      const text = `4 documents, 18 rows read\n4 documents in /from-${file}\n`
      expect([read.code, read.stdout]).toEqual([0, text])
      expect((await run(['search', 'spiders', '--limit', '1', ...into])).stdout).toContain(
        '/notes/animals.md:3',
      )
      const { stdout } = await run(['info', ...into])
      expect(stdout).toMatch(
        new RegExp(
          `^/from-${file}: 4 points in 1 segment, [\\d.]+ kB on disk\n {2}colbert: 100 x float32, Cosine, max_sim, 4.5 rows a document\n {4}7.2 kB of vectors, `,
        ),
      )
    }
  })

  it('info tells of an index', async () => {
    const { code, stdout } = await run(['info', ...store])
    expect(code).toBe(0)
    expect(stdout).toContain('/index: 4 points in ')
    expect(stdout).toContain(
      '\n  texts of 2 files by paragraphs, encoder static\n  text: 100 x float16, Dot, max_sim',
    )
    expect(JSON.parse((await run(['info', '--json', ...store])).stdout)).toMatchObject({
      points: 4,
      texts: { files: 2 },
    })
  })

  it('bench asks a store from memory and from the disk', async () => {
    const { code, stdout } = await run(['bench', '--json', ...store])
    expect(code).toBe(0)
    const { points, rates } = JSON.parse(stdout)
    expect(points).toBe(4)
    expect(rates.map(({ from }: { from: string }) => from)).toEqual(['memory', 'disk'])
    for (const { median, queries } of rates) {
      expect(median).toBeGreaterThan(0)
      expect(queries).toBeGreaterThan(2)
    }
  }, 30_000)

  it('ctrl-C leaves an index that the next run completes', async () => {
    mkdirSync(at('many'))
    for (let i = 0; i < 600; i++) writeFileSync(at(`many/${i}.txt`), `bread and butter ${i}\n`)
    const interrupt = new AbortController()
    const args = ['index', at('many'), '--store', at('many-index')]
    // as soon as some of it is done
    const onProgress = (text: string) => text.includes(' %') && interrupt.abort()
    expect((await run(args, { isTTY: true, onProgress, signal: interrupt.signal })).code).toBe(130)
    // what was done is known: the catalog was written before the end
    const { next, files } = JSON.parse(readFileSync(at('many-index/index.json'), 'utf8'))
    expect(next).toBe(Object.keys(files).length + 1)
    expect(next).toBeLessThan(601)
    const { code, stdout } = await run([...args, '--json'])
    expect(code).toBe(0)
    const { added, unchanged, points } = JSON.parse(stdout)
    expect([added + unchanged, points]).toEqual([600, 600])
  })
})

it('nothing that is found can speak to the terminal', async () => {
  mkdirSync(at('hostile'))
  writeFileSync(at('hostile/\x1b[31m.md'), '# \x1b]0;title\x07\n\nA \x1b[2J spider\x9b sat.\n')
  const own = ['--store', at('hostile-index')]
  await run(['index', at('hostile'), ...own])
  const { stdout } = await run(['search', 'spider', '--limit', '1', ...own])
  expect(stdout).toMatch(
    /^ 1\. \/hostile\/\ufffd\[31m\.md:3 {2}\ufffd\]0;title\ufffd {2}1\.000\n {4}A \ufffd\[2J spider\ufffd sat\.\n/,
  )
  // as it is, where a program reads it
  expect(JSON.parse((await run(['search', 'spider', '--json', ...own])).stdout).hits[0].text).toContain(
    '\x1b[2J',
  )
})

describe('rerank', () => {
  it('orders lines from standard input', async () => {
    const stdin = 'the bank and the money\n\na spider and a flÿ\nxyzzyq\n'
    expect(await run(['rerank', 'fear', 'of', 'insects'], { stdin })).toEqual({
      code: 0,
      stdout: 'a spider and a flÿ\nthe bank and the money\nxyzzyq\n',
      stderr: '',
    })
    const { stdout } = await run(['rerank', 'insects', '--json', '--limit', '1'], {
      stdin: '{"id":7,"text":"a spider"}\n',
    })
    expect(JSON.parse(stdout)).toMatchObject([
      { id: 7, text: 'a spider', index: 0, matches: [{ document: 'spider' }] },
    ])
    expect((await run(['rerank', 'insects', '--explain'], { stdin })).stdout).toMatch(
      /insects ~ spider 0\.\d\d\n/,
    )
  })

  it('of nothing is a finding', async () => {
    expect(await run(['rerank', 'insects'], { stdin: '\n' })).toEqual({ code: 1, stdout: '', stderr: '' })
  })
})

it('demo shows what its own sentences answer', async () => {
  const { code, stdout } = await run(['demo'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^hospital medicine and sickness\n 1\. point 1 /)
  expect(stdout).toContain('Artificial intelligence is used in hospitals')
  expect(
    JSON.parse((await run(['demo', 'bread', 'for', 'breakfast', '--json'])).stdout)[0].hits[0].text,
  ).toContain('The baker')
})

it('bench measures the kernel by dtype, after a check', async () => {
  const { code, stdout } = await run(['bench', '--json'])
  expect(code).toBe(0)
  const { rates } = JSON.parse(stdout)
  expect(rates.map(({ dtype }: { dtype: string }) => dtype)).toEqual([
    'f32',
    'f16',
    'i16',
    'i8',
    'u8',
    'binary',
  ])
}, 30_000)

it('--version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  for (const flag of ['--version', '-V'])
    expect(await run([flag])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
})

describe('refused on standard error, with exit code 2:', () => {
  beforeAll(() => {
    writeFileSync(at('bad.npz'), 'PK')
    writeFileSync(at('text.jsonl'), '{"text":"a"}\n')
    writeFileSync(at('vectors.jsonl'), '{"vector":[[1,2]]}\n')
  })

  it.each<[string[], string]>([
    [['index'], "missing required argument 'paths'\nSee maxsimd index --help\n"],
    [['index', '/nowhere', '--store', at('none')], "ENOENT: no such file or directory, stat '/nowhere'\n"],
    [['index', '--distance', 'Dot', '.'], '"--distance" goes with --vectors\nSee maxsimd index --help\n'],
    [
      ['index', '--vectors', at('bad.npz'), '--store', at('bad')],
      '/bad.npz: has no zip directory at its end; it was cut off\n',
    ],
    [
      ['index', '--vectors', at('text.jsonl'), '--store', at('bad')],
      '/text.jsonl: point 0 has a text and no vector; index texts without --vectors\n',
    ],
    [
      ['search'],
      'expected a question, or --queries <file>: maxsimd search "fear of spiders"\nSee maxsimd search --help\n',
    ],
    [
      ['search', 'a', '--store', at('none')],
      'there is no index or store at "/none"; "maxsimd index <folder>" makes one, --store names another\nSee maxsimd search --help\n',
    ],
    [
      ['rerank', 'a'],
      'candidates are needed on standard input: maxsimd rerank "fear of spiders" < lines.txt\nSee maxsimd rerank --help\n',
    ],
    [
      ['push', '--out', 'a.txt', '--store', at('none')],
      '"--out" expected a .npz or a .jsonl file, got a.txt\nSee maxsimd push --help\n',
    ],
    [['push'], 'expected one of --collection <name> and --out <file>\nSee maxsimd push --help\n'],
    [['pull', '-c', 'x'], 'expected one of --store <folder> and --out <file>\nSee maxsimd pull --help\n'],
    [
      ['info'],
      'there is no index or store at ".maxsimd"; "maxsimd index <folder>" makes one, --store names another\nSee maxsimd info --help\n',
    ],
    [
      ['info', '-c', 'x', '--store', 'y'],
      '"--collection" and "--store" exclude each other\nSee maxsimd info --help\n',
    ],
    [
      ['bench', '--store', at('none')],
      'there is no index or store at "/none"; "maxsimd index <folder>" makes one, --store names another\nSee maxsimd bench --help\n',
    ],
    [
      ['index', at('notes'), '--model', 'colbert-ir/colbertv2.0', '--store', at('none')],
      'an encoder with a model needs the package @huggingface/transformers, version 4, which could not be loaded; npm install @huggingface/transformers, or give the module as "transformers"\n',
    ],
    [['help', 'nope'], 'unknown command\nSee maxsimd --help\n'],
    [
      ['index', '--vectors', '--model', 'x', 'a.npy'],
      '"--model" goes with texts, "--vectors" with vectors\nSee maxsimd index --help\n',
    ],
    [
      ['index', '--vectors', at('vectors.jsonl'), '--store', at('index')],
      'there is an index of texts at "/index"; --store names another folder\nSee maxsimd index --help\n',
    ],
    [
      ['search', 'a', '--using', 'b', '--store', at('index')],
      '"--using" goes with a store of vectors, and "/index" is an index of texts\nSee maxsimd search --help\n',
    ],
    [['eval', 'run.txt'], "required option '--qrels <file>' not specified\nSee maxsimd eval --help\n"],
  ])('%j', async (args, stderr) => {
    expect(await run(args)).toEqual({ code: 2, stdout: '', stderr })
  })

  it('vectors of another dim than the encoder makes', async () => {
    await run(['index', '--vectors', at('vectors.jsonl'), '--store', at('two')])
    expect(await run(['search', 'a', '--store', at('two')])).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'the vectors of the store have 2 numbers a row, the encoder makes 100; choose the model that made them\n',
    })
  })
})

it('progress is shown on a terminal only', async () => {
  const args = ['index', at('notes'), '--store', at('progress')]
  expect((await run(args)).stderr).toBe('')
  rmSync(at('progress'), { recursive: true })
  expect((await run(args, { isTTY: true })).stderr).toContain(
    '\r\x1b[2Kindexing ████████████████████████ 100 %',
  )
  expect(existsSync(at('progress/store'))).toBe(true)
  expect(readFileSync(at('progress/index.json'), 'utf8')).toContain('"encoder":"static"')
})
