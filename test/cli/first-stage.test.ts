// `maxsimd index --first-stage`: one command makes the searches of a store or a text index fast, and later ones keep it so.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { createStore, openStore, readStoreConfig } from '../../src/store/index.js'
import { random } from '../support/random.js'
import { runCli, temporaryFolder } from './run-cli.js'

const at = temporaryFolder()
const DIM = 16

/** Points of four rows near some of 60 topics. */
function createPoints(count: number, seed: number, first = 0) {
  const next = random(seed)
  const normal = () => next() + next() + next() - 1.5
  const topics = Array.from({ length: 60 }, () => Array.from({ length: DIM }, normal))
  return Array.from({ length: count }, (_, i) => {
    const rows = Array.from({ length: 4 }, () => topics[Math.floor(60 * next())]!)
    return { id: first + i, vector: rows.map(row => row.map(value => value + 0.4 * normal())) }
  })
}

const points = createPoints(300, 3)
const linesOf = (list: readonly { readonly id: number; readonly vector: readonly (readonly number[])[] }[]) =>
  list.map(point => `${JSON.stringify(point)}\n`).join('')
const search = async (store: string) =>
  (await runCli(['search', '--store', store, '--queries', at('queries.jsonl'), '--limit', '5'])).stdout
const idsIn = (run: string) => run.split('\n').map(line => line.split(' ').slice(0, 3).join(' '))

beforeAll(async () => {
  writeFileSync(at('corpus.jsonl'), linesOf(points))
  writeFileSync(at('queries.jsonl'), linesOf(points.slice(0, 5)))
  await runCli(['index', '--vectors', at('corpus.jsonl'), '--store', at('store')])
})

