// Runs the lesson with a contextual model: all-MiniLM-L6-v2 in int8, from packages (install.mjs). It was not trained
// for late interaction, but ranks the lesson's four documents as a reader would.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { documents, question } from '../../../demo/lesson-texts.js'
import { createEncoder, type ModelEncoder } from '../../../src/encode/index.js'
import { createScorer } from '../../../src/index.js'
import { createStore } from '../../../src/store/index.js'
import { build } from './fixtures.js'
import { freshFolder, runInstalled } from './support.js'

const folder = join(build, 'minilm')
const scores = [6.36, 6.15, 4.78, 3.6]

describe.runIf(existsSync(folder))('the lesson with a contextual model', () => {
  let encoder: ModelEncoder
  beforeAll(async () => {
    encoder = await createEncoder({ model: folder, dtype: 'q8' })
  })
  afterAll(() => encoder.dispose())

  it('has an encoder that describes its rows', async () => {
    expect([encoder.type, encoder.dim, encoder.maxTokens]).toEqual(['tokens', 384, 510])
    const query = await encoder.query(question)
    expect(query.tokens.map(({ start, end }) => question.slice(start, end))).toEqual(
      question.match(/\w+|\?/g),
    )
  })

  it('ranks the documents A, B, C, D with a scorer', async () => {
    const scorer = await createScorer()
    const ranked = scorer.rank(await encoder.query(question), await encoder.documents(documents))
    expect(ranked.map(({ index }) => index)).toEqual([0, 1, 2, 3])
    for (const [i, { score }] of ranked.entries()) expect(score).toBeCloseTo(scores[i]!, 1)
    scorer.dispose()
  })

  it.each(['memory', 'disk'])('ranks texts in the same order in a store in %s', async storage => {
    const store = await createStore({
      vectors: { colbert: { size: encoder.dim, distance: 'Dot', on_disk: storage === 'disk' } },
      path: storage === 'disk' ? join(freshFolder(), 'store') : undefined,
      encoder,
    })
    const model = encoder.model
    await store.upsert(
      documents.map((text, i) => ({ id: i, vector: { colbert: { text, model } }, payload: { text } })),
    )
    const hits = await store.query({ text: question, model }, { limit: 4, with_payload: true })
    expect(hits.map(({ id }) => id)).toEqual([0, 1, 2, 3])
    for (const [i, { score }] of hits.entries()) expect(score).toBeCloseTo(scores[i]!, 1)
    const { matches } = await store.explain({ text: question, model }, 0)
    const [document] = await encoder.documents([documents[0]!])
    const matched = matches.map(({ row }) => document!.tokens[row]!.text)
    // the matches of `pool` and `exhaustion` of the question
    expect(matched.slice(-3, -1)).toEqual(['pool', expect.stringMatching(/exhaust|##ed/)])
    await store.close()
  })

  it('prints the same ranking from examples/lesson.mjs', () => {
    const stdout = runInstalled(readFileSync('examples/lesson.mjs', 'utf8'), {
      environment: { MODEL: folder },
    })
    const lines = stdout.split('\n')
    expect(lines.slice(0, 4).map(line => line.slice(0, 6))).toEqual(['6.36 A', '6.15 B', '4.78 C', '3.60 D'])
    expect(lines).toContainEqual(expect.stringMatching(/^0\.\d\d pool -> pool$/))
  })

  it('prints the same ranking from npm run lesson -- --model', () => {
    const { QDRANT_URL: _, QDRANT_BIN: __, ...env } = process.env
    const args = ['build/lesson.mjs', '--model', folder]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env })
    expect([status, stderr]).toEqual([0, ''])
    const ranking = [...stdout.matchAll(/^ {2}\d\.\d{4} {2}document (\d)/gm)].map(([, id]) => id)
    expect(ranking.join('')).toBe('12341234')
    expect(stdout).toContain('384 numbers per token, from a model that was not trained for late interaction.')
  })
})
