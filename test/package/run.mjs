// Packs the package, installs it into an empty folder with an empty home, and uses it there as the README describes. Needs
// the npm registry for its two dependencies. Prints the number of checks on the last line.

import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const work = mkdtempSync(join(tmpdir(), 'maxsimd-pack-'))
const home = join(work, 'home')
const folder = join(work, 'user')
for (const made of [home, folder]) mkdirSync(made)

const counts = { passed: 0, failed: 0 }
function check(name, holds, detail) {
  counts[holds ? 'passed' : 'failed']++
  console.log(`${holds ? 'ok' : 'FAILED'}: ${name}${holds ? '' : `\n${detail}`}`)
}

// variables that npm set for this run would confuse the next npm
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_(?!config_)/i.test(name)),
)
const env = { ...environment, HOME: home, NO_COLOR: '1' }

/** Runs a shell command in the user's folder. */
const shell = (line, input = '') =>
  spawnSync('bash', ['-c', line], { cwd: folder, env, encoding: 'utf8', input })

function expect(line, { code = 0, stdout = /^/, stderr = /^$/, input } = {}) {
  const got = shell(line, input)
  const holds = got.status === code && stdout.test(got.stdout) && stderr.test(got.stderr)
  check(`$ ${line}`, holds, `exit code ${got.status}\n${got.stdout}\n${got.stderr}`)
  return got.stdout
}

try {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  execFileSync(npm, ['pack', '--silent', '--ignore-scripts', '--pack-destination', work], { cwd: root })
  const tarball = readdirSync(work).find(name => name.endsWith('.tgz'))
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}')
  execFileSync(npm, ['install', '--silent', '--no-audit', '--no-fund', '--omit=peer', join(work, tarball)], {
    cwd: folder,
    env,
  })
  const installed = readdirSync(join(folder, 'node_modules')).filter(name => !name.startsWith('.'))
  const expected = '@zip.js,commander,fzstd,hyparquet,hyparquet-compressors,hysnappy,maxsimd'
  check('it brings four dependencies, and two of theirs', installed.join() === expected, installed.join())

  mkdirSync(join(folder, 'notes'))
  writeFileSync(
    join(folder, 'notes/animals.md'),
    '# Animals\n\nA spider sat on the wall, and she screamed with fear.\n\nWolves hunt in packs.\n',
  )
  writeFileSync(join(folder, 'notes/money.txt'), 'The bank failed and the savings were lost.\n')
  expect('npx maxsimd index notes/ && npx maxsimd search "afraid of insects"', {
    stdout: /4 passages in \.maxsimd, .* s\n 1\. notes\/animals\.md:3 .*\n {4}A spider sat on the wall/,
  })
  expect('npx maxsimd index notes/', {
    stdout: /^0 new files, 0 changed, 2 unchanged, 0 removed; 0 passages read\n/,
  })
  expect(
    'npx maxsimd search savings --json | node -p "JSON.parse(require(\'node:fs\').readFileSync(0)).hits[0].file"',
    {
      stdout: /^notes\/money\.txt\n$/,
    },
  )
  expect('npx maxsimd search savings | head -1', { stdout: /^ 1\. notes\/money\.txt:1/ })
  expect('npx maxsimd rerank "wild animals" < notes/animals.md | head -2', { stdout: /Animals|Wolves/ })
  expect('npx maxsimd push --out notes.npz && npx maxsimd index --vectors notes.npz --store vectors', {
    stdout: /4 documents, \d+ rows read\n4 documents in vectors\n$/,
  })
  expect('npx maxsimd info --store .maxsimd', { stdout: /^\.maxsimd: 4 points in 1 segment/ })
  if (process.platform === 'linux') {
    expect('npx maxsimd search savings > /dev/full', {
      code: 2,
      stderr: /^standard output cannot be written: ENOSPC/,
    })
  }
  expect('npx maxsimd demo', { stdout: /Artificial intelligence is used in hospitals/ })
  expect('npx maxsimd bench --json', { stdout: /"dtype": "binary"/ })
  expect('npx maxsimd search spiders --store nowhere', {
    code: 2,
    stderr: /^no index or store at "nowhere"/,
  })
  const help = expect('npx maxsimd --help', { stdout: /\nExit codes: / })
  const commands = [...help.matchAll(/^ {2}([a-z]+) (?=.* {2})/gm)].map(([, name]) => name)
  check('--help lists the commands', commands.includes('search') && commands.includes('info'), help)
  for (const command of commands.filter(name => name !== 'help')) {
    expect(`npx maxsimd ${command} --help`, { stdout: /\nExamples:\n/ })
  }
  cpSync(join(root, 'test/fixtures/formats/nested.parquet'), join(folder, 'a.parquet'))
  expect('npx maxsimd index --vectors a.parquet --store parquet', { stdout: /documents in parquet\n$/ })
  for (const part of ['', '/encode', '/store', '/formats', '/evaluation', '/texts', '/transfer', '/qdrant']) {
    writeFileSync(
      join(folder, 'import.mjs'),
      `console.log(Object.keys(await import('maxsimd${part}')).length > 0)`,
    )
    expect(`node import.mjs # maxsimd${part}`, { stdout: /^true\n$/ })
  }
} finally {
  rmSync(work, { recursive: true, force: true })
}
console.log(`${counts.passed} passed, ${counts.failed} failed`)
process.exitCode = counts.failed > 0 ? 1 : 0