describe('maxsimd index --first-stage', () => {
  it('adds a first stage, which search uses, to a store in place', async () => {
    const before = await search(at('store'))
    const { stdout } = await runCli([
      'index',
      '--store',
      at('store'),
      '--first-stage',
      'lemur',
      '--stage-size',
      '64',
    ])
    expect(stdout).toMatch(/^first stage lemur-[0-9a-f]{8} for 300 documents, [\d.]+ s; searches use it\n$/)
    const [file] = readdirSync(at('store')).filter(name => name.endsWith('.stage'))
    expect(stdout).toContain(file!.replace('.stage', ''))
    expect(idsIn(await search(at('store')))).toEqual(idsIn(before))
    const info = await runCli(['info', '--store', at('store')])
    expect(info.stdout).toContain(
      `  first stage ${file!.replace('.stage', '')}: 200 candidates for ten results, fitted to 300 documents\n`,
    )
    const { stdout: json } = await runCli(['info', '--store', at('store'), '--json'])
    expect(JSON.parse(json).firstStage).toMatchObject({ stage: 'lemur', using: 'colbert', missing: 0 })
  })

  it('gives documents that are added later their vectors, and says when a new fit is due', async () => {
    writeFileSync(at('more.jsonl'), linesOf(createPoints(10, 3, 300)))
    const few = await runCli(['index', '--vectors', at('more.jsonl'), '--store', at('store')])
    expect(few.stderr).toBe('')
    const next = random(8)
    const others = Array.from({ length: 300 }, (_, i) => ({
      id: 1000 + i,
      vector: Array.from({ length: 3 }, () => Array.from({ length: DIM }, () => 4 * next() - 2)),
    }))
    writeFileSync(at('others.jsonl'), linesOf(others))
    const many = await runCli(['index', '--vectors', at('others.jsonl'), '--store', at('store')])
    expect(many.stderr).toMatch(
      /^the first stage was fitted when there were 300 documents, and there are 610; its predictions miss \d+ % of the variance of scores, and \d+ % when it was fitted; fit it again: npx maxsimd index --store \S+ --first-stage lemur\n$/,
    )
    const { stdout } = await runCli(['info', '--store', at('store'), '--json'])
    const { vectors, firstStage } = JSON.parse(stdout)
    expect(firstStage.missing).toBe(0)
    expect(firstStage.drift).toMatchObject({ documents: 610, isDue: true })
    expect((await runCli(['info', '--store', at('store')])).stderr).toBe(many.stderr)
    const advice = await runCli(['advise', '--store', at('store'), '--sample', '5'])
    expect(advice.stderr).toBe(many.stderr)
    expect(vectors[firstStage.vector].points).toBe(610)
  })

  it('prints JSON, replaces a stage by another, and removes it', async () => {
    const json = await runCli([
      'index',
      '--store',
      at('store'),
      '--first-stage',
      'mean',
      '--json',
      '--candidates',
      '50',
    ])
    expect(JSON.parse(json.stdout)).toEqual({
      ...{ path: at('store'), stage: 'mean', vector: 'mean', using: 'colbert' },
      ...{ candidates: 50, documents: 610 },
    })
    expect(Object.keys((await readStoreConfig(at('store')))!.vectors)).toEqual(['colbert', 'mean'])
    const removed = await runCli(['index', '--store', at('store'), '--first-stage', 'none'])
    expect(removed.stdout).toBe('first stage removed\n')
    const again = await runCli(['index', '--store', at('store'), '--first-stage', 'none'])
    expect(again.stdout).toBe('there is no first stage\n')
  })

  it('adds one to a text index, and keeps it when the index is updated', async () => {
    mkdirSync(at('notes'))
    const next = random(4)
    const words = (
      'spider wall train Rome lease house key ticket sea night river stone bread music garden winter horse bird road ' +
      'window paper bridge mountain boat flower knife letter school doctor summer forest market king ship wine gold'
    ).split(' ')
    const sentence = () =>
      Array.from({ length: 8 }, () => words[Math.floor(next() * words.length)]!).join(' ')
    writeFileSync(at('notes/a.md'), Array.from({ length: 60 }, sentence).join('\n\n'))
    const index = ['index', at('notes'), '--store', at('index')]
    const { stdout } = await runCli([...index, '--first-stage', 'lemur', '--stage-size', '16'])
    expect(stdout).toMatch(/first stage lemur-[0-9a-f]{8} for \d+ documents/)
    const ask = async (question: string) =>
      JSON.parse(
        (await runCli(['search', question, '--only', 'meaning', '--store', at('index'), '--json'])).stdout,
      )
    expect((await ask('winter music')).hits).toHaveLength(10)
    writeFileSync(at('notes/b.md'), 'volcano\n')
    await runCli(index)
    expect((await ask('volcano')).hits[0].text).toBe('volcano')
    const { stdout: json } = await runCli(['info', '--store', at('index'), '--json'])
    expect(JSON.parse(json).firstStage.missing).toBe(0)
  })

  it('names what is wrong: too few rows, a lost map, a changed file, an empty store, wrong options', async () => {
    const refused = async (args: readonly string[]) => (await runCli(args, { code: 2 })).stderr
    const add = ['index', '--store', at('store'), '--first-stage', 'lemur']
    expect(await refused([...add, '--stage-size', '4000'])).toBe(
      'the index expected at least 8000 different rows to fit a size of 4000, got 2100; add more documents, or pass --stage-size with at most 1050\n',
    )
    const usage = '\nSee npx maxsimd index --help\n'
    expect(await refused([...add, '--stage-size', '5'])).toBe(
      `"--stage-size" expected a whole number from 16 to 4096, got "5"${usage}`,
    )
    expect(
      await refused(['index', '--store', at('store'), '--first-stage', 'mean', '--stage-size', '64']),
    ).toBe(`"--stage-size" requires --first-stage lemur${usage}`)
    expect(await refused([...add, '--candidates', '5'])).toBe(
      `"--candidates" expected a whole number of at least 10, got "5"${usage}`,
    )
    expect(await refused(['index', at('corpus.jsonl'), '--candidates', '50'])).toBe(
      `"--candidates" requires --first-stage lemur, mean or muvera${usage}`,
    )
    expect(await refused(['index'])).toBe(`missing required argument 'paths'${usage}`)
    expect(await refused(['index', '--store', at('none'), '--first-stage', 'lemur'])).toBe(
      `no index or store at "${at('none')}"; create one with "npx maxsimd index <folder>", or choose another with --store${usage}`,
    )
    await (
      await createStore({ path: at('empty'), vectors: { colbert: { size: 4, distance: 'Dot' } } })
    ).close()
    expect(await refused(['index', '--store', at('empty'), '--first-stage', 'lemur'])).toBe(
      `the store at "${at('empty')}" has no documents with "colbert"; add documents first\n`,
    )
    await runCli([...add, '--stage-size', '16'])
    const [name] = readdirSync(at('store')).filter(each => each.endsWith('.stage'))
    const file = `${at('store')}/${name}`
    const bytes = readFileSync(file)
    writeFileSync(file, bytes.subarray(0, -9))
    expect(await refused(['search', '--store', at('store'), '--queries', at('queries.jsonl')])).toBe(
      `"${file}" expected the first stage of the vector "${name!.replace('.stage', '')}", got bytes that were cut or changed; restore the file, ` +
        'or add the first stage again: addFirstStage(), or npx maxsimd index --first-stage lemur\n',
    )
    await runCli([...add, '--stage-size', '16'])
    expect(await search(at('store'))).not.toBe('')
  })

  it('refuses the map of another store, and says that a map is lost, how to get it back, and what search does', async () => {
    const stages: { path: string; name: string }[] = []
    for (const [path, count] of [
      ['one', 60],
      ['two', 70],
    ] as const) {
      writeFileSync(at(`${path}.jsonl`), linesOf(createPoints(count, count)))
      await runCli(['index', '--vectors', at(`${path}.jsonl`), '--store', at(path)])
      await runCli(['index', '--store', at(path), '--first-stage', 'lemur', '--stage-size', '16'])
      const name = readdirSync(at(path)).find(each => each.endsWith('.stage'))!
      stages.push({ path: at(path), name })
    }
    const [one, two] = stages as [(typeof stages)[0], (typeof stages)[0]]
    const file = `${one.path}/${one.name}`
    const own = readFileSync(file)
    const searchOne = ['search', '--store', one.path, '--queries', at('queries.jsonl')]
    writeFileSync(file, readFileSync(`${two.path}/${two.name}`))
    const vectorOf = ({ name }: { readonly name: string }) => name.replace('.stage', '')
    const refused = `"${file}" expected the first stage of the vector "${vectorOf(one)}", got that of "${vectorOf(two)}"; restore the file`
    expect((await runCli(searchOne, { code: 2 })).stderr).toContain(refused)
    expect((await runCli(['info', '--store', one.path], { code: 2 })).stderr).toContain(refused)
    rmSync(file)
    const notice =
      `the file ${one.name} of the first stage is missing, so queries search all documents; restore it, or add the first ` +
      `stage again: npx maxsimd index --store ${one.path} --first-stage lemur\n`
    const searched = await runCli(searchOne)
    expect(searched.stderr).toBe(notice)
    expect(searched.stdout).not.toBe('')
    const info = await runCli(['info', '--store', one.path, '--json'])
    expect(JSON.parse(info.stdout).lostStage).toBe(vectorOf(one))
    expect((await runCli(['info', '--store', one.path])).stderr).toBe(notice)
    writeFileSync(at('added.jsonl'), linesOf(createPoints(2, 9, 900)))
    expect((await runCli(['index', '--vectors', at('added.jsonl'), '--store', one.path])).stderr).toBe(notice)
    writeFileSync(file, own)
    const { stderr } = await runCli(searchOne)
    expect(stderr).toBe('')
    // the remedy of the notice
    rmSync(file)
    await runCli(['index', '--store', one.path, '--first-stage', 'lemur', '--stage-size', '16'])
    expect((await runCli(searchOne)).stderr).toBe('')
    expect(readdirSync(one.path).filter(each => each.endsWith('.stage'))).toHaveLength(1)
  })
})

