// Concern "command line": the packed package in an empty folder with an empty home, used as the README describes.

import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installInto, root, runProcess, work } from './work.mjs'

export async function checkCommandLine(report, { archives }) {
  const home = join(work, 'home')
  const folder = join(work, 'user')
  mkdirSync(home)
  await installInto(folder, [archives.maxsimd])
  const check = (name, holds, detail) => report.add('command line', name, holds ? '' : detail)

  async function expect(line, { code = 0, stdout = /^/, stderr = /^$/ } = {}) {
    const got = await runProcess('bash', ['-c', line], { cwd: folder, env: { HOME: home } })
    const holds = got.code === code && stdout.test(got.stdout) && stderr.test(got.stderr)
    check(`$ ${line}`, holds, `exit code ${got.code}\n${got.stdout}\n${got.stderr}`)
    return got.stdout
  }

  const installed = readdirSync(join(folder, 'node_modules')).filter(name => !name.startsWith('.'))
  const expected = '@zip.js,entities,fzstd,hyparquet,hyparquet-compressors,hysnappy,maxsimd,parse5'
  check('it brings five dependencies, and three of theirs', installed.join() === expected, installed.join())

  mkdirSync(join(folder, 'notes'))
  writeFileSync(
    join(folder, 'notes/animals.md'),
    '# Animals\n\nA spider sat on the wall, and she screamed with fear.\n\nWolves hunt in packs.\n',
  )
  writeFileSync(join(folder, 'notes/money.txt'), 'The bank failed and the savings were lost.\n')
  await expect('npx maxsimd index notes/', {
    code: 2,
    stderr:
      /^the default encoder needs the package maxsimd-words; install it with: npm install maxsimd-words/,
  })
  await installInto(folder, [archives.maxsimd, archives['maxsimd-words']])
  await expect('npx maxsimd index notes/ && npx maxsimd search "afraid of insects"', {
    stdout: /4 passages in \.maxsimd, .* s\n 1\. notes\/animals\.md:3 .*\n {4}A spider sat on the wall/,
    stderr: /^not in the index: afraid, insects\n$/,
  })
  await expect('npx maxsimd index notes/', {
    stdout: /^0 new files, 0 changed, 2 unchanged, 0 removed; 0 passages read\n/,
  })
  await expect(
    'npx maxsimd search savings --json | node -p "JSON.parse(require(\'node:fs\').readFileSync(0)).hits[0].file"',
    {
      stdout: /^notes\/money\.txt\n$/,
    },
  )
  await expect('npx maxsimd search savings | head -1', { stdout: /^ 1\. notes\/money\.txt:1/ })
  await expect('npx maxsimd rerank "wild animals" < notes/animals.md | head -2', { stdout: /Animals|Wolves/ })
  await expect('npx maxsimd push --out notes.npz && npx maxsimd index --vectors notes.npz --store vectors', {
    stdout: /4 documents, \d+ rows read\n4 documents in vectors\n$/,
  })
  await expect('npx maxsimd info --store .maxsimd', { stdout: /^\.maxsimd: 4 points in 1 segment/ })
  if (process.platform === 'linux') {
    await expect('npx maxsimd search savings > /dev/full', {
      code: 2,
      stderr: /^standard output cannot be written: ENOSPC/,
    })
  }
  await expect('npx maxsimd demo', { stdout: /Artificial intelligence is used in hospitals/ })
  await expect('npx maxsimd bench --json', { stdout: /"dtype": "binary"/ })
  await expect('npx maxsimd search spiders --store nowhere', {
    code: 2,
    stderr: /^no index or store at "nowhere"/,
  })
  const help = await expect('npx maxsimd --help', { stdout: /\nExit codes: / })
  const commands = [...help.matchAll(/^ {2}([a-z]+) (?=.* {2})/gm)].map(([, name]) => name)
  check('--help lists the commands', commands.includes('search') && commands.includes('info'), help)
  for (const command of commands.filter(name => name !== 'help')) {
    await expect(`npx maxsimd ${command} --help`, { stdout: /\nExamples:\n/ })
  }
  cpSync(join(root, 'test/fixtures/formats/nested.parquet'), join(folder, 'a.parquet'))
  await expect('npx maxsimd index --vectors a.parquet --store parquet', { stdout: /documents in parquet\n$/ })
  for (const part of ['', '/encode', '/store', '/formats', '/evaluation', '/texts', '/transfer', '/qdrant']) {
    writeFileSync(
      join(folder, 'import.mjs'),
      `console.log(Object.keys(await import('maxsimd${part}')).length > 0)`,
    )
    await expect(`node import.mjs # maxsimd${part}`, { stdout: /^true\n$/ })
  }
}
