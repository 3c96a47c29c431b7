// The demo as a program. It loads a million rows at each start, so it starts once here; further runs are in
// demo.slow.test.ts.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { HELP, parseArguments } from '../../demo/arguments.js'
import { UsageError } from '../../demo/command-line.js'
import { cleanEnvironment, runProgram } from './run-program.js'

it('shows four examples without a terminal and input, among them the one of the README', () => {
  const { code, stdout, stderr } = runProgram('demo', [])
  expect(code).toBe(0)
  expect(stdout.match(/^> .*$/gm)).toHaveLength(4)
  expect(stdout.match(/^ {2}1 .*$/gm)).toEqual([
    '  1 airfield, landing field, flying field n.  a place where planes take off and land',
    '  1 illiterate adj.  not able to read or write',
    '  1 library n.  a room where books are kept',
    '  1 hibernate, hole up v.  sleep during winter',
  ])
  expect(stdout).toMatch(/compared with 1,064,077 words in \d+ ms \(kernel (relaxed-)?simd\)/)
  expect(stderr).toMatch(
    /^reading word vectors and WordNet …\nencoding 114,166 definitions …\nready: 113,802 definitions with 1,064,077 words, in [\d.]+ s; \d+ MB for their vectors, [\d,]+ MB for the process\n$/,
  )
  expect(stdout + stderr).not.toContain('\x1b')

  const transcript = /```text\nnpm run demo -- "(.*)"\n\n([^`]+)```/.exec(readFileSync('README.md', 'utf8'))!
  const shown = transcript[2]!.split('\n').filter(line => line.trim() !== '' && line.trim() !== '…')
  // the lines of the README, in this order, among those of the answer
  const answer = stdout.slice(stdout.indexOf(`> ${transcript[1]}\n`)).split('\n')
  const places = shown.map(line => answer.indexOf(line))
  expect(places, `${shown.join('\n')}\nare lines of the answer`).not.toContain(-1)
  expect(places).toEqual([...places].sort((a, b) => a - b))
})

it('prints its help without loading anything', () => {
  expect(runProgram('demo', ['--help'])).toEqual({ code: 0, stdout: HELP, stderr: '' })
})

it('is built by `npm run demo` if needed, which says so', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['scripts/run-built.mjs', 'demo', '--help'], {
    encoding: 'utf8',
    env: cleanEnvironment(),
  })
  expect(stdout).toBe(HELP)
  expect(stderr).toMatch(/^$|^Building maxsimd \(about 10 s.*\) \.\.\.\n/)
})

it('refuses a wrong command line on standard error, with exit code 2', () => {
  expect(runProgram('demo', ['--limit', '0', 'x'])).toEqual({
    code: 2,
    stdout: '',
    stderr: '"--limit" expected a whole number from 1 to 1000, got "0"\nSee npm run demo -- --help\n',
  })
})

describe('parseArguments', () => {
  it.each([
    [[], { query: undefined, limit: 10, json: false, help: false }],
    [['big', 'cat'], { query: 'big cat', limit: 10, json: false, help: false }],
    [['--json', '--limit', '1000', '--', '--cat'], { query: '--cat', limit: 1000, json: true, help: false }],
    [['--page'], { query: undefined, limit: 10, json: false, help: false, page: { port: 8080 } }],
    [
      ['--page', '--out', 'a'],
      { query: undefined, limit: 10, json: false, help: false, page: { folder: 'a' } },
    ],
    [['-h'], { query: undefined, limit: 10, json: false, help: true }],
    [
      ['--qdrant', 'http://localhost:6333', '--keep'],
      {
        query: undefined,
        limit: 10,
        json: false,
        help: false,
        server: { url: 'http://localhost:6333', keep: true, definitions: 2000 },
      },
    ],
  ])('reads %j', (args, expected) => {
    expect(parseArguments(args)).toEqual(expected)
  })

  it.each([
    [['--limit=ten', 'x'], '"--limit" expected a whole number from 1 to 1000, got "ten"'],
    [['--limit'], "Option '--limit <value>' argument missing"],
    [['--wrong'], "Unknown option '--wrong'"],
    [[''], 'the meaning expected a text, got an empty one'],
    [['--port', '80'], '"--port" requires --page'],
    [['--out', 'folder'], '"--out" requires --page'],
    [['--page', '--port', '80', '--out', 'folder'], '"--port" and "--out" cannot be combined'],
    [['--page', '--port', '70000'], '"--port" expected a whole number from 0 to 65535, got "70000"'],
    [['--page', 'fear'], '"--page" and a meaning cannot be combined; type the meaning in the page'],
    [['--page', '--qdrant', 'http://localhost'], '"--page" and "--qdrant" cannot be combined'],
    [['--keep'], '"--keep" requires --qdrant <url>'],
    [['--definitions', '9'], '"--definitions" requires --qdrant <url>'],
    [['--qdrant', 'localhost'], '"--qdrant" expected a URL that starts with http:// or https://'],
    [
      ['--qdrant', 'http://localhost', '--definitions', '9'],
      '"--definitions" expected a whole number from 10 to 114166, got "9"',
    ],
  ])('refuses %j', (args, message) => {
    expect(() => parseArguments(args)).toThrow(new UsageError(message))
  })
})
