// The result of `compare` as a text table.

import { formatDuration } from '../../base/format-duration.js'
import { plural } from '../../base/plural.js'
import { printable } from '../../base/printable.js'
import type { ComparedSide, Comparison } from './comparison.js'

function formatBytes(count: number): string {
  if (count >= 1e6) return `${(count / 1e6).toFixed(1)} MB`
  return count >= 1e3 ? `${(count / 1e3).toFixed(1)} kB` : `${count} B`
}

/**
 * Formats a comparison as a table with one column for each side, followed by the agreement of the results and the notes.
 *
 * @returns lines of text, without a line break at the end
 * @example
 * import { QdrantClient } from '@qdrant/js-client-rest'
 * import {
 *   compare, comparisonTable, createCollection, createLocalCopy, deleteCollection, sampleQueries,
 * } from 'maxsimd/qdrant'
 *
 * const client = new QdrantClient({ url: 'http://127.0.0.1:6333', checkCompatibility: false })
 * const collection = await createCollection(client, 'table-example', {
 *   vectors: { colbert: { size: 2, distance: 'Dot' } },
 * })
 * await collection.upsert([{ id: 1, vector: { colbert: [[1, 0], [0, 1]] } }])
 * const copy = await createLocalCopy(collection)
 * const queries = await sampleQueries(collection, 1)
 * const comparison = await compare(collection, copy, queries.map(({ vector }) => vector))
 * console.log(comparisonTable(comparison)) // median, p95, server, round trip, sent and received of both sides
 * copy.dispose()
 * await deleteCollection(client, 'table-example')
 */
export function comparisonTable(comparison: Comparison): string {
  const { server, local, queries, rounds, limit, swaps } = comparison
  const localFigures = figuresOf(local)
  const rows: (readonly [string, string, string])[] = [
    ['', printable(server.name), printable(local.name)],
    ...figuresOf(server).map(([label, value], index) => [label, value, localFigures[index]![1]] as const),
  ]
  const width = (column: 0 | 1 | 2) => Math.max(...rows.map(row => row[column].length))
  const [first, second, third] = [width(0), width(1), width(2)]
  const lines = rows.map(
    ([label, left, right]) => `${label.padEnd(first)}  ${left.padStart(second)}  ${right.padStart(third)}`,
  )
  const gap = swaps.reduce((max, swap) => Math.max(max, swap.gap), 0)
  const order =
    swaps.length === 0
      ? 'all documents are in the same order'
      : `${plural(swaps.length, 'pair')} of documents in another order, with scores at most ${gap.toPrecision(2)} apart`
  lines.push(
    '',
    `${plural(queries, 'query', 'queries')}, ${plural(rounds, 'round')}, limit ${limit}: ` +
      `${(100 * comparison.overlap).toFixed(1)} % of the results in common, ` +
      `${comparison.identical} of ${plural(queries, 'query', 'queries')} identical`,
    `scores differ by at most ${comparison.maxScoreDifference.toPrecision(2)}; ${order}`,
    ...comparison.notes.map(printable),
  )
  return lines.map(line => line.trimEnd()).join('\n')
}

function figuresOf(side: ComparedSide): (readonly [string, string])[] {
  return [
    ['median', formatDuration(side.median)],
    ['p95', formatDuration(side.p95)],
    ['server', side.serverMedian === undefined ? '-' : formatDuration(side.serverMedian)],
    ['round trip', side.roundTripMedian === undefined ? '-' : formatDuration(side.roundTripMedian)],
    ['sent', side.bytesSent === 0 ? '-' : formatBytes(side.bytesSent)],
    ['received', side.bytesReceived === 0 ? '-' : formatBytes(side.bytesReceived)],
  ]
}
