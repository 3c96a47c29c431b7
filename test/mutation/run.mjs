// Mutation testing of src/: `npm run test:mutation`, with StrykerJS. A mutant is one small change of one line; a good suite
// fails for it. The sample is seeded, and results are kept in build/mutation, so a run that was interrupted continues.
//
//   --lines N     lines per folder (default: 40)       --folder NAME   one folder of src/, repeatable (default: all)
//   --seed N      another sample (default: 1)          --fresh         forget the results of earlier runs
//   --write       write the score of each folder into docs/testing.md

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { sampleLines } from './sample.mjs'

const here = import.meta.dirname
const root = join(here, '../..')
process.chdir(root)

const { values } = parseArgs({
  options: {
    lines: { type: 'string', default: '40' },
    seed: { type: 'string', default: '1' },
    folder: { type: 'string', multiple: true },
    fresh: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
})

const installed = join(here, 'node_modules/.package-lock.json')
if (
  !existsSync(installed) ||
  statSync(installed).mtimeMs < statSync(join(here, 'package-lock.json')).mtimeMs
) {
  console.error('installing StrykerJS into test/mutation/node_modules (64 MB, once)')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  execFileSync(npm, ['ci', '--omit=peer', '--legacy-peer-deps', '--silent'], {
    cwd: here,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
}
const { Stryker } = await import('@stryker-mutator/core')

const folders =
  values.folder ??
  readdirSync('src', { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(({ name }) => name)

const results = 'build/mutation'
if (values.fresh) rmSync(results, { recursive: true, force: true })
mkdirSync(results, { recursive: true })

const mutants = await new Stryker({
  mutate: sampleLines(folders, Number(values.lines), Number(values.seed)),
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: true },
  plugins: [join(here, 'node_modules/@stryker-mutator/vitest-runner/dist/src/index.js')],
  // StrykerJS rewrites tsconfig.json with the API of TypeScript 5, which TypeScript 7 does not have; nothing reads it here
  tsconfigFile: 'unused.json',
  concurrency: 2,
  timeoutMS: 10_000,
  incremental: true,
  incrementalFile: `${results}/incremental.json`,
  reporters: ['progress-append-only', 'json', 'html'],
  jsonReporter: { fileName: `${results}/report.json` },
  htmlReporter: { fileName: `${results}/report.html` },
  tempDirName: `${results}/sandbox`,
  ignorePatterns: ['bench/results', 'test/**/node_modules', '.git', 'build/!(*.wasm)'],
  disableTypeChecks: false,
  allowEmpty: true,
  clearTextReporter: { allowColor: false },
}).runMutationTest()

const isCaught = ({ status }) => status === 'Killed' || status === 'Timeout'
const isCounted = ({ status }) => isCaught({ status }) || status === 'Survived' || status === 'NoCoverage'

const rows = folders.map(folder => {
  const own = mutants.filter(
    mutant => isCounted(mutant) && mutant.fileName.replaceAll('\\', '/').includes(`src/${folder}/`),
  )
  const caught = own.filter(isCaught).length
  return {
    folder,
    mutants: own.length,
    caught,
    score: own.length ? Math.round((100 * caught) / own.length) : undefined,
  }
})
for (const { folder, mutants: count, caught, score } of rows) {
  console.log(`${folder}: ${caught} of ${count} mutants caught${score === undefined ? '' : ` (${score} %)`}`)
}
for (const { fileName, location, mutatorName, replacement, status } of mutants) {
  if (status !== 'Survived' && status !== 'NoCoverage') continue
  console.log(`${status}: ${fileName}:${location.start.line} ${mutatorName} -> ${replacement}`)
}

if (values.write) {
  const table = [
    `\`npm run test:mutation -- --lines ${values.lines} --seed ${values.seed} --write\` wrote this table:`,
    '',
    '| folder of src/ | mutants | caught | score |',
    '| --- | ---: | ---: | ---: |',
    ...rows.map(
      ({ folder, mutants: count, caught, score }) =>
        `| ${folder} | ${count} | ${caught} | ${score ?? '-'} % |`,
    ),
  ].join('\n')
  const file = 'docs/testing.md'
  const text = readFileSync(file, 'utf8')
  writeFileSync(
    file,
    text.replace(
      /(<!-- mutation:start -->)[\s\S]*(<!-- mutation:end -->)/,
      (_, start, end) => `${start}\n\n${table}\n\n${end}`,
    ),
  )
}
