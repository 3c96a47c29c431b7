// `advise` measures first stages on a store, and what it reports agrees with searches of the store.

import { describe, expect, it } from 'vitest'
import type { CallProgress } from '../../src/collection/collection.js'
import type { FlatMultiVector } from '../../src/index.js'
import { type Advice, advise, meanFirst, type Stages } from '../../src/stages/index.js'
import { drawNumbers } from '../../src/stages/lemur/draw-numbers.js'
import { createPcg64 } from '../../src/stages/muvera/pcg64.js'
import { meanRow } from '../../src/stages/pooling/index.js'
import { createStore, type Store } from '../../src/store/index.js'
import { random } from '../support/random.js'

const DIM = 16
const DOCUMENTS = 520

/** Documents of four rows near some of 60 topics. */
function createDocuments(): FlatMultiVector[] {
  const next = random(5)
  const normal = () => next() + next() + next() - 1.5
  const topics = Array.from({ length: 60 }, () => Array.from({ length: DIM }, normal))
  return Array.from({ length: DOCUMENTS }, () => {
    const rows = Array.from({ length: 4 }, () => topics[Math.floor(60 * next())]!)
    return { data: Float32Array.from(rows.flat(), value => value + 0.4 * normal()), dim: DIM }
  })
}

const documents = createDocuments()
const queries = documents
  .slice(0, 40)
  .map(({ data }, id) => ({ id, vector: { data: data.slice(0, 2 * DIM), dim: DIM } }))

/** Too few documents for a map of LEMUR, which takes most of the time. */
const FEW = 150

async function withStore<T>(run: (store: Store) => Promise<T>, count = DOCUMENTS): Promise<T> {
  const store = await createStore({ vectors: { colbert: { size: DIM, distance: 'Dot' } } })
  await store.upsert(documents.slice(0, count).map((colbert, id) => ({ id, vector: { colbert } })))
  try {
    return await run(store)
  } finally {
    await store.close()
  }
}

/** The recall that a search of a store with these stages has. */
async function searchedRecall(stages: Stages, candidates: number): Promise<number> {
  const store = await createStore({ vectors: stages.vectors })
  await store.upsert(documents.map((rows, id) => ({ id, vector: stages.document(rows) })))
  let sum = 0
  for (const { id, vector } of queries) {
    const exact = await store.query(vector, { using: 'full', limit: 11 })
    const best = exact
      .map(hit => hit.id)
      .filter(each => each !== id)
      .slice(0, 10)
    const found = await store.query(vector, stages.query(vector, { limit: candidates, candidates }))
    const ids = new Set(found.map(hit => hit.id))
    sum += best.filter(each => ids.has(each)).length / best.length
  }
  await store.close()
  return sum / queries.length
}

const stageOf = (advice: Advice, stage: string, datatype: string, size: number) =>
  advice.stages.find(each => each.stage === stage && each.datatype === datatype && each.size === size)!

