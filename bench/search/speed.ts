// Measures how fast a text index answers: opened anew, once it is open, and with the command from the shell; and what its
// words cost (growth.ts). Its passages are definitions of WordNet, three in each, and its questions the words of a definition.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readDefinitions, wordnetFolder } from '../../demo/wordnet.js'
import { openTextIndex, type TextIndexOptions } from '../../src/text-index/index.js'
import { engine, processor } from '../shared/machine.js'
import { summarize } from '../shared/timing.js'
import { type IndexGrowth, measureGrowth } from './growth.js'

/** Medians in milliseconds. */
export interface SearchSpeed {
  readonly passages: number
  /** To open the index. */
  readonly open: number
  /** To answer a question once it is open. */
  readonly answer: number
  /** To run `maxsimd search`. */
  readonly shell: number
  /** The index, compared with one of rows only. */
  readonly growth: IndexGrowth
  readonly engine: string
  readonly processor: string
}

export interface SpeedOptions {
  readonly passages: number
  /** The path of the built command line. */
  readonly program: string
  /** Number of measurements of each kind. */
  readonly rounds: number
  /** Number of indexes that are made with words, and without. */
  readonly indexes: number
}

const DEFINITIONS_PER_PASSAGE = 3
const PASSAGES_PER_FILE = 100

/** Indexes passages in `folder`, unless an earlier run has done it, and measures. */
export async function measureSpeed(
  folder: string,
  encoder: Pick<TextIndexOptions, 'encoder' | 'encoderName' | 'weighted'>,
  { passages, program, rounds, indexes }: SpeedOptions,
): Promise<SearchSpeed> {
  const [texts, path] = [join(folder, 'texts'), join(folder, 'index')]
  const definitions = readDefinitions(wordnetFolder())
  if (!existsSync(texts)) writeTexts(texts, definitions, passages)
  const created = await openTextIndex(path, encoder)
  await created.update([texts])
  const count = await created.store.count()
  await created.close()
  // questions from all over the dictionary
  const questions = Array.from({ length: rounds }, (_, i) =>
    definitions[Math.floor((i * definitions.length) / rounds)]!.words.join(' '),
  )
  const [opens, answers, shells] = [[] as number[], [] as number[], [] as number[]]
  for (let round = 0; round < rounds; round++) {
    const started = performance.now()
    const index = await openTextIndex(path, { ...encoder, readOnly: true })
    opens.push(performance.now() - started)
    await index.close()
  }
  const index = await openTextIndex(path, { ...encoder, readOnly: true })
  // the first question reads the words
  for (const question of ['warm', ...questions]) {
    const started = performance.now()
    await index.search(question)
    if (question !== 'warm') answers.push(performance.now() - started)
  }
  await index.close()
  for (const question of questions) {
    const started = performance.now()
    const args = [program, 'search', question, '--store', path]
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    // with exit code 1: no passage has a word of the question
    if (status !== 0 && !stderr.includes('no results')) throw new Error(`${program} search failed: ${stderr}`)
    shells.push(performance.now() - started)
  }
  const [open, answer, shell] = [opens, answers, shells].map(samples => summarize(samples).median)
  const growth = await measureGrowth(texts, join(folder, 'growth'), encoder, indexes)
  const machine = { engine: engine(), processor: processor() }
  return { passages: count, open: open!, answer: answer!, shell: shell!, growth, ...machine }
}

function writeTexts(folder: string, definitions: readonly { readonly text: string }[], passages: number) {
  mkdirSync(folder, { recursive: true })
  for (let first = 0; first < passages; first += PASSAGES_PER_FILE) {
    const count = Math.min(PASSAGES_PER_FILE, passages - first)
    const lines = Array.from({ length: count }, (_, i) => {
      const start = DEFINITIONS_PER_PASSAGE * (first + i)
      const joined = Array.from({ length: DEFINITIONS_PER_PASSAGE }, (_, k) => start + k)
      return joined.map(position => definitions[position % definitions.length]!.text).join('. ')
    })
    writeFileSync(join(folder, `${String(first).padStart(6, '0')}.txt`), `${lines.join('\n\n')}\n`)
  }
}
