// Mutation testing of assembly/, which StrykerJS does not read. Each mutant is one changed operator, constant or statement of
// one line: it is compiled in a copy of the checkout, and the kernel's tests run there until the first fails.
//
//   node test/mutation/assembly.mjs --mutants N --seed N      (run.mjs calls this)
//
// A mutant that does not compile, or has the original's binary, is not counted. Verdicts are kept in
// build/mutation/assembly.json: a run that was interrupted continues, and only survivors are tried again with other tests.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import asc from 'assemblyscript/asc'
import { embeddingSource, modules, sourcesIn, writeConstants } from '../../scripts/wasm.mjs'
import { codeLines, random } from './sample.mjs'

const root = join(import.meta.dirname, '../..')
process.chdir(root)

const { values } = parseArgs({
  options: { mutants: { type: 'string', default: '40' }, seed: { type: 'string', default: '1' } },
})

const RESULTS = resolve('build/mutation/assembly.json')
const SANDBOX = resolve('build/mutation/assembly')
const COPIED = ['assembly', 'src', 'scripts', 'asconfig.json', 'package.json', 'tsconfig.json', 'test']
/** The tests that read the binary of a folder. */
const TESTS = {
  assembly: [
    'test/kernel/kernel.test',
    'test/kernel/figures',
    'test/kernel/load',
    'test/kernel/checksum',
    'test/core',
  ],
  'assembly/json': ['test/kernel/codec'],
  'assembly/pixels': ['test/kernel/pixels', 'test/encode/pages'],
}

