// Cases for every collection: groups of hits. A server decides which values are groups.

import { describe, expect, it } from 'vitest'
import type { Payload } from '../../src/collection/collection.js'
import type { Encoder } from '../../src/collection/embed-texts.js'
import type { GroupOptions, PointGroup } from '../../src/collection/group-options.js'
import type { FlatMultiVector } from '../../src/index.js'
import { between, random } from '../support/random.js'
import type { Make } from './collection.cases.js'

/** A point of each value: its document is `value`, and the first has the best score. */
const VALUES: readonly unknown[] = [
  'a',
  'a',
  'a',
  'a',
  'b',
  'c',
  'b',
  1,
  -1,
  2n ** 60n,
  1.5,
  true,
  null,
  ['x', 'a', 'x'],
  ['y', 1.5],
  [['deep']],
  { k: 1 },
  [],
  ['z'],
  undefined,
  ['q', null],
  2n ** 63n - 1n,
  '',
  '1',
]
const count = VALUES.length
const scoreOf = (id: number) => count - id

const payloadOf = (value: unknown): Payload =>
  value === undefined ? {} : { doc: value, of: { doc: value }, list: [{ doc: value }], n: 1 }

const shown = (groups: readonly PointGroup[]) =>
  groups.map(({ id, hits }) => [id, hits.map(hit => hit.id)] as const)

