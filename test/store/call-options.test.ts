// The options that each call of a store takes: any other one is refused, with the valid ones.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStore, type Store } from '../../src/store/index.js'

let store: Store
beforeAll(async () => {
  store = await createStore({ vectors: { colbert: { size: 2, distance: 'Dot' } } })
})
afterAll(() => store.close())

const query = [[1, 0]]
const batches = 'wait, batchBytes, batchPoints, resume, onProgress, signal'
const search = 'filter, params, score_threshold, lookup_from, shard_key, with_payload, with_vector'
const stages = `${search}, signal, onCost, query, using, limit, offset, prefetch, with_matches`
const groups = `${search}, with_matches, using, prefetch, signal, onCost, group_by, limit, group_size, with_lookup`
const reranks =
  'using, limit, filter, with_payload, with_matches, params, prefetch, lookup_from, shard_key, candidates, rescore, ' +
  'signal, onCost'
const reads = 'with_payload, with_vector, signal'

describe('each call of a store takes these options and no other', () => {
  it.each<[name: string, valid: string, call: (store: Store, options: object) => unknown, path?: string]>([
    ['upsert', batches, (s, options) => s.upsert([], options)],
    ['updateVectors', batches, (s, options) => s.updateVectors([], options)],
    ['a query', stages, (s, options) => s.query(query, options)],
    ['a query', stages, (s, options) => s.queryBatch([{ query, ...options }]), 'queries[0]'],
    ['queryBatch', 'signal', (s, options) => s.queryBatch([], options)],
    ['queryGroups', groups, (s, options) => s.queryGroups(query, { group_by: 'a', ...options })],
    ['rerank', reranks, (s, options) => s.rerank(query, options)],
    ['rerank', reranks, (s, options) => s.rerankBatch([{ query }, { query, ...options }]), 'queries[1]'],
    ['rerankBatch', 'signal', (s, options) => s.rerankBatch([], options)],
    ['retrieve', reads, (s, options) => s.retrieve([1], options)],
    ['scroll', `${reads}, filter, batchPoints`, (s, options) => s.scroll(options).next()],
    ['delete', 'signal', (s, options) => s.delete([1], options)],
    ['count', 'signal', (s, options) => s.count(undefined, options)],
    ['setPayload', 'wait, signal, key', (s, options) => s.setPayload([1], {}, options)],
    ['overwritePayload', 'wait, signal', (s, options) => s.overwritePayload([1], {}, options)],
    ['deletePayload', 'wait, signal', (s, options) => s.deletePayload([1], ['a'], options)],
    ['clearPayload', 'wait, signal', (s, options) => s.clearPayload([1], options)],
    ['deleteVectors', 'wait, signal', (s, options) => s.deleteVectors([1], ['colbert'], options)],
    ['explain', 'using, signal', (s, options) => s.explain(query, 1, options)],
    ['compact', 'signal', (s, options) => s.compact(options)],
  ])('%s: %s', async (name, valid, call, path = 'options') => {
    await expect(async () => call(store, { strange: 1 })).rejects.toThrow(
      new RangeError(`unknown option "${path}.strange"; valid options of ${name}: ${valid}`),
    )
  })
})