describe('advise', () => {
  it('reports the recall that a search with the stage has', async () => {
    const advice = await withStore(store => advise(store, queries, { candidates: 40, sample: 5000 }))
    expect(advice).toMatchObject({ documents: DOCUMENTS, queries: 40, candidates: 40, target: 0.95 })
    const mean = stageOf(advice, 'meanFirst', 'float32', DIM)
    expect(mean.recall).toBeCloseTo(await searchedRecall(meanFirst({ size: DIM }), 40), 1)
    const fitted = stageOf(advice, 'lemurFirst', 'i8', 512)
    expect(fitted.recall).toBeGreaterThan(mean.recall)
    for (const { recall, low, high, milliseconds, bytes } of advice.stages) {
      expect(low).toBeLessThanOrEqual(recall)
      expect(high).toBeGreaterThanOrEqual(recall)
      expect(milliseconds).toBeGreaterThan(0)
      expect(bytes).toBeGreaterThan(DIM)
    }
    // a search of 520 documents is fast
    expect(advice).toMatchObject({ reaches: true, config: '', recommended: { stage: 'exact', recall: 1 } })
  })

  it('estimates the recall of the whole collection from a part of it', async () => {
    const part = await withStore(store => advise(store, queries, { candidates: 40, sample: 250 }))
    const { recall } = stageOf(part, 'meanFirst', 'float32', DIM)
    expect(Math.abs(recall - (await searchedRecall(meanFirst({ size: DIM }), 40)))).toBeLessThan(0.1)
  })

  it.each([
    ['all documents, which is the default of a small collection', undefined, FEW],
    ['a part of them, by the share of it that is better', 100, 100],
  ])('ranks the results of exact search among %s', async (_, sample, drawn) => {
    const candidates = 30
    const { advice, bests } = await withStore(async store => {
      const options = { candidates, milliseconds: 0, ...(sample && { sample }) }
      const hits = await Promise.all(queries.map(({ vector }) => store.query(vector, { limit: 11 })))
      const bests = hits.map((found, id) => found.map(hit => Number(hit.id)).filter(each => each !== id))
      return { advice: await advise(store, queries, options), bests }
    }, FEW)
    const among = [...drawNumbers(createPcg64(1), FEW, drawn)]
    const means = documents.slice(0, FEW).map(document => meanRow(document))
    const recalls = queries.map(({ vector }, query) => {
      const mean = meanRow(vector)
      const scores = means.map(each => each.reduce((sum, value, k) => sum + value * mean[k]!, 0))
      const rankOf = (id: number) =>
        1 + (among.filter(other => scores[other]! > scores[id]!).length * FEW) / drawn
      const best = bests[query]!.slice(0, 10)
      return best.filter(id => rankOf(id) <= candidates).length / best.length
    })
    const recall = recalls.reduce((sum, value) => sum + value, 0) / recalls.length
    const variance = recalls.reduce((sum, value) => sum + (value - recall) ** 2, 0) / (recalls.length - 1)
    const margin = 1.96 * Math.sqrt(variance / recalls.length)
    const found = stageOf(advice, 'meanFirst', 'float32', DIM)
    expect(found.recall).toBeCloseTo(recall, 10)
    expect(found.low).toBeCloseTo(recall - margin, 10)
    expect(found.high).toBeCloseTo(Math.min(1, recall + margin), 10)
    for (const { low, high } of advice.stages) {
      expect(low).toBeGreaterThanOrEqual(0)
      expect(high).toBeLessThanOrEqual(1)
    }
  })

  it('reaches a recall only if the low end of the interval does', async () => {
    await withStore(async store => {
      const options = { candidates: 30, milliseconds: 0 }
      const { stages } = await advise(store, queries, options)
      const measured = stages.filter(({ stage }) => stage !== 'exact')
      const low = Math.max(...measured.map(each => each.low))
      const recall = Math.max(...measured.map(each => each.recall))
      expect(recall).toBeGreaterThan(low)
      const between = await advise(store, queries, { ...options, recall: (low + recall) / 2 })
      expect(between.reaches).toBe(false)
      expect(between.recommended.recall).toBe(recall)
    }, FEW)
  })

  it('searches exactly, one result more for a query that is a document, and reports its progress', async () => {
    const calls: object[] = []
    const reports: CallProgress[] = []
    await withStore(async store => {
      const recorded = {
        ...store,
        query(...call: Parameters<typeof store.query>) {
          calls.push(call[1]!)
          return store.query(...call)
        },
      }
      const list = [queries[0]!, queries[1]!.vector]
      const advice = await advise(recorded, list, { onProgress: report => reports.push(report) })
      expect(advice.candidates).toBe(200)
    }, FEW)
    expect(calls).toMatchObject([
      { limit: 11, params: { exact: true } },
      { limit: 10, params: { exact: true } },
    ])
    const doneIn = (phase: string) =>
      reports.filter(report => report.phase === phase).map(({ done, total }) => `${done} of ${total}`)
    expect(doneIn('queries')).toEqual(['1 of 2', '2 of 2'])
    expect(doneIn('points')).toEqual(['64 of 150', '128 of 150', '150 of 150'])
    expect(doneIn('documents').slice(0, 4)).toEqual(['1 of 150', '51 of 150', '101 of 150', '1 of 150'])
  })

  it('recommends the fastest stage that reaches the recall, and its lines configure it', async () => {
    const advice = await withStore(
      store => advise(store, queries, { candidates: 100, recall: 0.8, milliseconds: 0 }),
      FEW,
    )
    const { recommended, stages, reaches, config } = advice
    expect(reaches).toBe(true)
    expect(recommended.low).toBeGreaterThanOrEqual(0.8)
    const good = stages.filter(({ stage, low }) => stage !== 'exact' && low >= 0.8)
    expect(recommended.milliseconds).toBe(Math.min(...good.map(({ milliseconds }) => milliseconds)))
    expect(config).toContain(`const stages = ${recommended.stage}({`)
    expect(config.includes("datatype: 'i8'")).toBe(recommended.datatype === 'i8')
  })

  it('tries more candidates if none are given and no stage reaches the recall', async () => {
    const next = random(3)
    // rows that no first stage can tell apart: the more candidates, the more are found
    const many = Array.from({ length: 5000 }, () =>
      Array.from({ length: 4 }, () => Array.from({ length: 8 }, () => next() - 0.5)),
    )
    const store = await createStore({ vectors: { colbert: { size: 8, distance: 'Dot' } } })
    await store.upsert(many.map((colbert, id) => ({ id, vector: { colbert } })))
    const asked = many.slice(0, 5).map((vector, id) => ({ id, vector: vector.slice(0, 2) }))
    const advised = (options: Parameters<typeof advise>[2]) =>
      advise(store, asked, { sample: 500, milliseconds: 0, ...options })
    const few = await advised({ candidates: 200, recall: 1 })
    expect(few).toMatchObject({ candidates: 200, reaches: false })
    const more = await advised({ recall: 1 })
    // 500 is a tenth of the documents
    expect(more).toMatchObject({ candidates: 500 })
    more.stages.forEach(({ recall }, i) => {
      expect(recall).toBeGreaterThanOrEqual(few.stages[i]!.recall)
    })
    // as many as are enough, and no more than the first number if no first stage is needed
    expect(await advised({ recall: 0.5 })).toMatchObject({ candidates: 200, reaches: true })
    expect(await advised({ recall: 1, milliseconds: 1e6 })).toMatchObject({ candidates: 200, reaches: true })
    await store.close()
  })

  it('names the best stage if none reaches the recall', async () => {
    const advice = await withStore(
      store => advise(store, queries, { candidates: 10, recall: 1, milliseconds: 0 }),
      FEW,
    )
    expect(advice.reaches).toBe(false)
    const best = Math.max(...advice.stages.slice(1).map(({ recall }) => recall))
    expect(advice.recommended.recall).toBe(best)
  })

  it('needs no first stage if exact search is as fast as it may be, and one if it is slower', async () => {
    await withStore(async store => {
      const delayed = (pause: number) => ({
        ...store,
        async query(...call: Parameters<typeof store.query>) {
          await new Promise(resolve => setTimeout(resolve, pause))
          return store.query(...call)
        },
      })
      const slow = delayed(20)
      const few = queries.slice(0, 5)
      const stageWith = async (milliseconds: number) =>
        (await advise(slow, few, { candidates: 100, milliseconds, recall: 0.5 })).recommended.stage
      expect(await stageWith(2000)).toBe('exact')
      expect(await stageWith(10)).not.toBe('exact')
      // without a limit, few rows need no first stage, however slow the machine is
      const { recommended } = await advise(delayed(60), few.slice(0, 2), { candidates: 100, recall: 0.5 })
      expect(recommended.stage).toBe('exact')
    }, FEW)
  })

  it('counts the rows of the whole collection, and not those of its sample', async () => {
    const store = await createStore({ vectors: { colbert: { size: DIM, distance: 'Dot' } } })
    const long = documents.slice(0, 200).map(({ data }) => ({
      data: Float32Array.from(
        Array(16)
          .fill([...data])
          .flat(),
      ),
      dim: DIM,
    }))
    await store.upsert(long.map((colbert, id) => ({ id, vector: { colbert } })))
    const slow: Store = {
      ...store,
      async query(...call) {
        await new Promise(resolve => setTimeout(resolve, 60))
        return store.query(...call)
      },
    }
    // 12,800 rows, of which the sample has half
    const settings = { candidates: 100, recall: 0.5, sample: 100 }
    expect((await advise(slow, queries.slice(0, 2), settings)).recommended.stage).not.toBe('exact')
    await store.close()
  })

  it('names what is wrong with the collection, the queries and the options', async () => {
    const refused = (store: Store, list: unknown, options?: object) =>
      advise(store, list as typeof queries, options).then(
        () => undefined,
        (error: Error) => error.message,
      )
    await withStore(async store => {
      expect(await refused(store, [])).toBe(
        '"queries" expected at least one query, got none; a hundred give a narrow interval',
      )
      expect(await refused(store, queries, { recall: 95 })).toBe(
        '"recall" expected a number from 0.5 to 1, got 95',
      )
      expect(await refused(store, queries, { milliseconds: -1 })).toBe(
        '"milliseconds" expected a number of at least 0, got -1',
      )
      expect(await refused(store, queries, { candidate: 5 })).toBe(
        'unknown option "options.candidate"; valid options of advise: using, recall, candidates, sample, milliseconds, seed, signal, onProgress',
      )
    })
    const small = await createStore({ vectors: { colbert: { size: DIM, distance: 'Dot' } } })
    await small.upsert([{ id: 1, vector: { colbert: documents[0]! } }])
    expect(await refused(small, queries)).toBe(
      'the collection expected at least 100 documents, got 1; exact search needs no first stage',
    )
    await small.close()
    const euclid = await createStore({ vectors: { colbert: { size: DIM, distance: 'Euclid' } } })
    expect(await refused(euclid, queries)).toBe(
      '"colbert" expected a multi-vector with the distance Dot or Cosine, got Euclid',
    )
    await euclid.close()
  })

  it('stops when it is cancelled', async () => {
    const error = await withStore(store =>
      advise(store, queries, { signal: AbortSignal.abort(new Error('enough')) }).catch(
        (reason: Error) => reason,
      ),
    )
    expect(error).toEqual(new Error('enough'))
  })

  it.each(['queries', 'points', 'documents'])('stops when it is cancelled in the phase "%s"', async phase => {
    const stop = new AbortController()
    const reports: CallProgress[] = []
    const onProgress = (report: CallProgress) => {
      reports.push(report)
      if (report.phase === phase) stop.abort(new Error('enough'))
    }
    const cancelled = withStore(
      store => advise(store, queries, { signal: stop.signal, onProgress }).catch((reason: Error) => reason),
      FEW,
    )
    expect(await cancelled).toEqual(new Error('enough'))
    expect(reports.filter(report => report.phase === phase)).toHaveLength(1)
  })
})
