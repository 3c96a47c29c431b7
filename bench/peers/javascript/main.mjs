// A JavaScript peer in a process of its own: node main.mjs MODULE OPTIONS, where ./MODULE.mjs exports
// create(inputs, options) -> { version, scores(), rank()? }, either of them perhaps a promise.
//
//   {"load": FOLDER}  ->  {"version", "scores", "ranked"}          {"time": MS}  ->  {"milliseconds", "cpu"}
//
// One line of JSON each way. Documents are held before the clock starts; what is timed is the ten best, from the query
// as it came. The process ends with its standard input, so none outlives the program that started it.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const LIMIT = 10

function read(folder) {
  const { dim, rows } = JSON.parse(readFileSync(join(folder, 'workload.json'), 'utf8'))
  const floats = name => {
    const { buffer } = new Uint8Array(readFileSync(join(folder, name)))
    return new Float32Array(buffer)
  }
  const all = floats('documents.f32')
  let at = 0
  const documents = rows.map(count => {
    const data = all.subarray(at, at + count * dim)
    at += count * dim
    return { data, dim }
  })
  return { query: { data: floats('query.f32'), dim }, documents, limit: Math.min(LIMIT, rows.length) }
}

/** The best of `scores`, best first: one pass, and a short list kept in order. */
function best(scores, limit) {
  const ranked = []
  let bar = -Infinity
  for (let index = 0; index < scores.length; index++) {
    const score = scores[index]
    if (ranked.length === limit && !(score > bar)) continue
    let place = ranked.length
    while (place > 0 && ranked[place - 1].score < score) place--
    ranked.splice(place, 0, { index, score })
    if (ranked.length > limit) ranked.pop()
    bar = ranked.at(-1).score
  }
  return ranked
}

const [module, options] = process.argv.slice(2)
// standard output is for answers only
console.log = console.error
const { create } = await import(`./${module}.mjs`)
let rank

const commands = {
  async load(folder) {
    const inputs = read(folder)
    const peer = await create(inputs, JSON.parse(options))
    rank = peer.rank ?? (() => then(peer.scores(), scores => best(scores, inputs.limit)))
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
      // a result that is there costs no turn of the event loop
      if (result instanceof Promise) await result
      const end = performance.now()
      samples.push(end - now)
      now = end
    }
    const { user, system } = process.cpuUsage(cpu)
    return { milliseconds: samples, cpu: (user + system) / 1000 / (now - start) }
  },
}

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
