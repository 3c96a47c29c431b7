// Help, and wrong command lines that are refused before anything is read or sent.

import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { withServerRemedy } from '../../src/cli/connection.js'
import { namedFileError } from '../../src/cli/named-file.js'
import { QdrantError } from '../../src/qdrant/index.js'
import { createSilentProgram, runCli, temporaryFolder } from './run-cli.js'

const at = temporaryFolder()
const commands = (await createSilentProgram()).commands.map(command => command.name())

describe('help', () => {
  it.each(commands)('of %s has examples and the exit codes', async command => {
    const { stdout, stderr } = await runCli([command, '--help'])
    expect(stderr).toBe('')
    expect(stdout).toMatch(new RegExp(`^Usage: maxsimd ${command} `))
    expect(stdout).toMatch(new RegExp(`\nExamples:\n(.*\n)?  (grep .* \\| )?npx maxsimd ${command}`))
    const printed = stdout.replace(/^Usage: maxsimd /, '')
    expect(printed.match(new RegExp(`(?<!npx )maxsimd (${commands.join('|')})\\b`, 'g'))).toBeNull()
    expect(stdout).toMatch(
      /\nExit codes: 0 success, 1 problems found or no results, 2 error, 3 not judged, 130 interrupted\n$/,
    )
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(120)
  })

  it('names no option that does not exist, and has examples with the options of their commands', async () => {
    const { commands } = await createSilentProgram()
    const optionsOf = (name: string) => [
      '--help',
      ...commands.find(each => each.name() === name)!.options.flatMap(({ long, short }) => [long, short]),
    ]
    const all = new Set(commands.flatMap(command => optionsOf(command.name())))
    for (const name of ['', ...commands.map(command => command.name())]) {
      const { stdout } = await runCli(name === '' ? ['--help'] : [name, '--help'])
      const named = [...stdout.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([option]) => option)
      expect(
        named.filter(option => option !== '--version' && !all.has(option)),
        name,
      ).toEqual([])
      const examples = stdout.split('\nExamples:\n')[1]!.split('\n')
      for (const call of examples.flatMap(line => line.split(/&&|\|/))) {
        const [, command, rest] = /npx maxsimd (\w+)(.*)/.exec(call) ?? []
        if (command === undefined) continue
        const used = rest!.replace(/"[^"]*"|'[^']*'/g, '').match(/(?<=\s)--?[a-z][a-z-]*/g) ?? []
        expect(
          used.filter(option => !optionsOf(command).includes(option)),
          call,
        ).toEqual([])
      }
    }
  })

  it('of the program lists every command', async () => {
    const { stdout } = await runCli(['--help'])
    expect(stdout).toMatch(/^Usage: maxsimd \[options\] \[command\]\n/)
    for (const command of commands) expect(stdout).toContain(`\n  ${command} `)
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(120)
  })

  it('is as wide as the terminal, and at most 110 columns', async () => {
    const widest = async (columns: number | undefined) => {
      const { stdout } = await runCli(['advise', '--help'], { columns })
      const [, options] = /\nOptions:\n([\s\S]*?)\n\n/.exec(stdout)!
      return Math.max(...options!.split('\n').map(line => line.length))
    }
    const usual = await widest(undefined)
    expect(await widest(200)).toBe(usual)
    expect(usual).toBeGreaterThan(95)
    expect(usual).toBeLessThanOrEqual(110)
    expect(await widest(70)).toBeLessThanOrEqual(70)
    // also on standard error, if no command is given
    const { stderr } = await runCli([], { columns: 50, code: 2 })
    expect(stderr).toBe((await runCli(['--help'], { columns: 50 })).stdout)
    expect(stderr).not.toBe((await runCli(['--help'])).stdout)
  })

  it('is printed on standard error if no command is given', async () => {
    const { stdout, stderr } = await runCli([], { code: 2 })
    expect(stdout).toBe('')
    expect(stderr).toBe((await runCli(['--help'])).stdout)
  })

  it('matches docs/cli.md', async () => {
    const text = readFileSync('docs/cli.md', 'utf8')
    const { commands } = await createSilentProgram()
    for (const command of commands) {
      expect(text).toContain(`| \`${command.name()}\` | ${command.description()} |`)
    }
    const options = new Set(commands.flatMap(command => command.options.map(({ long }) => long)))
    const documented = [...text.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([option]) => option)
    expect(documented.filter(option => option !== '--help' && !options.has(option))).toEqual([])
    const serve = commands.find(command => command.name() === 'serve')!
    const port = serve.options.find(({ long }) => long === '--port')!.defaultValue
    expect(text).toContain(`http://127.0.0.1:${port}/search`)
  })
})

