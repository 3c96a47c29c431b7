// The demo as a user has it: build/demo.mjs in a process of its own. Needs `npm run build`.
import { spawn, spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { help, parseArguments } from '../../demo/arguments.js'

const demo = fileURLToPath(new URL('../../build/demo.mjs', import.meta.url))
const environment = (more: Record<string, string> = {}) => {
  const { NO_COLOR: _, FORCE_COLOR: __, ...rest } = process.env
  return { ...rest, ...more }
}

function run(args: readonly string[], more: Record<string, string> = {}) {
  const options = { encoding: 'utf8', cwd: tmpdir(), env: environment(more) } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, [demo, ...args], options)
  return { status, stdout, stderr }
}

describe('the demo without a terminal', () => {
  it('runs a few fixed queries and ends well', () => {
    const { status, stdout, stderr } = run([])
    expect(status).toBe(0)
    const queries = stdout.split('\n').filter(line => line.startsWith('> '))
    expect(queries).toHaveLength(4)
    expect(stdout.match(/^ {2}1 .*$/gm)).toEqual([
      '  1 airfield, landing field, flying field n.  a place where planes take off and land',
      '  1 tricycle, trike, velocipede n.  a vehicle with three wheels that is moved by foot pedals',
      '  1 library n.  a room where books are kept',
      '  1 hibernate, hole up v.  sleep during winter',
    ])
    expect(stdout).toMatch(/1,064,077 rows scored in \d+ ms \(kernel (relaxed-)?simd\)/)
    expect(stderr).toMatch(
      /^reading word vectors and WordNet …\nencoding 114,166 definitions …\nready: 113,802 definitions, 1,064,077 rows, in [\d.]+ s; the rows take \d+ MB, the process [\d,]+ MB\n$/,
    )
    expect(stdout + stderr).not.toContain('\x1b')
  })

  it('answers once what the command line asks, with or without quotation marks', () => {
    const { status, stdout } = run(['fear', 'of spiders', '--limit', '2'])
    expect(status).toBe(0)
    expect(stdout.split('\n').slice(0, 4)).toEqual([
      '  1 arachnophobia n.  a morbid fear of spiders',
      '  2 lepidophobia n.  a morbid fear of snakes',
      '',
      'arachnophobia: a morbid fear of spiders',
    ])
  })

  it('prints JSON and nothing else with --json', () => {
    const { status, stdout, stderr } = run(['--json', '--limit=3', 'fear of qwxz spiders'], {
      FORCE_COLOR: '1',
    })
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout.trim().split('\n')).toHaveLength(1)
    const answer = JSON.parse(stdout)
    expect(answer).toMatchObject({ query: 'fear of qwxz spiders', unknown: ['qwxz'], rows: 1_064_077 })
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

  it('says which words it does not know where it knows none', () => {
    const { status, stdout } = run(['qwxz, zzyzx!'])
    expect(status).toBe(0)
    expect(stdout).toBe('No vector for qwxz, zzyzx. Try other, plain English words.\n')
  })

  it('colours where FORCE_COLOR commands it, and not where NO_COLOR forbids it', () => {
    expect(run(['fear of spiders'], { FORCE_COLOR: '1' }).stdout).toContain('\x1b[1marachnophobia\x1b[22m')
    expect(run(['fear of spiders'], { FORCE_COLOR: '1', NO_COLOR: '1' }).stdout).not.toContain('\x1b')
  })

  it('is not upset by a reader that has seen enough', async () => {
    const child = spawn(process.execPath, [demo], { env: environment(), stdio: ['ignore', 'pipe', 'ignore'] })
    child.stdout.once('data', () => child.stdout.destroy())
    const code = await new Promise(resolve => child.once('exit', resolve))
    expect(code).toBe(0)
  })

  it('prints its help without loading anything', () => {
    expect(run(['--help'])).toEqual({ status: 0, stdout: help, stderr: '' })
  })

  it.each([
    [['--limit', '0', 'x'], '"--limit" expected a whole number from 1 to 1000, got "0"'],
    [['--limit=ten', 'x'], '"--limit" expected a whole number from 1 to 1000, got "ten"'],
    [['--limit'], "Option '--limit <value>' argument missing"],
    [['--wrong'], "Unknown option '--wrong'"],
    [[''], 'expected a meaning, got an empty text'],
    [['--port', '80'], '"--port" needs "--page"'],
    [['--page', '--port', '70000'], '"--port" expected a whole number from 0 to 65535, got "70000"'],
    [['--page', 'fear'], '"--page" goes without a meaning: it is typed in the page'],
    [['--page', '--qdrant', 'http://localhost'], '"--page" goes without "--qdrant"'],
    [['--keep'], '"--keep" needs "--qdrant <url>"'],
    [['--definitions', '9'], '"--definitions" needs "--qdrant <url>"'],
    [['--qdrant', 'localhost'], '"--qdrant" expected a URL that starts with http:// or https://'],
    [
      ['--qdrant', 'http://localhost', '--definitions', '9'],
      '"--definitions" expected a whole number from 10 to 114166, got "9"',
    ],
  ])('refuses %j on standard error, with exit code 2', (args, message) => {
    expect(run(args)).toEqual({ status: 2, stdout: '', stderr: `${message}\nSee npm run demo -- --help\n` })
  })
})

describe('parseArguments', () => {
  it.each([
    [[], { query: undefined, limit: 10, json: false, help: false }],
    [['big', 'cat'], { query: 'big cat', limit: 10, json: false, help: false }],
    [['--json', '--limit', '1000', '--', '--cat'], { query: '--cat', limit: 1000, json: true, help: false }],
    [['--page'], { query: undefined, limit: 10, json: false, help: false, page: { port: 8080 } }],
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
})

// `script` of util-linux lends a pseudo-terminal
const hasScript =
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true

describe.skipIf(!hasScript)('the demo with a terminal', () => {
  /** Types each of `input` when the demo asks for the next meaning; gives the screen and the exit code. */
  async function converse(input: readonly string[]): Promise<{ code: unknown; screen: string }> {
    const command = `"${process.execPath}" "${demo}"`
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      env: environment({ TERM: 'xterm', NO_COLOR: '1' }),
    })
    let screen = ''
    let prompts = 0
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      screen += text
      // readline moves the cursor behind the prompt after each one that it draws
      const drawn = screen.split('> \x1b[3G').length - 1
      while (prompts < Math.min(drawn, input.length)) child.stdin.write(input[prompts++]!)
    })
    const code = await new Promise(resolve => child.once('exit', resolve))
    return { code, screen }
  }

  it('asks, answers, asks again after an empty line, and ends with ctrl-D', async () => {
    const { code, screen } = await converse(['\r', 'fear of spiders\r', '\x04'])
    expect(code).toBe(0)
    expect(screen).toContain('100 %')
    expect(screen).toContain('Type a meaning')
    expect(screen).toContain('  1 arachnophobia n.  a morbid fear of spiders')
    expect(screen.match(/rows scored/g)).toHaveLength(1)
  })

  it('ends well with ctrl-C', async () => {
    expect((await converse(['\x03'])).code).toBe(0)
  })
})
