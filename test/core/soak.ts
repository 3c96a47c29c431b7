// The program of soak.mjs.

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { availableKernels, createScorer, type Scorer, type ThreadedScorer } from '../../src/index.js'
import { Counterexample, type Counts, compareScreens } from '../support/compare-screens.js'
import { createScene } from '../support/ranking-scenes.js'
import { relaxedBinaryForEveryEngine } from '../support/relaxed-binary.js'

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    scene: { type: 'string' },
    state: { type: 'string' },
    build: { type: 'string' },
  },
})
const [cases, seed] = [Number(values.cases), Number(values.seed)]

/** The last one multiplies four int8 at a time, as relaxed SIMD does on processors with AVX-VNNI. */
const PRODUCTS = 'four products'
const KERNELS = [...availableKernels().filter(name => name !== 'reference'), PRODUCTS]

/** Every scene of this many is ranked on two threads as well. */
const THREADED = 20
/** Scenes of a scorer. The next one has a new memory, so that memory stays small. */
const SCENES_PER_SCORER = 200
/** Scenes between two reports of progress. */
const SCENES_PER_REPORT = 500

/** What an interrupted run has done. A run of another build or seed starts again. */
interface State {
  readonly run: string
  readonly scene: number
  readonly counts: readonly (readonly [string, number])[]
}

const run = `${values.build} ${KERNELS} ${seed}`

function readState(): State {
  const { state } = values
  const saved = state && existsSync(state) ? (JSON.parse(readFileSync(state, 'utf8')) as State) : undefined
  return saved?.run === run ? saved : { run, scene: 0, counts: [] }
}

function writeState(scene: number, counts: Counts): void {
  if (!values.state) return
  writeFileSync(`${values.state}.new`, JSON.stringify({ run, scene, counts: [...counts] } satisfies State))
  renameSync(`${values.state}.new`, values.state)
}

/** A scorer on one thread and one on two, of the same kernel. */
interface Scorers {
  readonly kernel: string
  readonly single: Scorer
  readonly threaded: ThreadedScorer
}

async function createScorers(kernel: string): Promise<Scorers> {
  const binary =
    kernel === PRODUCTS
      ? { module: new WebAssembly.Module(relaxedBinaryForEveryEngine()) }
      : { kernel: kernel as Scorer['kernel'] }
  return {
    kernel,
    single: await createScorer(binary),
    threaded: await createScorer({ ...binary, threads: 2 }),
  }
}

async function disposeOf(all: readonly Scorers[]): Promise<void> {
  for (const { single, threaded } of all) {
    single.dispose()
    await threaded.dispose()
  }
}

const createAll = () => Promise.all(KERNELS.map(createScorers))

/** Seeds of two runs differ in all scenes of a usual run. */
const seedOf = (scene: number) => (Math.imul(seed, 0x9e3779b1) + scene) >>> 0

/** Compares the rankings of one scene. */
async function runScene(index: number, all: readonly Scorers[], counts: Counts): Promise<void> {
  const scene = createScene(seedOf(index))
  const { kernel, single, threaded } = all[index % all.length]!
  const isThreaded = index % THREADED < all.length
  try {
    await compareScreens(single, single, scene, counts)
    if (isThreaded) await compareScreens(single, threaded, scene, counts)
  } catch (error) {
    const { kind, dim, metric, documents } = scene
    throw new Error(
      `scene ${index}: rows ${kind}; dim ${dim}, ${metric}, ${documents.length} documents; kernel ${kernel}` +
        `${isThreaded ? ', also on two threads' : ''}\n` +
        `${error instanceof Counterexample ? error.message : (error as Error).stack}\n` +
        `repeat it with: node test/core/soak.mjs --seed ${seed} --scene ${index}`,
      { cause: error },
    )
  }
}

const sum = (counts: Counts) => [...counts.values()].reduce((total, count) => total + count, 0)

async function runScenes(counts: Counts, first: number): Promise<number> {
  const started = performance.now()
  const before = sum(counts)
  let all = await createAll()
  let scene = first
  try {
    for (; sum(counts) < cases; scene++) {
      if (scene > first && scene % SCENES_PER_SCORER === 0) {
        await disposeOf(all)
        all = await createAll()
      }
      await runScene(scene, all, counts)
      if ((scene + 1) % SCENES_PER_REPORT > 0) continue
      writeState(scene + 1, counts)
      const done = sum(counts)
      const left = (((performance.now() - started) / (done - before)) * (cases - done)) / 1000
      console.error(`${done} rankings compared, about ${Math.max(0, Math.ceil(left))} s left`)
    }
    writeState(scene, counts)
    return scene
  } finally {
    await disposeOf(all)
  }
}

async function main(): Promise<void> {
  if (values.scene !== undefined) {
    const all = await createAll()
    try {
      await runScene(Number(values.scene), all, new Map())
    } finally {
      await disposeOf(all)
    }
    console.log(`scene ${values.scene}: all rankings are equal`)
    return
  }
  const state = readState()
  if (state.scene > 0) console.error(`continues with scene ${state.scene}`)
  const counts: Counts = new Map(state.counts)
  const scenes = await runScenes(counts, state.scene)
  for (const [name, count] of [...counts].sort()) console.log(`${String(count).padStart(9)}  ${name}`)
  console.log(`${sum(counts)} rankings of ${scenes} scenes on ${KERNELS.join(', ')} equal those in f32`)
}

main().catch((error: Error) => {
  console.error(error.message)
  process.exitCode = 1
})