it('info counts the documents that have no vector of the first stage yet', async () => {
  const path = at('lacking')
  const vectors = { colbert: { size: DIM, distance: 'Dot' } } as const
  const store = await createStore({ path, vectors })
  await store.upsert(points.slice(0, 60).map(({ id, vector }) => ({ id, vector: { colbert: vector } })))
  await store.close()
  await runCli(['index', '--store', path, '--first-stage', 'mean'])
  const line = async () => /^ {2}first stage .*$/m.exec((await runCli(['info', '--store', path])).stdout)![0]
  const complete = '  first stage mean: 200 candidates for ten results, fitted to 60 documents'
  expect(await line()).toBe(complete)
  const opened = await openStore(path)
  await opened.upsert(points.slice(60, 62).map(({ id, vector }) => ({ id, vector: { colbert: vector } })))
  await opened.close()
  expect(await line()).toBe(`${complete}; 2 documents without its vector, so queries search all documents`)
})

it('a store goes from slow to fast with the command that advise printed', async () => {
  const path = at('large')
  const store = await createStore({
    path,
    vectors: { colbert: { size: DIM, distance: 'Dot', screen: 'off' } },
  })
  const many = createPoints(400, 6)
  await store.upsert(many.map(({ id, vector }) => ({ id, vector: { colbert: vector } })))
  await store.close()
  const { stdout } = await runCli([
    'advise',
    '--store',
    path,
    '--sample',
    '30',
    '--recall',
    '0.6',
    '--milliseconds',
    '0',
  ])
  const command = /^npx maxsimd (index .*)$/m.exec(stdout)?.[1]
  expect(stdout).toMatch(/\n\nAdd [^\n]+ to the store with:\n\n/)
  expect(command).toMatch(/^index --store \S+ --first-stage (?:lemur|mean|muvera)/)
  const { stdout: added } = await runCli(command!.split(' '))
  expect(added).toMatch(/^first stage \S+ for 400 documents/)
  const { stdout: json } = await runCli(['info', '--store', path, '--json'])
  expect(JSON.parse(json).firstStage).toMatchObject({ documents: 400, missing: 0 })
  const opened = await openStore(path, { readOnly: true })
  expect(await opened.count()).toBe(400)
  await opened.close()
})
