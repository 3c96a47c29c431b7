// A report of `verify` for people: what was compared, the verdict, and each thing that is wrong. Makes text.

import type { PointId, VerifyReport } from '../../qdrant/index.js'
import type { Style } from './style.js'

const most = 20
const count = (value: number, noun: string) =>
  `${value.toLocaleString('en')} ${noun}${value === 1 ? '' : 's'}`

/** Two digits, without an exponent where it can do without. */
const brief = (value: number) => String(Number(value.toPrecision(2)))

/** The whole report, lines ending in a line feed. */
export function verifyText(
  report: VerifyReport,
  queries: readonly { readonly id: PointId | undefined }[],
  style: Style,
): string {
  const { placement } = report
  const where = report.version === undefined ? '' : `, Qdrant ${report.version}`
  const shards =
    placement && placement.replicas > 1
      ? `, ${count(placement.shards, 'shard')} in ${placement.replicas} copies`
      : ''
  const name = report.using === '' ? 'its vector' : `"${report.using}"`
  const lines = [
    `${style('bold', report.collection)}${where}${shards}: ${name}, ${report.distance}, ${report.datatype}; kernel ${report.kernel}`,
    `${count(report.queries, 'query').replace('querys', 'queries')}, ${count(report.hits, 'hit')}, ` +
      (report.scanned > 0
        ? `${count(report.scanned, 'point')} read for hits that were missed`
        : 'no other point read'),
    `largest difference ${brief(report.maxDifference)}` +
      (report.judged ? `, which is ${brief(report.maxRatio)} of its bound` : ', measured and not judged'),
  ]
  if (report.judged) lines.push(style('dim', `bound: ${report.bound}`))
  const titleOf = (query: number) => `query ${queries[query]?.id ?? query}`
  lines.push(...findings(report, titleOf))
  for (const note of report.notes) lines.push(style('dim', `note: ${note}`))
  lines.push(style('bold', report.ok ? 'The server and the kernel agree.' : 'They do not agree.'))
  return `${lines.join('\n')}\n`
}

function findings(report: VerifyReport, titleOf: (query: number) => string): string[] {
  const wrong = report.checks
    .filter(({ ok }) => !ok)
    .map(
      ({ query, id, rank, server, local, difference, bound, row }) =>
        `wrong score: ${titleOf(query)}, hit ${rank + 1}, point ${id}: server ${server}, kernel ${local}; ` +
        `${brief(difference)} apart, bound ${brief(bound)}${row === undefined ? '' : `; from query row ${row}`}`,
    )
  const order = report.order.map(
    ({ query, worse, better, gap }) =>
      `wrong order: ${titleOf(query)}, point ${worse} before ${better}, which is better by ${brief(gap)}`,
  )
  const missed = report.missed.map(
    ({ query, id, local, lastScore }) =>
      `missed: ${titleOf(query)}, point ${id} has ${local.toPrecision(7)}, the last hit ${lastScore.toPrecision(7)}`,
  )
  const documents = report.documents.map(({ id, fault, row, other }) => {
    const detail =
      other === undefined ? (row === undefined ? '' : `, from row ${row}`) : `, it has the rows of ${other}`
    return `${fault} document: point ${id}${detail}`
  })
  const all = [...wrong, ...order, ...missed, ...documents]
  return all.length <= most ? all : [...all.slice(0, most), `and ${all.length - most} more; --json has all`]
}
