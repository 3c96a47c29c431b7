// Mutation testing: `npm run test:mutation`, of src/ with StrykerJS, of assembly/ with `assembly.mjs`. A mutant is one small
// change of one line; a good suite fails for it. The sample is seeded, and results are kept in build/mutation, so a run that
// was interrupted continues.
//
//   --lines N     lines per folder (default: 40)       --folder NAME   assembly or a folder of src/, repeatable (default: all)
//   --seed N      another sample (default: 1)          --fresh         forget the results of earlier runs
//   --write       write the score of each folder into docs/testing.md
//   --static      also mutate what runs when a module is loaded, such as constants. Each of these mutants needs the whole
//                 suite, so that half of the mutants take nine tenths of the time

import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { installPackages } from '../../scripts/install-packages.mjs'
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
    static: { type: 'boolean', default: false },
  },
})

const folders = values.folder ?? [
  'assembly',
  ...readdirSync('src', { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(({ name }) => name),
]

const results = 'build/mutation'
if (values.fresh) rmSync(results, { recursive: true, force: true })
mkdirSync(results, { recursive: true })

/** Mutates a sample of lines of folders of src/. */
async function mutateSources(sampled) {
  if (sampled.length === 0) return []
  installPackages(here, 'StrykerJS into test/mutation/node_modules (64 MB, once)', [
    '--omit=peer',
    '--legacy-peer-deps',
  ])
  const { Stryker } = await import('@stryker-mutator/core')
  return new Stryker({
    mutate: sampleLines(sampled, Number(values.lines), Number(values.seed), values.static),
    testRunner: 'vitest',
    vitest: { configFile: 'test/mutation/vitest.config.ts', related: true },
    plugins: [join(here, 'node_modules/@stryker-mutator/vitest-runner/dist/src/index.js')],
    // StrykerJS rewrites tsconfig.json with the API of TypeScript 5, which TypeScript 7 does not have; nothing reads it here
    tsconfigFile: 'unused.json',
    concurrency: 2,
    ignoreStatic: !values.static,
    timeoutMS: 60_000,
    // the first run has every test that a mutant may need, on one worker
    dryRunTimeoutMinutes: 15,
    incremental: true,
    incrementalFile: `${results}/incremental.json`,
    reporters: ['progress-append-only', 'json', 'html'],
    jsonReporter: { fileName: `${results}/report.json` },
    htmlReporter: { fileName: `${results}/report.html` },
    tempDirName: `${results}/sandbox`,
    ignorePatterns: ['bench/results', 'test/**/node_modules', '.venv', '.git', 'build/*', '!build/*.wasm'],
    disableTypeChecks: false,
    allowEmpty: true,
    clearTextReporter: { allowColor: false },
  }).runMutationTest()
}

/** Mutates a sample of assembly/, in a process of its own: it works in a copy of the checkout. */
function mutateAssembly() {
  const options = ['--mutants', values.lines, '--seed', values.seed]
  const { status } = spawnSync(process.execPath, [join(here, 'assembly.mjs'), ...options], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(1)
  return JSON.parse(readFileSync(`${results}/assembly-sample.json`, 'utf8'))
}

const mutants = [
  ...(await mutateSources(folders.filter(folder => folder !== 'assembly'))),
  ...(folders.includes('assembly') ? mutateAssembly() : []),
]

const isCaught = ({ status }) => status === 'Killed' || status === 'Timeout'
const isCounted = ({ status }) => isCaught({ status }) || status === 'Survived' || status === 'NoCoverage'

const pathOf = ({ fileName }) => relative(root, fileName).replaceAll('\\', '/')

const rows = folders.map(folder => {
  const own = mutants.filter(
    mutant =>
      isCounted(mutant) && pathOf(mutant).startsWith(folder === 'assembly' ? 'assembly/' : `src/${folder}/`),
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
for (const mutant of mutants) {
  const { location, mutatorName, replacement, status } = mutant
  if (status !== 'Survived' && status !== 'NoCoverage') continue
  console.log(`${status}: ${pathOf(mutant)}:${location.start.line} ${mutatorName} -> ${replacement}`)
}

if (values.write) {
  const named = (values.folder ?? []).flatMap(folder => ['--folder', folder])
  const options = [...named, '--lines', values.lines, '--seed', values.seed]
  if (values.static) options.push('--static')
  const table = [
    `\`npm run test:mutation -- ${options.join(' ')} --write\` wrote this table:`,
    '',
    '| folder | mutants | caught | score |',
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