export function groupCases(make: Make): void {
  async function filled(encoder?: Encoder) {
    const vectors = {
      colbert: { size: 2, distance: 'Dot' },
      dense: { size: 1, distance: 'Euclid', multivector_config: null },
    } as const
    const collection = await make({ vectors }, encoder)
    await collection.upsert(
      VALUES.map((value, id) => ({
        id,
        vector: { colbert: [[scoreOf(id), 0]], dense: [scoreOf(id)] },
        payload: payloadOf(value),
      })),
    )
    return collection
  }

  describe('groups', () => {
    const query = [[1, 0]]
    const using = 'colbert'
    const all: readonly (readonly [unknown, readonly number[]])[] = [
      ['a', [0, 1, 2, 3, 13]],
      ['b', [4, 6]],
      ['c', [5]],
      [1, [7]],
      [-1, [8]],
      [2n ** 60n, [9]],
      ['x', [13]],
      ['z', [18]],
      [2n ** 63n - 1n, [21]],
      ['', [22]],
      ['1', [23]],
    ]
    /** The first groups, with some of their points. */
    const first = (groups: number, size: number) =>
      all.slice(0, groups).map(([id, ids]) => [id, ids.slice(0, size)])

    const cases: readonly (readonly [string, Omit<GroupOptions, 'using'>, unknown])[] = [
      ['have three points and are ten by default', { group_by: 'doc' }, first(10, 3)],
      ['have as many points as there are', { group_by: 'doc', limit: 100, group_size: 100 }, first(100, 100)],
      ['are the best ones', { group_by: 'doc', limit: 2, group_size: 1 }, first(2, 1)],
      ['have a nested field', { group_by: 'of.doc', limit: 3, group_size: 2 }, first(3, 2)],
      ['have a field of items', { group_by: 'list[].doc', limit: 3, group_size: 2 }, first(3, 2)],
      [
        'have the items of a field',
        { group_by: 'doc[]', limit: 1, group_size: 9, filter: { must: [{ has_id: [0, 18] }] } },
        [['z', [18]]],
      ],
      [
        'have the items of items',
        { group_by: 'doc[]', filter: { must: [{ has_id: [15] }] } },
        [['deep', [15]]],
      ],
      ['do not exist without the field', { group_by: 'nope' }, []],
      ['do not exist for an object', { group_by: 'of' }, []],
      [
        'contain what the filter passes',
        { group_by: 'doc', filter: { must: [{ has_id: [4, 5, 6] }] } },
        [
          ['b', [4, 6]],
          ['c', [5]],
        ],
      ],
      [
        'contain points beyond a threshold',
        { group_by: 'doc', score_threshold: scoreOf(6) },
        [
          ['a', [0, 1, 2]],
          ['b', [4]],
          ['c', [5]],
        ],
      ],
      [
        'contain the points of a prefetch',
        { group_by: 'doc', limit: 2, group_size: 2, prefetch: { query: [0], using: 'dense', limit: 100 } },
        first(2, 2),
      ],
      [
        'contain as many points of a prefetch for each place in a group',
        { group_by: 'doc', limit: 1, group_size: 4, prefetch: { query: [count], using: 'dense', limit: 1 } },
        first(1, 4),
      ],
      [
        'contain as many points of prefetches inside each other for each place in a group',
        {
          group_by: 'doc',
          limit: 1,
          group_size: 4,
          prefetch: {
            query: [count],
            using: 'dense',
            limit: 1,
            prefetch: { query: [count], using: 'dense', limit: 1, prefetch: { query, using, limit: 1 } },
          },
        },
        first(1, 4),
      ],
    ]
    it.each(cases)('%s', async (_, options, wanted) => {
      const collection = await filled()
      expect(shown(await collection.queryGroups(query, { using, ...options }))).toEqual(wanted)
    })

    it('have the scores and the selected parts of their hits', async () => {
      const collection = await filled()
      const options = { using, group_by: 'doc', limit: 1, group_size: 2 } as const
      const [bare] = await collection.queryGroups(query, options)
      expect(bare!.hits.map(hit => [Object.keys(hit).sort(), hit.score])).toEqual([
        [['id', 'score', 'version'], scoreOf(0)],
        [['id', 'score', 'version'], scoreOf(1)],
      ])
      const [group] = await collection.queryGroups(query, {
        ...options,
        with_payload: { include: ['n'] },
        with_vector: ['colbert'],
      })
      expect(group!.hits[1]).toEqual({
        id: 1,
        score: scoreOf(1),
        version: bare!.hits[1]!.version,
        payload: { n: 1 },
        vector: { colbert: { data: Float32Array.of(scoreOf(1), 0), dim: 2 } },
      })
    })

    it('have the smallest distances first', async () => {
      const collection = await filled()
      const options = { using: 'dense', group_by: 'doc', limit: 3, group_size: 2 } as const
      expect(shown(await collection.queryGroups([0], options))).toEqual([
        ['1', [23]],
        ['', [22]],
        [2n ** 63n - 1n, [21]],
      ])
    })

    it('are found by a text, if there is an encoder', async () => {
      const rows = (): FlatMultiVector => ({ data: Float32Array.of(1, 0), dim: 2 })
      const received: unknown[] = []
      const query = (_text: string, options?: object) => {
        received.push(options)
        return rows()
      }
      const collection = await filled({ query, documents: texts => texts.map(rows) })
      const { signal } = new AbortController()
      const options = { using, group_by: 'doc', limit: 2, signal }
      expect(shown(await collection.queryGroups({ text: 'x' }, options))).toEqual(first(2, 3))
      expect(received).toEqual([{ signal }])
    })

    it('are those of all hits in order, for random documents of pages', async () => {
      const next = random(3)
      const collection = await make({ vectors: { colbert: { size: 2, distance: 'Dot' } } })
      const pages = Array.from({ length: 120 }, (_, id) => ({
        id,
        vector: { colbert: [[id + next(), next()]] },
        payload: { document: `${between(next, 0, 20) ** 2}` },
      })).sort(() => next() - 0.5)
      await collection.upsert(pages)
      const hits = await collection.query([[1, 0.001]], { limit: 200, with_payload: true })
      for (const [limit, group_size] of [
        [1, 1],
        [3, 4],
        [5, 10],
        [50, 2],
        [50, 100],
      ] as const) {
        const wanted = new Map<unknown, unknown[]>()
        for (const { id, payload } of hits) {
          const members = wanted.get(payload!.document)
          if (!members && wanted.size < limit) wanted.set(payload!.document, [id])
          if (members && members.length < group_size) members.push(id)
        }
        const found = await collection.queryGroups([[1, 0.001]], { group_by: 'document', limit, group_size })
        expect(shown(found), `${limit} groups of ${group_size}`).toEqual([...wanted])
      }
    })

    it('refuse options that are wrong', async () => {
      const collection = await filled()
      const wrong: readonly (readonly [object, string])[] = [
        [{}, '"group_by" is required: the path of a payload field, for example document'],
        [{ group_by: 1 }, '"group_by" expected a path, got number'],
        [{ group_by: 'a[' }, '"group_by" expected a path such as city'],
        [
          { group_by: 'a[0].b' },
          '"group_by" expected a path without the index of an item, got "a[0].b"; use [] for all items',
        ],
        [{ group_by: 'doc', limit: 0 }, '"limit" expected a whole number of at least 1, got 0'],
        [{ group_by: 'doc', group_size: 0 }, '"group_size" expected a whole number of at least 1, got 0'],
        [{ group_by: 'doc', group_size: '3' }, '"group_size" expected a number, got string'],
        [
          { group_by: 'doc', offset: 1 },
          'unknown option "options.offset"; valid options of queryGroups: filter, ',
        ],
        [{ group_by: 'doc', with_matches: 1 }, '"with_matches" expected true or false, got number'],
        [{ group_by: 'doc', with_vector: ['nope'] }, 'nope'],
        [{ group_by: 'doc', with_lookup: { colection: 'x' } }, 'unknown option "with_lookup.colection"'],
        [{ group_by: 'doc', with_lookup: {} }, '"with_lookup.collection" expected a name, got undefined'],
        [
          { group_by: 'doc', with_lookup: { collection: 'x', with_payload: 'n' } },
          '"with_lookup.with_payload" expected true, false, an array of paths',
        ],
        [{ group_by: 'doc', with_payload: 'doc' }, '"with_payload" expected true, false, an array of paths'],
        [{ group_by: 'doc', using: 'nope' }, '"using" expected a dense or multi-vector of the collection'],
        [{ group_by: 'doc', prefetch: { query, limit: 0 } }, '"prefetch.limit" expected a whole number'],
      ]
      for (const [options, message] of wrong) {
        const call = collection.queryGroups(query, { using, ...options } as GroupOptions)
        await expect(call, message).rejects.toThrow(message)
      }
      await expect(collection.queryGroups(undefined as never, { group_by: 'doc' })).rejects.toThrow(
        '"query" is required: its scores order the groups',
      )
      await expect(collection.queryGroups(query, undefined as never)).rejects.toThrow(
        '"options" expected an object, got undefined',
      )
    })
  })
}
