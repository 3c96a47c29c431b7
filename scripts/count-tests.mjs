// Adds up the tests of a run of .ci/run: `node scripts/count-tests.mjs FOLDER [--write]`, where FOLDER has
//
//   seconds.tsv   a line for each suite: its name, a tab, and its duration in seconds
//   SUITE.json    vitest's report of a suite         SUITE.txt   output that ends with "N passed, M failed"
//   test.log      the output of `npm test`
//
// Prints the sum on the last line. --write also writes the table of docs/testing.md.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'

const [folder, write] = process.argv.slice(2)
const read = file => (existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : undefined)

function countTests(suite) {
  const report = read(`${suite}.json`)
  if (report !== undefined) {
    const { numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped } = JSON.parse(report)
    return { passed, failed, skipped }
  }
  const output = read(`${suite}.txt`)
  if (output !== undefined) {
    const [, passed, failed] = /(\d+) passed, (\d+) failed\n$/.exec(output)
    return { passed: Number(passed), failed: Number(failed), skipped: 0 }
  }
  const [, line] = /^\s+Tests\s+(.*)$/m.exec(read(`${suite}.log`))
  const count = word => Number(new RegExp(`(\\d+) ${word}`).exec(line)?.[1] ?? 0)
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') }
}

const suites = read('seconds.tsv')
  .trim()
  .split('\n')
  .map(line => {
    const [name, seconds] = line.split('\t')
    return { name, seconds: Number(seconds), ...countTests(name) }
  })
const total = key => suites.reduce((sum, suite) => sum + suite[key], 0)

if (write === '--write') {
  const page = 'docs/testing.md'
  const node = process.versions.node.split('.')[0]
  const table = [
    `On ${cpus().length} cores of ${cpus()[0].model.trim()}, Node ${node}, including the installation of what a suite needs:`,
    '',
    '| suite | tests | skipped | seconds |',
    '| --- | ---: | ---: | ---: |',
    ...suites.map(
      ({ name, passed, skipped, seconds }) => `| ${name} | ${passed} | ${skipped} | ${seconds} |`,
    ),
  ].join('\n')
  writeFileSync(
    page,
    readFileSync(page, 'utf8').replace(
      /(<!-- suites:start -->)[\s\S]*(<!-- suites:end -->)/,
      (_, start, end) => `${start}\n\n${table}\n\n${end}`,
    ),
  )
}
const skipped = total('skipped')
console.log(`${total('passed')} passed, ${total('failed')} failed${skipped ? `, ${skipped} skipped` : ''}`)
