// The defaults of the options of all commands, and the keys of shards.

import { expect, it } from 'vitest'
import { shardKeyOption } from '../../src/cli/options.js'
import { createSilentProgram } from './run-cli.js'

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