it.each(['--version', '-V'])('%s prints the version of the package', async flag => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  expect(await runCli([flag])).toEqual({ stdout: `${version}\n`, stderr: '' })
})

/** A file with this text. */
const file = (name: string, text: string) => {
  writeFileSync(at(name), text)
  return at(name)
}

it.each([
  ['the largest port', ['push', '--store', at('none'), '-c', 'x', '--grpc', '65535']],
  ['the largest port to listen on', ['serve', '--store', at('none'), '--port', '65535']],
])('%s is accepted', async (_, args) => {
  // what is wrong is the store
  expect((await runCli(args, { code: 2 })).stderr).toMatch(/^(?:no index or store|there is no)/)
})

describe('a wrong command line is refused on standard error, with exit code 2', () => {
  const lacking = file('lacking.jsonl', '{"id":1}\n')
  const broken = file('broken.jsonl', '{"id":1,"vector":[[1,2]]}\n\n{"id":2,\n')
  const flat = file('flat.jsonl', '{"vector":[1,2]}\n')
  const hole = file('hole.jsonl', '{"vector":[[1,null]]}\n')
  const texts = file('texts.jsonl', '{"id":1,"text":"a dog"}\n')
  const named = file('named.jsonl', '{"id":[],"vector":[[1,2]]}\n')
  const nameless = file('nameless.jsonl', '{"vector":[[1,2]]}\n')
  const empty = file('empty.jsonl', '\n')
  const verify = ['verify', '-c', 'x']
  const sampled = [...verify, '--sample', '2']

  it.each<[readonly string[], string, string]>([
    [['verfy'], "unknown command 'verfy'\n(Did you mean verify?)", ''],
    [['help', 'nope'], 'unknown command', ''],
    // a name that every object has
    [['constructor'], "unknown command 'constructor'", ''],
    [['verify'], "required option '-c, --collection <name>' not specified", 'verify '],
    [[...verify, '--wrong'], "unknown option '--wrong'", 'verify '],
    [[...verify, '--limt', '3'], "unknown option '--limt'\n(Did you mean --limit?)", 'verify '],
    [[...verify, 'more'], "too many arguments for 'verify'. Expected 0 arguments but got 1.", 'verify '],
    [[...verify, '--limit', '0'], '"--limit" expected a whole number of at least 1, got "0"', 'verify '],
    ...['1e3', '9007199254740993', ''].map((limit): [string[], string, string] => [
      [...verify, '--limit', limit],
      `"--limit" expected a whole number of at least 1, got "${limit}"`,
      'verify ',
    ]),
    [
      ['compare', '-c', 'x', '--rounds=1.5'],
      '"--rounds" expected a whole number of at least 1, got "1.5"',
      'compare ',
    ],
    [['info', '-c'], "option '-c, --collection <name>' argument missing", 'info '],
    [['info', '-c', 'x', '--store', 'y'], '"--collection" and "--store" cannot be combined', 'info '],
    [verify, 'queries are required: --queries <file>, or --sample 5 to use stored documents', 'verify '],
    [[...sampled, '--queries', broken], '"--queries" and "--sample" cannot be combined', 'verify '],
    [
      [...sampled, '--source', flat, '--store', 'x'],
      '"--source" and "--store" cannot be combined',
      'verify ',
    ],
    [
      [...verify, '-q', '/missing.jsonl'],
      '"--queries": "/missing.jsonl" cannot be read: the file or folder does not exist',
      'verify ',
    ],
    [
      [...verify, '-q', lacking],
      `"--queries": ${lacking}, line 1: expected a "vector" or a "text", got id`,
      'verify ',
    ],
    [
      [...verify, '-q', hole],
      `"--queries": ${hole}, line 1: "vector"[0][1]: expected a number, got null`,
      'verify ',
    ],
    [
      [...verify, '-q', texts],
      `"--queries": ${texts} has texts; vectors are required, such as {"id": 1, "vector": [[0.1, 0.2], [0.3, 0.4]]} in each line`,
      'verify ',
    ],
    [
      [...verify, '-q', named],
      `"--queries": ${named}, line 1: "id" expected a whole number or a text, got array`,
      'verify ',
    ],
    [[...verify, '-q', empty], `"--queries" expected at least one query, ${empty} is empty`, 'verify '],
    [[...sampled, '--source', nameless], `${nameless}: vector 1 has no "id"; a source needs ids`, 'verify '],
    [
      [...sampled, '--url', 'localhost:6333'],
      '"--url" expected a URL that starts with http:// or https://, got "localhost:6333"',
      'verify ',
    ],
    ...['me:secret', ':secret', 'me'].map((user): [string[], string, string] => [
      [...sampled, '--url', `http://${user}@localhost:6333`],
      '"--url" expected a URL without user and password; put the API key into QDRANT_API_KEY',
      'verify ',
    ]),
    [
      ['advise', '--store', 'x', '--milliseconds', ' '],
      '"--milliseconds" expected a number of at least 0, got " "',
      'advise ',
    ],
    ...['?api-key=secret', '#secret'].map((end): [string[], string, string] => [
      [...sampled, '--url', `http://localhost:6333${end}`],
      '"--url" expected a URL without a query and a fragment; put the API key into QDRANT_API_KEY',
      'verify ',
    ]),
    ...['http://', 'ftp://localhost:6333', 'http://a b'].map((url): [string[], string, string] => [
      [...sampled, '--url', url],
      '"--url" expected a URL that starts with http:// or https://',
      'verify ',
    ]),
    [
      [...sampled, '--url', 'me:secret@localhost:6333'],
      '"--url" expected a URL that starts with http:// or https://',
      'verify ',
    ],
    [['index'], "missing required argument 'paths'", 'index '],
    [['index', '--distance', 'Dot', '.'], '"--distance" requires --vectors', 'index '],
    [['index', '--vector-column', 'a', '.'], '"--vector-column" requires --vectors', 'index '],
    [['index', '--using', 'a', '.'], '"--using" requires --vectors', 'index '],
    [
      ['index', '--datatype', 'f8', '.'],
      "option '--datatype <type>' argument 'f8' is invalid. Allowed choices are float32, float16, i16, i8, binary.",
      'index ',
    ],
    [
      ['index', '--vectors', '--model', 'x', 'a.npy'],
      '"--model" and "--vectors" cannot be combined',
      'index ',
    ],
    [['index', '--vectors', '--lines', 'a.npy'], '"--lines" and "--vectors" cannot be combined', 'index '],
    [['index', '--vectors', '--ext', '.md', 'a.npy'], '"--ext" and "--vectors" cannot be combined', 'index '],
    [['index', '--vectors', '--lazy', 'a.npy'], '"--lazy" and "--vectors" cannot be combined', 'index '],
    [
      ['search', 'x', '--store', 'none', '--heatmap', 'maps'],
      '"--heatmap" is for indexes of pages; create one with: npx maxsimd index --pages',
      'search ',
    ],
    ...[
      ...['--lines', '--vectors', '--distance Dot', '--using a', '--vector-column a', '--id-column a'],
      ...['--text-column a', '--ext .md', '--lazy'],
    ].map((option): [string[], string, string] => [
      ['index', '--pages', 'a.pdf', '--model', 'm', ...option.split(' ')],
      `"${option.split(' ')[0]}" and "--pages" cannot be combined`,
      'index ',
    ]),
    [
      ['search'],
      'a question or --queries <file> is required: npx maxsimd search "fear of spiders"',
      'search ',
    ],
    [
      ['rerank', 'a'],
      'candidates are required on standard input: npx maxsimd rerank "fear of spiders" < lines.txt',
      'rerank ',
    ],
    [['push', '--out', 'a.txt'], '"--out" expected a .npz or .jsonl file, got "a.txt"', 'push '],
    [['push'], 'one of --collection <name> and --out <file> is required', 'push '],
    [['pull', '-c', 'x'], 'one of --store <folder> and --out <file> is required', 'pull '],
    [['push', '-c', 'x', '--using', 'a'], '"--using" requires --out', 'push '],
    [['push', '--out', 'a.npz', '--resume'], '"--resume" requires --collection', 'push '],
    [
      ['push', '--out', 'a.npz', '-c', 'x'],
      'one of --collection <name> and --out <file> is required',
      'push ',
    ],
    [['pull', '-c', 'x', '--store', 's', '--using', 'a'], '"--using" requires --out', 'pull '],
    [['pull', '-c', 'x', '--out', 'a.npz', '--resume'], '"--resume" requires --store', 'pull '],
    [
      ['pull', '-c', 'x', '--out', 'a.npz', '--store', 's'],
      'one of --store <folder> and --out <file> is required',
      'pull ',
    ],
    [['pull', '-c', 'x', '--out', 'a.txt'], '"--out" expected a .npz or .jsonl file, got "a.txt"', 'pull '],
    [['bench', '--using', 'a'], '"--using" requires --store', 'bench '],
    [
      ['search', ' '],
      'a question or --queries <file> is required: npx maxsimd search "fear of spiders"',
      'search ',
    ],
    [
      ['search', 'a', '--queries', 'b'],
      'a question or --queries <file> is required: npx maxsimd search "fear of spiders"',
      'search ',
    ],
    [['eval', '.', '--qrels', 'q.txt'], '"--qrels" is for a run; a folder has qrels, see --split', 'eval '],
    [
      ['eval', 'run.txt', '--qrels', 'q.txt', '--output', 'x'],
      '"--output" is for a folder: the run is a file already',
      'eval ',
    ],
    [['eval', 'package.json'], "required option '--qrels <file>' not specified", 'eval '],
  ])('%j', async (args, message, command) => {
    expect(await runCli(args, { code: 2 })).toEqual({
      stdout: '',
      stderr: `${message}\nSee npx maxsimd ${command}--help\n`,
    })
  })

  it('names the line of a file that is not valid JSON', async () => {
    const { stderr } = await runCli([...verify, '-q', broken], { code: 2 })
    expect(stderr).toMatch(/broken\.jsonl, line 3: is not valid JSON: .*\nSee npx maxsimd verify --help\n$/)
  })

  it('names QDRANT_URL if that is not a URL', async () => {
    const { stderr } = await runCli(['info', '-c', 'x'], { environment: { QDRANT_URL: 'qdrant' }, code: 2 })
    expect(stderr).toBe(
      '"QDRANT_URL" expected a URL that starts with http:// or https://\nSee npx maxsimd info --help\n',
    )
  })
})

