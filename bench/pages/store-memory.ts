// Measures the memory of a process that indexes and searches 10,000 pages in a store, page by page as an index of pages does. Each step
// is a process of its own, whose peak is reported.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStore, openStore } from '../../src/store/index.js'
import { random, randomRows } from '../../test/support/random.js'
import { summarize } from '../shared/timing.js'
import { DIM, KINDS, QUERY_ROWS } from './made-pages.js'

/** What one step needs. */
interface Step {
  /** Largest resident set in bytes, with Node itself. */
  readonly peak: number
  /** Milliseconds of a page, or of a question, median. */
  readonly milliseconds: number
}

/** One storage type. */
export interface StoreMemory {
  readonly datatype: StoreDatatype
  readonly pages: number
  /** Bytes of the rows. */
  readonly bytes: number
  readonly index: Step
  readonly search: Step
}

export const STORE_DATATYPES = ['float16', 'i8'] as const
export type StoreDatatype = (typeof STORE_DATATYPES)[number]

/** The budget of vectors: the default of `openPageIndex`. */
export const BUDGET = '1 GiB'
const QUESTIONS = 5
/** The most rows of a page. */
const { layout } = KINDS[0]!
/** Rows from which each page takes other ones. */
const SPARE_ROWS = 4096

/** Measures both steps of each storage type. `program`: this program, which runs a step with `--step`. */
export function measureStoreMemory(
  program: string,
  pages: number,
  log: (text: string) => void,
): StoreMemory[] {
  const folder = mkdtempSync(join(tmpdir(), 'maxsimd-bench-pages-'))
  try {
    return STORE_DATATYPES.map(datatype => {
      const path = join(folder, datatype)
      const run = (step: string): Step => {
        log(`${datatype}: ${step} of ${pages} pages`)
        const args = [
          program,
          '--step',
          step,
          '--folder',
          path,
          '--datatype',
          datatype,
          '--pages',
          String(pages),
        ]
        return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Step
      }
      const measured = { index: run('index'), search: run('search') }
      rmSync(path, { recursive: true })
      const bytes = pages * layout.rows * DIM * (datatype === 'i8' ? 1 : 2)
      return { datatype, pages, bytes, ...measured }
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs a step in this process. */
export async function runStep(
  step: string,
  path: string,
  datatype: StoreDatatype,
  pages: number,
): Promise<Step> {
  const times = await (step === 'index' ? indexPages(path, datatype, pages) : searchPages(path))
  return { peak: process.resourceUsage().maxRSS * 1024, milliseconds: summarize(times).median }
}

async function indexPages(path: string, datatype: StoreDatatype, pages: number): Promise<number[]> {
  const { data } = randomRows(random(1), layout.rows + SPARE_ROWS, DIM, 0.15)
  const vectors = { page: { size: DIM, distance: 'Dot', datatype } } as const
  const store = await createStore({ path, memory: BUDGET, vectors })
  const times: number[] = []
  for (let id = 0; id < pages; id++) {
    const first = ((id * 37) % SPARE_ROWS) * DIM
    const rows = { data: data.slice(first, first + layout.rows * DIM), dim: DIM }
    const payload = { file: `papers/${id >> 4}.pdf`, page: 1 + (id & 15), text: 'text '.repeat(400), layout }
    const started = performance.now()
    await store.upsert([{ id, vector: { page: rows }, payload }])
    times.push(performance.now() - started)
  }
  await store.close()
  return times
}

async function searchPages(path: string): Promise<number[]> {
  const store = await openStore(path, { readOnly: true, memory: BUDGET })
  const next = random(2)
  const times: number[] = []
  for (let question = 0; question < QUESTIONS; question++) {
    const query = randomRows(next, QUERY_ROWS, DIM)
    const started = performance.now()
    await store.query(query, { using: 'page', limit: 10, with_payload: true, with_matches: true })
    times.push(performance.now() - started)
  }
  await store.close()
  return times
}
