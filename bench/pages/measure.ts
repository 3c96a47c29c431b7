// Measures how fast pages are ranked, and what smaller representations lose.

import type { FlatMultiVector } from '../../src/index.js'
import { createScorer, type Scorer } from '../../src/index.js'
import { poolPage, poolRows } from '../../src/stages/pooling/index.js'
import { summarize } from '../shared/timing.js'
import { KINDS, type MadePage, makePages, type PageKind } from './made-pages.js'

/** One way of ranking. */
export interface Way {
  readonly name: string
  /** Milliseconds for one question, median over the questions. */
  readonly milliseconds: number
  /** The share of the exact best ten that is found. */
  readonly recall: number
  /** Bytes of a page. */
  readonly bytes: number
}

/** The ways of ranking one kind of page. */
export interface KindResult {
  readonly kind: string
  readonly rows: number
  readonly pages: number
  readonly ways: readonly Way[]
}

const LIMIT = 10
const CANDIDATES = 100
const ROUNDS = 3

type Ranked = readonly number[]

/** A ranking that is measured. */
interface Contender {
  readonly name: string
  readonly bytes: number
  rank(query: FlatMultiVector): Ranked
  dispose(): void
}

/** Measures all kinds of pages. `log` is called with what is done. */
export async function measurePages(
  count: number,
  questions: number,
  log: (text: string) => void,
): Promise<KindResult[]> {
  const scorer = await createScorer()
  const results: KindResult[] = []
  for (const kind of KINDS) {
    log(`${kind.name}: making ${count} pages of ${kind.layout.rows} rows`)
    results.push(measureKind(scorer, kind, makePages(kind.layout, count, questions), log))
  }
  scorer.dispose()
  return results
}

function measureKind(
  scorer: Scorer,
  { name, layout }: PageKind,
  { pages, queries }: ReturnType<typeof makePages>,
  log: (text: string) => void,
): KindResult {
  const contenders = contendersOf(scorer, pages)
  const ways: Way[] = []
  let reference: readonly Ranked[] = []
  for (const [i, create] of contenders.entries()) {
    const contender = create()
    const times: number[] = []
    let found: Ranked[] = []
    for (let round = 0; round < ROUNDS; round++) {
      found = queries.map(query => {
        const started = performance.now()
        const ranked = contender.rank(query)
        times.push(performance.now() - started)
        return ranked
      })
    }
    if (i === 0) reference = found
    const hits = found.reduce(
      (sum, ranked, q) => sum + ranked.filter(page => reference[q]!.includes(page)).length,
      0,
    )
    const way = {
      name: contender.name,
      milliseconds: summarize(times).median,
      recall: hits / (LIMIT * queries.length),
      bytes: contender.bytes,
    }
    contender.dispose()
    ways.push(way)
    log(`${name}, ${way.name}: ${way.milliseconds.toFixed(1)} ms, recall ${way.recall.toFixed(3)}`)
  }
  return { kind: name, rows: layout.rows, pages: pages.length, ways }
}

const indicesOf = (hits: readonly { readonly index: number }[]) => hits.map(({ index }) => index)

/** The ways, each created when it is measured, so that only one is in memory. The first is exact. */
function contendersOf(scorer: Scorer, pages: readonly MadePage[]): readonly (() => Contender)[] {
  const single =
    (name: string, rows: readonly FlatMultiVector[], options: object, bytesOfRow: number) =>
    (): Contender => {
      const corpus = scorer.corpus({ dim: 128, ...options })
      for (const page of rows) corpus.add(page)
      return {
        name,
        bytes: (rows[0]!.data.length / 128) * bytesOfRow,
        rank: query => indicesOf(corpus.rank(query, { limit: LIMIT })),
        dispose: () => corpus.dispose(),
      }
    }
  const staged = (name: string, first: (page: MadePage) => readonly FlatMultiVector[]) => (): Contender => {
    const full = scorer.corpus({ dim: 128, screen: 'off' })
    const stages = first(pages[0]!).map(() => scorer.corpus({ dim: 128, screen: 'off' }))
    for (const page of pages) {
      full.add(page)
      for (const [i, rows] of first(page).entries()) stages[i]!.add(rows)
    }
    return {
      name,
      bytes: first(pages[0]!).reduce((sum, { data }) => sum + 4 * data.length, 0),
      rank(query) {
        const candidates = new Set(
          stages.flatMap(corpus => indicesOf(corpus.rank(query, { limit: CANDIDATES }))),
        )
        return indicesOf(full.rank(query, { limit: LIMIT, subset: [...candidates] }))
      },
      dispose() {
        for (const corpus of [full, ...stages]) corpus.dispose()
      },
    }
  }
  return [
    single('exact: f32, every page', pages, { screen: 'off' }, 512),
    single('certified: f32, screened in int8', pages, { screen: 'i8' }, 640),
    single('i8', pages, { dtype: 'i8' }, 128),
    single('binary', pages, { dtype: 'binary' }, 20),
    single(
      'pooled to a third (sequential)',
      pages.map(page => poolRows(page, { factor: 3, protect: 0, method: 'sequential' })),
      {},
      512,
    ),
    staged('two stages: lines and columns', page => {
      const { byRows, byColumns } = poolPage(page)
      return [byRows, byColumns]
    }),
  ]
}
