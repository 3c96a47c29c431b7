// `maxsimd index` with a model, interrupted by ctrl-C and killed, and repeated: the built executable with a fake model.

import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, it } from 'vitest'
import { openStore } from '../../src/store/index.js'
import { temporaryFolder } from './run-cli.js'

const at = temporaryFolder()
const fakeModel = new URL('fake-model.mjs', import.meta.url).href

/** Passages of five words each, all different: four batches of 32. */
const PASSAGES = 120
const passage = (i: number) =>
  Array.from({ length: 5 }, (_, d) => 'abc'[Math.floor(i / 3 ** d) % 3]).join(' ')

const words = ['[PAD]', '[unused0]', '[unused1]', '[CLS]', '[SEP]', '[MASK]', '[UNK]', 'a', 'b', 'c']
const files = {
  'config.json': { architectures: ['HF_ColBERT'], vocab_size: words.length, pad_token_id: 0 },
  'tokenizer_config.json': { model_max_length: 16 },
  'tokenizer.json': {
    model: {
      type: 'WordPiece',
      vocab: Object.fromEntries(words.map((word, id) => [word, id])),
      continuing_subword_prefix: '##',
    },
    added_tokens: [0, 3, 4, 5].map(id => ({ id, content: words[id], special: true, normalized: false })),
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: { type: 'BertProcessing', cls: ['[CLS]', 3], sep: ['[SEP]', 4] },
  },
}

interface Stop {
  /** The run of the model in which the process gets the signal. */
  readonly run: number
  readonly signal: 'SIGINT' | 'SIGKILL'
}

/** Runs the executable on the notes. The texts that the model encodes are added to the log of the index. */
function index(name: string, args: readonly string[] = [], stop?: Stop) {
  const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
  const env = { ...process.env, FAKE_MODEL_LOG: at(`${name}.log`) }
  const stopping = stop && { FAKE_MODEL_STOP: String(stop.run), FAKE_MODEL_SIGNAL: stop.signal }
  const command = ['index', at('notes'), '--model', at('model'), '--store', at(name), '--json', ...args]
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    ['--no-warnings', '--import', fakeModel, program, ...command],
    { encoding: 'utf8', env: { ...env, ...stopping } },
  )
  return { status, signal, stderr, report: stdout === '' ? undefined : JSON.parse(stdout) }
}

const encodedTexts = (name: string) =>
  readFileSync(at(`${name}.log`), 'utf8')
    .trimEnd()
    .split('\n')

/** All passages with their rows. */
async function contentsOf(name: string): Promise<unknown[]> {
  const store = await openStore(at(`${name}/store`), { readOnly: true })
  const points = []
  for await (const { id, payload, vector } of store.scroll({ with_vector: true }))
    points.push({ id, payload, vector })
  await store.close()
  return points
}

beforeAll(() => {
  mkdirSync(at('notes'))
  mkdirSync(at('model'))
  const paragraphs = Array.from({ length: PASSAGES }, (_, i) => passage(i))
  writeFileSync(at('notes/all.txt'), `${paragraphs.join('\n\n')}\n`)
  for (const [file, json] of Object.entries(files)) writeFileSync(at(`model/${file}`), JSON.stringify(json))
  writeFileSync(at('model/model.onnx'), '')
  expect(index('whole')).toMatchObject({
    status: 0,
    report: { passages: PASSAGES, encoded: PASSAGES, withoutRows: 0 },
  })
  expect(new Set(encodedTexts('whole')).size).toBe(PASSAGES)
})

it.skipIf(process.platform === 'win32').each(['SIGINT', 'SIGKILL'] as const)(
  'continues after %s where it was: nothing is encoded twice, and the index is that of one run',
  async signal => {
    writeFileSync(at(`${signal}.log`), '')
    expect(index(signal, ['--lazy'])).toMatchObject({
      status: 0,
      report: { encoded: 0, withoutRows: PASSAGES },
    })
    const stopped = index(signal, [], { run: 3, signal })
    const again = index(signal, [], { run: 2, signal })
    if (signal === 'SIGKILL') expect([stopped.signal, again.signal]).toEqual([signal, signal])
    else {
      expect(stopped).toMatchObject({
        status: 130,
        stderr: '64 of 120 passages encoded; the next run continues\ninterrupted\n',
      })
      expect(again.stderr).toBe('32 of 56 passages encoded; the next run continues\ninterrupted\n')
    }
    expect(encodedTexts(signal)).toHaveLength(96)
    expect(index(signal)).toMatchObject({ status: 0, report: { unchanged: 1, withoutRows: 0 } })
    expect(encodedTexts(signal).sort()).toEqual(encodedTexts('whole').sort())
    expect(await contentsOf(signal)).toEqual(await contentsOf('whole'))
  },
)
