// Recorded responses of real servers to 172 requests (`test/recordings/`, made with record.mjs): the kernel's scores equal
// theirs within the bound; requests that they refuse are refused before they are sent; and requests that they misunderstand
// are written differently.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { type PackedRows, packRows } from '../../src/collection/packed-rows.js'
import { parseId } from '../../src/collection/point-id.js'
import { type Field, type Fields, vectorFieldsOf } from '../../src/collection/vector-fields.js'
import { createScorer, type Scorer } from '../../src/index.js'
import { loadCodec } from '../../src/kernel/codec/codec.js'
import type { Codec } from '../../src/kernel/codec/codec-types.js'
import { parseConfig } from '../../src/qdrant/config/check-config.js'
import type { CollectionConfig } from '../../src/qdrant/config/config-types.js'
import { isSince, parseVersion } from '../../src/qdrant/config/version.js'
import { boundsFor } from '../../src/qdrant/verify/rounding-bound.js'
import { asSent, asStored, metricOfStored } from '../../src/qdrant/verify/server-rounding.js'
import { serverErrorRemedy } from '../../src/qdrant/wire/qdrant-error.js'
import { createRequestWriter } from '../../src/qdrant/wire/request-writer.js'
import { writeSearch } from '../../src/qdrant/wire/write-query.js'

interface Recorded {
  readonly title: string
  readonly method: string
  readonly path: string
  readonly body: string | null
  readonly status: number
  readonly response: string
}

interface SentPoint {
  readonly id: never
  readonly vector: Record<string, never>
}

let scorer: Scorer
let codec: Codec

beforeAll(async () => {
  scorer = await createScorer()
  codec = await loadCodec()
})

const read = (file: string): Recorded[] =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../recordings', file), 'utf8'))
const jsonOf = (text: string | null): never =>
  (text?.startsWith('{') && text !== '{' ? JSON.parse(text) : {}) as never