it.each([
  ['ENOENT', 'the file or folder does not exist'],
  ['ENOTDIR', 'the file or folder does not exist'],
  ['EISDIR', 'it is a folder'],
  ['EACCES', 'you have no permission to read it'],
  ['EPERM', 'you have no permission to read it'],
  ['ELOOP', 'it is a symbolic link that leads to itself'],
])('a file that cannot be read is named with the reason in words: %s', (code, reason) => {
  const cause = Object.assign(new Error(`${code}: reason of the system`), { code })
  const error = namedFileError('a/b', cause) as Error
  expect([error.message, error.cause]).toEqual([`"a/b" cannot be read: ${reason}`, cause])
})

it('a file that cannot be read for another reason has the error of the system', () => {
  const cause = Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })
  expect(namedFileError('a/b', cause)).toBe(cause)
})

describe('an error of the server', () => {
  const remedyOf = async (message: string, status?: number) => {
    const error = new QdrantError(message, { method: 'GET', path: '/', attempts: 1, status })
    return withServerRemedy(() => Promise.reject(error)).catch(({ message }: Error) => message)
  }
  const start =
    'Start one with "docker run -p 127.0.0.1:6333:6333 qdrant/qdrant", or choose another with --url'

  it('without an answer of Qdrant has a way to start a server', async () => {
    expect(await remedyOf('no JSON')).toBe(`no JSON; is this the address of a Qdrant server? ${start}`)
    expect(await remedyOf('refused; is one running?')).toBe(`refused; is one running? ${start}`)
  })

  it('with an answer, or with a remedy of its own, is as it was', async () => {
    expect(await remedyOf('answered 500', 500)).toBe('answered 500')
    expect(await remedyOf('set NODE_EXTRA_CA_CERTS')).toBe('set NODE_EXTRA_CA_CERTS')
  })
})
