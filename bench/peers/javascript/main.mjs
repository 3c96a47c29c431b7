// Runs a JavaScript peer in a separate process: node main.mjs MODULE OPTIONS. ./MODULE.mjs exports
// create(inputs, options) -> { version, scores(), rank()? }. All of them may return promises.
//
//   {"load": FOLDER}  ->  {"version", "scores", "ranked"}          {"time": MS}  ->  {"milliseconds", "cpu"}
//
// Requests and responses are lines of JSON. Documents are loaded before the timing. The timed operation ranks the ten
// best documents, from the unpacked query. The process ends with its standard input, so that it never outlives the program
// that started it.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** Results per query. */
const LIMIT = 10

function read(folder) {
  const { dim, rows } = JSON.parse(readFileSync(join(folder, 'workload.json'), 'utf8'))
  const floats = name => {
    const { buffer } = new Uint8Array(readFileSync(join(folder, name)))
    return new Float32Array(buffer)
  }
  const all = floats('documents.f32')
  let end = 0
  const documents = rows.map(count => {
    const start = end
    end += count * dim
    return { data: all.subarray(start, end), dim }
  })
  return { query: { data: floats('query.f32'), dim }, documents, limit: Math.min(LIMIT, rows.length) }
}

/** The `limit` best scores, best first. One pass that keeps a short sorted list. */
function topK(scores, limit) {
  const ranked = []
  let bar = -Infinity
  for (let index = 0; index < scores.length; index++) {
    const score = scores[index]
    if (ranked.length === limit && !(score > bar)) continue
    let position = ranked.length
    while (position > 0 && ranked[position - 1].score < score) position--
    ranked.splice(position, 0, { index, score })
    if (ranked.length > limit) ranked.pop()
    bar = ranked.at(-1).score
  }
  return ranked
}

const [module, options] = process.argv.slice(2)
// standard output is for responses only
console.log = console.error
const { create } = await import(`./${module}.mjs`)
let rank

const commands = {
  async load(folder) {
    const inputs = read(folder)
    const peer = await create(inputs, JSON.parse(options))
    rank = peer.rank ?? (() => then(peer.scores(), scores => topK(scores, inputs.limit)))
    const ranked = await rank()
    return {
      version: peer.version,
      scores: Array.from(await peer.scores()),
      ranked: ranked.map(({ index, score }) => [index, score]),
    }
  },
  async time(milliseconds) {
    const samples = []
    const cpu = process.cpuUsage()
    const start = performance.now()
    let now = start
    while (now - start < milliseconds) {
      const result = rank()
      // a result that is not a promise must not cost a turn of the event loop
      if (result instanceof Promise) await result
      const end = performance.now()
      samples.push(end - now)
      now = end
    }
    const { user, system } = process.cpuUsage(cpu)
    return { milliseconds: samples, cpu: (user + system) / 1000 / (now - start) }
  },
}

/** Calls `use` with a value, or with the value of a promise. */
function then(value, use) {
  return value instanceof Promise ? value.then(use) : use(value)
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer
  try {
    const [[name, argument]] = Object.entries(JSON.parse(line))
    answer = await commands[name](argument)
  } catch (error) {
    answer = { error: error?.message ?? String(error) }
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
process.exit()