describe.each(['1.18.3', '1.19.0'])('Qdrant %s', release => {
  const recordings = read(`qdrant-${release}.json`)
  const version = parseVersion(release)
  const arithmetic = { isArm: false, isBefore119: !isSince(version, '1.19.0') }

  it('is the version of the recording', () => {
    expect(recordings).toHaveLength(172)
    expect(jsonOf(recordings[0]!.response)).toMatchObject({ version: release })
  })

  it('returned the scores that the kernel computes', () => {
    let field: Field | undefined
    let stored = new Map<unknown, PackedRows>()
    let judged = 0
    for (const { title, method, body, status, response } of recordings) {
      if (status !== 200) continue
      const request: { query?: number[][] | number[]; points?: SentPoint[]; vectors?: never } = jsonOf(body)
      if (title.startsWith('create')) {
        field = vectorFieldsOf(request.vectors!).dense.get('colbert')
        stored = new Map()
      } else if (method === 'PUT' && request.points && field) {
        for (const { id, vector } of request.points) {
          // a server stores 1e39 as infinity
          const numbers = [vector.colbert].flat(2) as unknown as number[]
          const rows = { data: Float32Array.from(numbers), dim: field.size }
          stored.set(id, asStored(rows, field.distance, field.datatype))
        }
      } else if (title === 'stored') {
        const { result } = codec.readResponse(new TextEncoder().encode(response)) as { result: SentPoint[] }
        for (const { id, vector } of result) {
          // turbo4 returns decoded codes; all other datatypes return the stored rows
          if (field?.datatype !== 'turbo4')
            expectClose(vector.colbert as unknown as PackedRows, stored.get(id)!)
          stored.set(id, vector.colbert as unknown as PackedRows)
        }
      } else if (
        Array.isArray(request.query) &&
        field &&
        field.datatype !== 'turbo4' &&
        title !== 'approximate'
      ) {
        const rows = Array.isArray(request.query[0])
          ? (request.query as number[][])
          : [request.query as number[]]
        const query = packRows(rows, field.size, 'query')
        const plain = asSent(query, field.distance, field.datatype)
        const scored = asStored(query, field.distance, field.datatype)
        const bounds = boundsFor(scorer, field, plain, scored, arithmetic)
        const { points } = (jsonOf(response) as { result: { points: { id: never; score: number | null }[] } })
          .result
        for (const { id, score } of points) {
          const document = stored.get(id)
          if (score === null || !document) continue
          const local = scorer.score(scored, document, {
            metric: metricOfStored(field.distance, field.datatype),
          })
          expect(
            Math.abs(score - local),
            `${title} of ${field.distance} ${field.datatype}, point ${id}`,
          ).toBeLessThanOrEqual(bounds.of(document, Math.abs(local)))
          judged++
        }
      }
    }
    expect(judged).toBeGreaterThan(200)
  })

  it('refused upserts that the adapter refuses too, with the path of the value', () => {
    const fields: Fields = vectorFieldsOf({
      colbert: { size: 4, distance: 'Dot', multivector_config: { comparator: 'max_sim' } },
    })
    const refused: string[] = []
    for (const { title, method, path, body, status } of recordings) {
      if (method !== 'PUT' || !path.includes('/points') || status === 200) continue
      if (['not json', 'points', 'too many elements', 'body beyond 32 MiB'].includes(title)) continue
      const [point] = (jsonOf(body) as { points: SentPoint[] }).points
      const write = () => {
        const sent = createRequestWriter(codec)
        parseId(point!.id, 'point.id')
        sent.vectors(point!.vector, fields, `point ${point!.id}.vector`)
        return new TextDecoder().decode(sent.view())
      }
      if (title.startsWith('two rows of whole numbers')) expect(write()).toMatch(/^\{"colbert":\[\[1\.0,/)
      else {
        expect(write, title).toThrow(/^"point/)
        refused.push(title)
      }
    }
    expect(refused).toEqual([
      'no rows',
      'one empty row',
      'ragged, two rows',
      'ragged, three rows',
      'wrong dim',
      'wrong dim, not waiting',
      'unknown vector',
      'null in a row',
      'a string in a row',
      'bad id',
      'negative id',
    ])
  })

  it('refused queries that the adapter refuses too, or writes so that they are accepted', () => {
    const fields = vectorFieldsOf({
      colbert: { size: 4, distance: 'Dot', multivector_config: { comparator: 'max_sim' } },
    })
    for (const { title, path, body, status, response } of recordings) {
      if (!path.endsWith('/t/points/query') || status === 200 || body === null) continue
      const { query, ...options } = jsonOf(body) as { query: never }
      const write = () => {
        const sent = createRequestWriter(codec)
        writeSearch(sent, query, options, fields)
        return new TextDecoder().decode(sent.view())
      }
      if (title === 'two rows of whole numbers' || title === 'zeros') {
        expect(write(), title).toMatch(/"query":\[\[(1\.0,2|0\.0,0)/)
      } else if (title === 'document') {
        const reason = (jsonOf(response) as { status: { error: string } }).status.error
        expect(serverErrorRemedy(status, reason)).toContain('pass "encoder"')
      } else if (!['strict mode', 'forwards', 'backwards', 'fractions'].includes(title)) {
        expect(write, title).toThrow(/^"/)
      }
    }
  })

  it('accepted an infinity, which the adapter refuses', () => {
    const fields = vectorFieldsOf({
      colbert: { size: 4, distance: 'Dot', multivector_config: { comparator: 'max_sim' } },
    })
    const { body, status } = recordings.find(({ title }) => title === 'beyond f32')!
    expect(status).toBe(200)
    const [point] = (jsonOf(body) as { points: SentPoint[] }).points
    expect(() => createRequestWriter(codec).vectors(point!.vector, fields, 'point 7.vector')).toThrow(
      '"point 7.vector.colbert[0][0]" expected a number that f32 holds (up to 3.4e38), got 1e+39',
    )
  })

  it('created or refused collections as the configuration check does', () => {
    for (const { title, path, body, status } of recordings) {
      if (!title.startsWith('create') || !path.startsWith('/collections/t') || status === 409) continue
      const parse = () => parseConfig(jsonOf(body) as CollectionConfig, version)
      // 1.18 accepts "memory" and ignores it, so the adapter refuses it
      if (status === 200 && !(title.includes('memory') && arithmetic.isBefore119))
        expect(parse, title).not.toThrow()
      else expect(parse, title).toThrow('needs Qdrant 1.19.0')
    }
  })
})

/** Equal up to the rounding of a row's length, which the server sums in another order. */
function expectClose(actual: PackedRows, expected: PackedRows): void {
  expect(actual.data).toHaveLength(expected.data.length)
  for (const [k, value] of actual.data.entries()) {
    expect(Math.abs(value - expected.data[k]!)).toBeLessThanOrEqual(2 ** -10 * Math.abs(value))
  }
}
