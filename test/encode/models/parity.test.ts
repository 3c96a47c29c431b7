// Compares rows with FastEmbed's, for 500 texts and four shapes of models, and the fixtures with what FastEmbed returns
// today.

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

/** The largest difference of two arrays; infinite if an element is NaN. */
function largestDifference(a: Float32Array, b: Float32Array): number {
  let largest = 0
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!)
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference
  }
  return largest
}

describe.each(shapes)('the rows of a model of the shape %s', shape => {
  const { model, dim, documents, queries } = rows.models[shape]

  it('equal FastEmbed’s for 500 texts as documents and as queries, to within 1e-5', async () => {
    const encoder = await createEncoder({ model: join(models, shape), settings: model, emptyText: 'encode' })
    expect([encoder.type, encoder.dim, rows.texts.length]).toEqual(['colbert', dim, 500])
    const expected = readData(shape)
    const found = await encoder.documents(rows.texts)
    let [offset, largest] = [0, 0]
    for (const [i, text] of rows.texts.entries()) {
      for (const [encoded, count] of [
        [found[i]!, documents[i]!],
        [await encoder.query(text), queries[i]!],
      ] as const) {
        expect([encoded.tokens.length, encoded.data.length], `text ${i}: ${JSON.stringify(text)}`).toEqual([
          count,
          count * dim,
        ])
        const expectedRows = expected.subarray(offset, offset + count * dim)
        largest = Math.max(largest, largestDifference(encoded.data, expectedRows))
        offset += count * dim
      }
    }
    expect(offset).toBe(expected.length)
    console.log(`${model}: ${offset / dim} rows, largest difference ${largest.toExponential(1)}`)
    expect(largest).toBeLessThan(1e-5)
    await encoder.dispose()
  })

  it('do not depend on the other texts of the batch', async () => {
    const texts = rows.texts.filter((_, i) => i % 25 === 0)
    const options = { model: join(models, shape), settings: model, emptyText: 'encode' } as const
    const [one, many] = [
      await createEncoder({ ...options, batchTokens: 1 }),
      await createEncoder({ ...options, batchTokens: 100_000 }),
    ]
    const [single, batched] = [await one.documents(texts), await many.documents(texts)]
    for (const [i, { data }] of single.entries())
      expect(largestDifference(data, batched[i]!.data)).toBeLessThan(1e-5)
    await Promise.all([one.dispose(), many.dispose()])
  })
})

it('the tokenizers of transformers.js return other tokens for some texts, so this package has its own', async () => {
  const counts: string[] = []
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
    counts.push(`${shape} ${others.length}`)
  }
  console.log(`texts of 500 with other tokens in transformers.js: ${counts.join(', ')}`)
  // if no text is left, one of the two reasons for an own tokenizer is gone
  expect(counts.some(line => !line.endsWith(' 0'))).toBe(true)
})

it('transformers.js has no class of an image model for late interaction, so this package prepares images itself', () => {
  expect(Object.keys(transformers).filter(name => /^Col[A-Z]/.test(name))).toEqual([])
})

describe.runIf(existsSync(python))('the committed fixtures', () => {
  const folder = join(build, 'again')
  const run = (...args: string[]) => {
    const { status, stderr } = spawnSync(python, args, {
      cwd: here,
      encoding: 'utf8',
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    })
    expect([status, status === 0 ? '' : stderr]).toEqual([0, ''])
  }

  it('have the models that make_models.py makes, byte for byte', () => {
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

  it('have the rows that FastEmbed returns today', () => {
    run('fastembed_rows.py', models, folder)
    expect(readRows(folder)).toEqual(rows)
    for (const shape of shapes) {
      const [made, kept] = [readData(shape, folder), readData(shape, committed)]
      expect(made.length).toBe(kept.length)
      expect(largestDifference(made, kept)).toBeLessThan(1e-6)
    }
  })
})