/** Replacements, each of one kind: every match in a line is a mutant. */
const MUTATORS = [
  ['comparison', / < /g, ' <= '],
  ['comparison', / <= /g, ' < '],
  ['comparison', / > /g, ' >= '],
  ['comparison', / >= /g, ' > '],
  ['comparison', / == /g, ' != '],
  ['arithmetic', / \+ /g, ' - '],
  ['arithmetic', / - /g, ' + '],
  ['arithmetic', / \* /g, ' + '],
  ['arithmetic', / \/ /g, ' * '],
  ['shift', / << /g, ' >> '],
  ['shift', / >> /g, ' << '],
  ['bits', / & /g, ' | '],
  ['logic', / && /g, ' || '],
  ['logic', / \|\| /g, ' && '],
  ['assignment', / \+= /g, ' -= '],
  ['minimum', /\bmin(?=[(<])/g, 'max'],
  ['minimum', /\bmax(?=[(<])/g, 'min'],
  ['lanes', /\.add\(/g, '.sub('],
  ['lanes', /\.(p?)max(?=[_(])/g, '.$1min'],
  ['lanes', /\.(p?)min(?=[_(])/g, '.$1max'],
  ['rounding', /\bnearest\(/g, 'Math.floor('],
  ['constant', /(?<![\w.$])(\d+)(?![\w.])/g, (_, digits) => String(Number(digits) + 1)],
  ['operands', /\b([\w.]+) - ([\w.]+)\b/g, '$2 - $1'],
  ['condition', /\bif \((.*)\) (?=return|break|continue|\w+ =)/g, 'if (!($1)) '],
  ['statement', /^(\s*)[\w.<>]+\(.*\)$/g, '$1;'],
  ['statement', /^(\s*)[\w.[\]]+ ([+*|-]|<<|>>)?= [^{]*[^{,(&|+-]$/g, '$1;'],
]

/** All mutants of a file: where they are, and the line that replaces the original. */
function mutantsOf(file) {
  const lines = readFileSync(file, 'utf8').split('\n')
  return codeLines(file, true).flatMap(number => {
    const line = lines[number - 1]
    const code = line.replace(/\/\/.*$/, '')
    if (/^\s*@|ERROR\(/.test(code)) return []
    return MUTATORS.flatMap(([mutator, pattern, replacement]) =>
      Array.from(code.matchAll(pattern), match => {
        const mutated = code.slice(match.index, match.index + match[0].length)
        const changed = mutated.replace(new RegExp(pattern.source), replacement)
        const text = code.slice(0, match.index) + changed + code.slice(match.index + match[0].length)
        return { file, line: number, mutator, original: line.trim(), text }
      }),
    )
  })
}

/** The hash of everything that a verdict depends on. */
function hashOf(files) {
  const hash = createHash('sha256')
  for (const file of [...files].sort()) hash.update(readFileSync(file))
  return hash.digest('hex').slice(0, 16)
}

const filesIn = folder =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(file => join(folder, file))
    .filter(file => /\.m?ts$/.test(file))

/** A copy of the checkout in which sources are changed and built. */
function createSandbox() {
  rmSync(SANDBOX, { recursive: true, force: true })
  mkdirSync(join(SANDBOX, 'build'), { recursive: true })
  const isCopied = path => !/[\\/]node_modules([\\/]|$)/.test(path.slice(root.length))
  for (const name of COPIED) cpSync(name, join(SANDBOX, name), { recursive: true, filter: isCopied })
  symlinkSync(resolve('node_modules'), join(SANDBOX, 'node_modules'), 'junction')
}

const moduleOf = file => modules.find(({ folder }) => folder === file.slice(0, file.lastIndexOf('/')))

/** Compiles and embeds a module. Returns the hash of its binaries, or undefined if it does not compile. */
async function build(module) {
  const hash = createHash('sha256')
  for (const target of Object.keys(module.binaries)) {
    const options = [`${module.folder}/index.ts`, '--target', target, '--disableWarning']
    const { error } = await asc.main(options, { stdout: { write() {} }, stderr: { write() {} } })
    if (error) return undefined
    hash.update(readFileSync(`build/${target}.wasm`))
  }
  writeConstants()
  writeFileSync(module.generated, embeddingSource(module, '// A mutant'))
  return hash.digest('hex')
}

/** Runs the tests of a folder until the first fails. Returns Survived, Killed or Timeout, and the title of the failure. */
function test(folder, timeout) {
  // threads end with their process; a process of its own would go on for ever in a mutant that loops
  const options = [
    '--config',
    'test/mutation/vitest.config.ts',
    '--bail=1',
    '--no-file-parallelism',
    '--pool=threads',
  ]
  const { status, error, stdout } = spawnSync(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', ...TESTS[folder], ...options, '--reporter=json'],
    { encoding: 'utf8', timeout, killSignal: 'SIGKILL', maxBuffer: 1e9 },
  )
  if (error) return { status: 'Timeout' }
  if (status === 0) return { status: 'Survived' }
  const title = /"status":"failed","title":"((?:[^"\\]|\\.)*)"/.exec(stdout)?.[1]
  return { status: 'Killed', by: title ?? 'a file that does not load' }
}

/** Builds and tests one mutant in the sandbox. */
async function verdictOf({ file, line, text }, { binaries, timeouts }) {
  const original = readFileSync(file, 'utf8')
  const lines = original.split('\n')
  lines[line - 1] = text
  const module = moduleOf(file)
  writeFileSync(file, lines.join('\n'))
  try {
    const binary = await build(module)
    if (binary === undefined) return { status: 'CompileError' }
    if (binary === binaries[module.folder]) return { status: 'Equivalent' }
    return test(module.folder, timeouts[module.folder])
  } finally {
    writeFileSync(file, original)
  }
}

const isCounted = ({ status }) => status !== 'CompileError' && status !== 'Equivalent'

const sources = hashOf(filesIn('assembly'))
const tests = hashOf([...filesIn('test/kernel'), ...filesIn('test/core'), ...filesIn('test/support')])
const known = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')) : {}
const keyOf = ({ file, line, text }) => `${sources} ${file}:${line} ${text.trim()}`

const all = modules.flatMap(({ folder }) => sourcesIn(folder).flatMap(mutantsOf))
const next = random(Number(values.seed))
for (let i = all.length - 1; i > 0; i--) {
  const j = Math.floor(next() * (i + 1))
  ;[all[i], all[j]] = [all[j], all[i]]
}

createSandbox()
process.chdir(SANDBOX)
const original = { binaries: {}, timeouts: {} }
/** Builds and tests a folder without a mutant, once, for its binary and the time that its tests take. */
async function prepare(folder) {
  if (original.binaries[folder]) return
  const module = modules.find(other => other.folder === folder)
  original.binaries[folder] = await build(module)
  const started = performance.now()
  const { status, by } = test(folder, 600_000)
  if (status !== 'Survived') throw new Error(`the tests of ${folder} fail without a mutant: ${by ?? status}`)
  original.timeouts[folder] = Math.ceil(60_000 + 5 * (performance.now() - started))
}

const verdicts = []
for (const mutant of all) {
  if (verdicts.filter(isCounted).length === Number(values.mutants)) break
  const key = keyOf(mutant)
  let verdict = known[key]
  if (!verdict || (verdict.status === 'Survived' && verdict.tests !== tests)) {
    const { folder } = moduleOf(mutant.file)
    await prepare(folder)
    verdict = { ...(await verdictOf(mutant, original)), tests }
    // the original again, for a mutant of the other folder
    if (isCounted(verdict)) await build(moduleOf(mutant.file))
    known[key] = verdict
    writeFileSync(RESULTS, JSON.stringify(known, undefined, 2))
    console.error(
      `${verdict.status}: ${mutant.file}:${mutant.line} ${mutant.mutator} -> ${mutant.text.trim()}`,
    )
  }
  verdicts.push({ ...mutant, ...verdict })
}

// in the form of StrykerJS's results
const report = verdicts.map(({ file, line, mutator, text, status }) => ({
  fileName: join(root, file),
  location: { start: { line } },
  mutatorName: mutator,
  replacement: text.trim(),
  status,
}))
writeFileSync(RESULTS.replace('.json', '-sample.json'), JSON.stringify(report))
