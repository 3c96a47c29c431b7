// Adds up the tests of a run of .ci/run: `node scripts/count-tests.mjs FOLDER`, where FOLDER has
//
//   unit.log  the output of `npm test`      *.json  vitest's JSON reports      *.txt  output that ends with "N passed, M failed"

import { readdirSync, readFileSync } from 'node:fs'

const [folder] = process.argv.slice(2)
const sum = { passed: 0, failed: 0, skipped: 0 }
const add = (passed, failed, skipped = 0) => {
  sum.passed += Number(passed)
  sum.failed += Number(failed)
  sum.skipped += Number(skipped)
}
for (const file of readdirSync(folder)) {
  const read = () => readFileSync(`${folder}/${file}`, 'utf8')
  if (file.endsWith('.json')) {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(read())
    add(numPassedTests, numFailedTests, numPendingTests)
  } else if (file.endsWith('.txt')) {
    const [, passed, failed] = /(\d+) passed, (\d+) failed\n$/.exec(read())
    add(passed, failed)
  } else if (file === 'unit.log') {
    const [, line] = /^\s+Tests\s+(.*)$/m.exec(read())
    const count = word => new RegExp(`(\\d+) ${word}`).exec(line)?.[1] ?? 0
    add(count('passed'), count('failed'), count('skipped'))
  }
}
console.log(`${sum.passed} passed, ${sum.failed} failed${sum.skipped ? `, ${sum.skipped} skipped` : ''}`)
