// The same rows as FastEmbed's, for 500 texts and four shapes of models; and the fixtures are what FastEmbed gives today.

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as transformers from '@huggingface/transformers'
import { describe, expect, it } from 'vitest'
import { createEncoder } from '../../../src/encode/index.js'
import { readTokenizer } from '../../../src/encode/tokenizer/tokenizer.js'
import { build, committed, models, readData, readRows, shapes } from './fixtures.js'

const rows = readRows()
const here = fileURLToPath(new URL('.', import.meta.url))
const python = join(here, '.venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')

/** The largest difference; infinite where one is no number. */
function apart(a: Float32Array, b: Float32Array): number {
  let most = 0
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!)
    if (!(difference <= most)) most = Number.isNaN(difference) ? Infinity : difference
  }
  return most
}

describe.each(shapes)('the rows of the shape %s', shape => {
  const { model, dim, documents, queries } = rows.models[shape]

  it('are those of FastEmbed, for each of 500 texts as document and as query, within 1e-5', async () => {
    const encoder = await createEncoder({ model: join(models, shape), settings: model, emptyText: 'encode' })
    expect([encoder.kind, encoder.dim, rows.texts.length]).toEqual(['colbert', dim, 500])
    const expected = readData(shape)
    const found = await encoder.documents(rows.texts)
    let [at, most] = [0, 0]
    for (const [i, text] of rows.texts.entries()) {
      for (const [encoded, count] of [
        [found[i]!, documents[i]!],
        [await encoder.query(text), queries[i]!],
      ] as const) {
        expect([encoded.tokens.length, encoded.data.length], `text ${i}: ${JSON.stringify(text)}`).toEqual([
          count,
          count * dim,
        ])
        most = Math.max(most, apart(encoded.data, expected.subarray(at, at + count * dim)))
        at += count * dim
      }
    }
    expect(at).toBe(expected.length)
    console.log(`${model}: ${at / dim} rows, at most ${most.toExponential(1)} apart`)
    expect(most).toBeLessThan(1e-5)
    await encoder.dispose()
  })

  it('are the same whatever else is in the batch', async () => {
    const texts = rows.texts.filter((_, i) => i % 25 === 0)
    const options = { model: join(models, shape), settings: model, emptyText: 'encode' } as const
    const [one, many] = [
      await createEncoder({ ...options, batchTokens: 1 }),
      await createEncoder({ ...options, batchTokens: 100_000 }),
    ]
    const [alone, together] = [await one.documents(texts), await many.documents(texts)]
    for (const [i, { data }] of alone.entries()) expect(apart(data, together[i]!.data)).toBeLessThan(1e-5)
    await Promise.all([one.dispose(), many.dispose()])
  })
})

it('has a tokenizer of its own because those of transformers.js give other tokens for some texts', async () => {
  const told: string[] = []
  for (const shape of ['colbert', 'jina', 'lateon'] as const) {
    const theirs = await transformers.AutoTokenizer.from_pretrained(join(models, shape), {
      local_files_only: true,
    })
    const path = join(models, shape, 'tokenizer.json')
    const ours = readTokenizer(JSON.parse(readFileSync(path, 'utf8')), path)
    const others = rows.texts.filter(text => {
      const ids = theirs.encode(text, { add_special_tokens: false })
      return (
        ids.join() !==
        ours
          .pieces(text)
          .map(({ id }) => id)
          .join()
      )
    })
    told.push(`${shape} ${others.length}`)
  }
  console.log(`texts of 500 that the tokenizers of transformers.js cut otherwise: ${told.join(', ')}`)
  // as soon as there are none, there is one reason less
  expect(told.some(line => !line.endsWith(' 0'))).toBe(true)
})

it('has no encoder of images, because transformers.js runs none that was made for late interaction', () => {
  expect(Object.keys(transformers).filter(name => /^Col[A-Z]/.test(name))).toEqual([])
})

describe.runIf(existsSync(python))('the fixtures, made anew', () => {
  const folder = join(build, 'anew')
  const run = (...args: string[]) => {
    const { status, stderr } = spawnSync(python, args, {
      cwd: here,
      encoding: 'utf8',
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    })
    expect([status, status === 0 ? '' : stderr]).toEqual([0, ''])
  }

  it('are the models that are committed, byte for byte', () => {
    rmSync(folder, { recursive: true, force: true })
    run('make_models.py', join(folder, 'models'))
    const files = (of: string) =>
      readdirSync(of, { recursive: true, encoding: 'utf8' })
        .filter(file => statSync(join(of, file)).isFile())
        .sort()
    expect(files(join(folder, 'models'))).toEqual(files(models))
    for (const file of files(models)) {
      expect(readFileSync(join(folder, 'models', file)).equals(readFileSync(join(models, file))), file).toBe(
        true,
      )
    }
  })

  it('are the rows that are committed, as FastEmbed gives them today', () => {
    run('fastembed_rows.py', models, folder)
    expect(readRows(folder)).toEqual(rows)
    for (const shape of shapes) {
      const [anew, kept] = [readData(shape, folder), readData(shape, committed)]
      expect(anew.length).toBe(kept.length)
      expect(apart(anew, kept)).toBeLessThan(1e-6)
    }
  })
})
