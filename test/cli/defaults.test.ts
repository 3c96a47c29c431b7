// The defaults of the options of all commands, and the keys of shards.

import { expect, it } from 'vitest'
import { shardKeyOption } from '../../src/cli/options.js'
import { createSilentProgram, runCli } from './run-cli.js'

it('options without a value have these defaults', async () => {
  const { commands } = await createSilentProgram()
  const defaults = commands.flatMap(command =>
    command.options.flatMap(({ long, defaultValue }) =>
      defaultValue === undefined ? [] : [[`${command.name()} ${long}`, defaultValue]],
    ),
  )
  expect(Object.fromEntries(defaults)).toEqual({
    ...{ 'advise --recall': 0.95, 'advise --timeout': 60 },
    ...{ 'compare --limit': 10, 'compare --rounds': 5, 'compare --timeout': 60 },
    ...{ 'eval --limit': 100, 'eval --long-text': 'cut', 'eval --split': 'test' },
    ...{
      'eval --map': 100,
      'eval --mrr': 10,
      'eval --ndcg': 10,
      'eval --precision': 10,
      'eval --recall': 100,
    },
    ...{ 'index --long-text': 'windows', 'index --store': '.maxsimd' },
    ...{ 'info --sample': 64, 'info --timeout': 60 },
    ...{ 'pull --timeout': 60, 'push --store': '.maxsimd', 'push --timeout': 60 },
    ...{ 'rerank --long-text': 'windows', 'search --limit': 10, 'search --timeout': 60 },
    ...{ 'serve --host': '127.0.0.1', 'serve --port': 7676 },
    ...{ 'serve --max-body': 4096, 'serve --max-requests': 16 },
    ...{ 'verify --limit': 10, 'verify --timeout': 60 },
  })
})

it('an option that takes a value cannot be given without it', async () => {
  const { commands } = await createSilentProgram()
  const options = commands.flatMap(command => command.options.map(option => ({ command, option })))
  const isOptional = options.filter(({ option }) => option.optional)
  expect(isOptional.map(({ command, option }) => `${command.name()} ${option.flags}`)).toEqual([])
  const { stderr } = await runCli(['index', 'a.npy', '--vectors', '--id-column'], { code: 2 })
  expect(stderr).toContain("option '--id-column <name>' argument missing")
})

it.each([
  ['17', 17],
  ['0', 0],
  ['9007199254740991', 9007199254740991],
  // beyond the whole numbers that a number holds exactly
  ['9007199254740993', '9007199254740993'],
  ['-1', '-1'],
  ['1.5', '1.5'],
  ['', ''],
])('the key %j of a shard is %j in a request', (text, key) => {
  expect(shardKeyOption().parseArg!(text, undefined)).toBe(key)
})

it('the help has the defaults of options whose default depends on something, or is that of the library', async () => {
  const { commands } = await createSilentProgram()
  const defaults = commands.flatMap(command =>
    command.options.flatMap(({ long, description }) => {
      const [, text] = /\((default\b.*)\)$/.exec(description) ?? []
      return text === undefined ? [] : [[`${command.name()} ${long}`, text.replace('default: ', '')]]
    }),
  )
  const words = 'the word vectors of maxsimd-words'
  const model = `the model of the index, or ${words}`
  const server = (command: string) => ({
    [`${command} --url`]: 'QDRANT_URL, or http://localhost:6333',
    [`${command} --api-key`]: 'QDRANT_API_KEY, which keeps the key out of the process list',
  })
  const using = 'the only multi-vector, or the only vector'
  const points = (command: string) => ({
    ...server(command),
    [`${command} --using`]: using,
    ...(command !== 'advise' && { [`${command} --shard-key`]: 'all' }),
  })
  const folder = 'default without --collection: .maxsimd'
  expect(Object.fromEntries(defaults)).toEqual({
    'index --model': model,
    ...{ 'index --stage-size': '1024', 'index --stage-datatype': 'i8', 'index --candidates': '200' },
    'index --datatype': 'as in the index or store, or float16 for texts and float32 for vectors',
    'index --distance': 'as in the store, or Dot',
    'index --using': 'the only one, or colbert',
    'index --vector-column': 'vector, vectors, embedding or embeddings',
    ...{ 'index --id-column': 'id or _id; ids for arrays', 'index --text-column': 'text' },
    'index --resolution': '150',
    ...server('search'),
    ...{ 'search --model': model, 'search --store': folder, 'search --only': 'both' },
    ...{ 'rerank --model': words, 'rerank --limit': 'all', 'eval --model': words, 'demo --model': words },
    ...{ 'serve --model': model, 'serve --store': '.maxsimd, if it exists' },
    'serve --token': 'MAXSIMD_TOKEN, which keeps it out of the process list',
    ...{ 'mcp --model': model, 'mcp --store': '.maxsimd, if it exists' },
    ...points('pull'),
    ...points('push'),
    ...{ 'push --batch-bytes': '4000000', 'push --concurrency': '4', 'push --grpc': 'auto' },
    ...points('verify'),
    'verify --scan': 'if there are at most 10,000',
    ...points('compare'),
    ...points('advise'),
    ...{ 'advise --store': folder, 'info --store': folder },
    'advise --candidates': '200; up to 2,000 if a stage needs them to reach the recall',
    'advise --milliseconds': '50, and any time for at most 10,000 rows',
    ...server('info'),
  })
})
