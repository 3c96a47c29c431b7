// node test/store/soak.mjs kills [COUNT] [SEED], after `npm run build`: kills a writer (SIGKILL) COUNT times at random
// moments of upserts, deletions and compactions, and opens the store again. Every acknowledged point must exist, and every
// query must return the right results. Exits with 1 at the first error.
//
// `npm run test:slow` runs the long forms of the other tests; STORE_SOAK=100000 sets the trials of damage.slow.test.ts.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createScorer } from '../../dist/index.js'
import { createStore, openStore } from '../../dist/store/index.js'
import { applyTo, changeOf, DIM, randomOf, rowsOf } from './changes.mjs'

const [, , command, count = '1000', seed = '1'] = process.argv
if (command !== 'kills') {
  console.error('usage: node test/store/soak.mjs kills [COUNT] [SEED]')
  process.exit(2)
}

const folder = mkdtempSync(join(tmpdir(), 'maxsimd-kills-'))
const path = join(folder, 'store')
const random = randomOf(Number(seed))
const scorer = await createScorer()
const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

/** Runs a writer, kills it after `milliseconds`, and returns the last change that it acknowledged. */
function killedWriter(first, milliseconds) {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [new URL('writer.mjs', import.meta.url).pathname, path, String(first)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    running.add(child)
    let done = first - 1
    let isOpen = false
    createInterface({ input: child.stdout }).on('line', line => {
      if (line === 'open') {
        isOpen = true
        setTimeout(() => child.kill('SIGKILL'), milliseconds)
      } else done = Number(line)
    })
    child.once('exit', (code, signal) => {
      running.delete(child)
      if (signal === 'SIGKILL' && isOpen) setImmediate(() => resolve(done))
      else reject(new Error(`the writer ended before it was killed: ${code ?? signal}`))
    })
  })
}

const textOf = ({ payload, vector }) => `${JSON.stringify(payload)} ${vector.colbert.data.join()}`

/** Returns the first difference between a store and a model; undefined if they are equal. */
async function differenceOf(store, model) {
  let seen = 0
  for await (const point of store.scroll({ with_vector: true })) {
    const wanted = model.get(point.id)
    if (!wanted || textOf(point) !== textOf(wanted)) return `point ${point.id}`
    seen++
  }
  return seen === model.size ? undefined : `${seen} points instead of ${model.size}`
}

/** Returns true if a query returns the same results as the scorer for the model's documents. */
async function answersRight(store, model) {
  const query = rowsOf(random, 4)
  const points = [...model.values()].sort((a, b) => a.id - b.id)
  if (points.length === 0) return true
  const limit = Math.min(20, points.length)
  const wanted = scorer.rank(
    query,
    points.map(({ vector }) => vector.colbert),
    { limit },
  )
  const hits = await store.query(query, { limit })
  return (
    hits.map(({ id, score }) => `${id} ${score}`).join() ===
    wanted.map(({ index, score }) => `${points[index].id} ${score}`).join()
  )
}

const store = await createStore({ path, vectors: { colbert: { size: DIM, distance: 'Dot' } } })
await store.close()
let first = 0
const model = new Map()
let [lost, wrong, changes, compactions] = [0, 0, 0, 0]
const started = performance.now()
for (let kill = 1; kill <= Number(count); kill++) {
  const done = await killedWriter(first, random() ** 2 * 150)
  for (; first <= done; first++) {
    applyTo(model, changeOf(first))
    changes++
    if (changeOf(first).compact) compactions++
  }
  // the interrupted change was applied entirely, not at all, or up to one of its batches
  const readOnly = random() < 0.5
  const opened = await openStore(path, { readOnly, memory: random() < 0.5 ? 0 : '64 MB' })
  let difference
  let found
  for (const batches of [0, 1, 2, 3]) {
    const change = changeOf(first)
    const possible = applyTo(
      new Map(model),
      batches === 0 || (!change.points && batches < 3) ? {} : change,
      batches,
    )
    difference = await differenceOf(opened, possible)
    if (difference === undefined) {
      found = possible
      break
    }
  }
  if (!found) {
    lost++
    console.error(`kill ${kill}, after change ${done}: ${difference}`)
  } else if (!(await answersRight(opened, found))) {
    wrong++
    console.error(`kill ${kill}, after change ${done}: a wrong result`)
  }
  await opened.close()
  if (lost + wrong > 0) break
  if (kill % 100 === 0) console.error(`${kill} kills, ${changes} changes`)
}
const seconds = ((performance.now() - started) / 1000).toFixed(0)
console.log(
  `${count} kills during ${changes} changes and ${compactions} compactions in ${seconds} s: ` +
    `${lost} times points were lost or half-written, ${wrong} wrong results, every open succeeded`,
)
process.exitCode = lost + wrong > 0 ? 1 : 0
