// `maxsimd advise` on a store: its table, its JSON, and what it refuses.

import { beforeAll, describe, expect, it } from 'vitest'
import { createStore } from '../../src/store/index.js'
import { runCli, temporaryFolder } from './run-cli.js'

const at = temporaryFolder()

beforeAll(async () => {
  const store = await createStore({ path: at('store'), vectors: { colbert: { size: 8, distance: 'Dot' } } })
  const row = (i: number) => Array.from({ length: 8 }, (_, k) => Math.cos(i * (k + 1)))
  await store.upsert(
    Array.from({ length: 200 }, (_, id) => ({ id, vector: { colbert: [row(id), row(3 * id)] } })),
  )
  await store.close()
})

describe('maxsimd advise', () => {
  it('prints a line for each stage and datatype, and that a small store needs no first stage', async () => {
    const { stdout } = await runCli([
      'advise',
      '--store',
      at('store'),
      '--sample',
      '20',
      '--candidates',
      '30',
    ])
    const lines = stdout.split('\n')
    expect(lines[0]).toBe('200 documents, 20 queries, 30 candidates')
    expect(lines[2]).toMatch(/^exact +float32 +recall@10 100\.0 % +[\d.]+ ms +\d+ B a document$/)
    expect(lines.slice(3, 9).map(line => line.split(/ {2,}/).slice(0, 2).join(' '))).toEqual([
      'meanFirst of 8 float32',
      'meanFirst of 8 i8',
      'pooledFirst of 8 float32',
      'pooledFirst of 8 i8',
      'muveraFirst of 2560 float32',
      'muveraFirst of 2560 i8',
    ])
    expect(lines[10]).toMatch(/^Exact search takes [\d.]+ ms; no first stage is needed\.$/)
  })

  it('prints JSON', async () => {
    const { stdout } = await runCli(['advise', '--store', at('store'), '--sample', '5', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({
      documents: 200,
      queries: 5,
      candidates: 200,
      target: 0.95,
      recommended: { stage: 'exact' },
      reaches: true,
      config: '',
    })
  })

  it('prints a command that adds the recommended stage, which a store can run', async () => {
    const args = [
      'advise',
      '--store',
      at('store'),
      '--sample',
      '20',
      '--milliseconds',
      '0',
      '--recall',
      '0.5',
    ]
    const { stdout } = await runCli([...args, '--candidates', '150'])
    expect(stdout).toMatch(/\nRecommended: \w+First of \d+ in (?:i8|float32)\.\n/)
    const [, command] = /\n\nAdd [^\n]+ to the store with:\n\n(.+)\n$/.exec(stdout) ?? []
    expect(command).toMatch(
      /^npx maxsimd index --store \S+ --first-stage (?:mean|muvera)(?: --stage-datatype float32)? --candidates 150$/,
    )
    const json = JSON.parse((await runCli([...args, '--json', '--using', 'colbert'])).stdout)
    expect(json.command).toContain(`--store ${at('store')} --first-stage `)
    // 200 candidates are the default of both commands
    expect([json.candidates, json.command.includes('--candidates')]).toEqual([200, false])
    expect(json.command).toMatch(/ --using colbert$/)
    for (const { low, recall, high } of json.stages) {
      expect(low).toBeLessThanOrEqual(recall)
      expect(recall).toBeLessThanOrEqual(high)
    }
    expect(json.recommended.low).toBeGreaterThanOrEqual(0.5)
    // the printed command, as a shell would pass it
    const words = command!.split(' ')
    expect(words.slice(0, 2)).toEqual(['npx', 'maxsimd'])
    const added = await runCli(words.slice(2))
    expect(added.stdout).toMatch(/^first stage \w+ for 200 documents, [\d.]+ s; searches use it\n$/)
    const { stdout: info } = await runCli(['info', '--store', at('store'), '--json'])
    const [, stage] = /--first-stage (\w+)/.exec(command!)!
    expect(JSON.parse(info).firstStage).toMatchObject({ stage, candidates: 150, documents: 200, missing: 0 })
    await runCli(['index', '--store', at('store'), '--first-stage', 'none'])
  })

  it('ends with exit code 1, and no command, if no stage reaches the recall', async () => {
    const args = ['--milliseconds', '0', '--recall', '1', '--candidates', '10']
    const { stdout } = await runCli(['advise', '--store', at('store'), '--sample', '20', ...args], {
      code: 1,
    })
    expect(stdout).toMatch(
      /\nNo stage reaches 100 % with 10 candidates; \w+First of \d+ is the nearest\. Try more --candidates\.\n/,
    )
    expect(stdout).toMatch(/\n\nconst stages = \w+First\(\{[^\n]+\}\)\n$/)
    expect(stdout).not.toContain('npx')
  })

  it.each([
    [['--milliseconds', '-1'], '"--milliseconds" expected a number of at least 0, got "-1"'],
    [['--milliseconds', 'Infinity'], '"--milliseconds" expected a number of at least 0, got "Infinity"'],
    [['--recall', '0.49'], '"--recall" expected a number from 0.5 to 1, got "0.49"'],
    [['--recall', '95'], '"--recall" expected a number from 0.5 to 1, got "95"'],
    [['--candidates', '9'], '"--candidates" expected a whole number of at least 10, got "9"'],
    [['-c', 'x'], '"--collection" and "--store" cannot be combined'],
  ])('refuses %j', async (args, message) => {
    const { stderr } = await runCli(['advise', '--store', at('store'), '--sample', '5', ...args], { code: 2 })
    expect(stderr).toBe(`${message}\nSee npx maxsimd advise --help\n`)
  })
})
