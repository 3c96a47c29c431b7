// Runs of the demo that need a start each, with a million rows to load.

import { spawn } from 'node:child_process'
import { expect, it } from 'vitest'
import { cleanEnvironment, converse, hasTerminal, pathOf, runProgram } from './run-program.js'

it('looks up a meaning without quotation marks, and without colour if NO_COLOR is set', () => {
  const environment = { FORCE_COLOR: '1', NO_COLOR: '1' }
  const { code, stdout } = runProgram('demo', ['fear', 'of spiders', '--limit', '2'], { environment })
  expect(code).toBe(0)
  expect(stdout.split('\n').slice(0, 4)).toEqual([
    '  1 arachnophobia n.  a morbid fear of spiders',
    expect.stringMatching('  2 European wolf spider, '),
    '',
    'arachnophobia: a morbid fear of spiders',
  ])
})

it('looks up each line of standard input', () => {
  const input = 'fear of heights\n\nqwxz'
  const { code, stdout } = runProgram('demo', ['--limit', '1'], { input })
  expect(code).toBe(0)
  expect(stdout.match(/^> .*\n.*$/gm)).toEqual([
    '> fear of heights\n  1 acrophobia n.  a morbid fear of great heights',
    '> qwxz\nUnknown word: "qwxz". Describe a thing in a few plain English words.',
  ])
})

it('prints JSON and nothing else with --json', () => {
  const environment = { FORCE_COLOR: '1' }
  const args = ['--json', '--limit=3', 'fear of qwxz spiders']
  const { code, stdout, stderr } = runProgram('demo', args, { environment })
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout.trim().split('\n')).toHaveLength(1)
  const answer = JSON.parse(stdout)
  expect(answer).toMatchObject({
    query: 'fear of qwxz spiders',
    unknown: [{ word: 'qwxz' }],
    rows: 1_064_077,
  })
  expect(answer.entries).toHaveLength(3)
  expect(answer.entries[0]).toMatchObject({
    words: ['arachnophobia'],
    part: 'noun',
    text: 'a morbid fear of spiders',
  })
  expect(answer.matches[0]).toMatchObject({ query: 'spiders', document: 'spiders', start: 17, end: 24 })
  const total = answer.matches.reduce(
    (sum: number, match: { contribution: number }) => sum + match.contribution,
    0,
  )
  expect(total).toBeCloseTo(answer.entries[0].score, 3)
})

it('colours its output if FORCE_COLOR is set', () => {
  const environment = { FORCE_COLOR: '1' }
  const { stdout } = runProgram('demo', ['fear of spiders'], { environment })
  expect(stdout).toContain('\x1b[1marachnophobia\x1b[22m')
})

it('ends with exit code 0 if the reader closes the pipe', async () => {
  const child = spawn(process.execPath, [pathOf('demo')], {
    env: cleanEnvironment(),
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  child.stdout.once('data', () => child.stdout.destroy())
  expect(await new Promise(resolve => child.once('exit', resolve))).toBe(0)
})

it.skipIf(!hasTerminal)(
  'asks for meanings on a terminal, skips empty lines, and ends with ctrl-D',
  async () => {
    const { code, screen } = await converse(['\r', 'fear of spiders\r', 'qwxz, zzyzx!\r', '\x04'])
    expect(code).toBe(0)
    expect(screen).toContain('100 %')
    expect(screen).toContain('Type a meaning, for example: a place where planes take off and land.')
    expect(screen).toContain('  1 arachnophobia n.  a morbid fear of spiders')
    expect(screen).toContain('Unknown words: "qwxz", "zzyzx". Describe a thing in a few plain English words.')
    expect(screen.match(/compared with [\d,]+ words/g)).toHaveLength(1)
  },
)

it.skipIf(!hasTerminal)('ends with exit code 0 at ctrl-C on a terminal', async () => {
  expect((await converse(['\x03'])).code).toBe(0)
})
