// A report of `verify` as text: what was compared, each problem, and the verdict.

import { printable } from '../../base/printable.js'
import type { PointId, VerifyReport } from '../../qdrant/index.js'
import { formatBrief, formatCount } from './format-figures.js'
import type { Style } from './style.js'

const MAX_PROBLEMS = 20

/** The whole report. Each line ends in a line feed. */
export function verifyText(
  report: VerifyReport,
  queries: readonly { readonly id: PointId | undefined }[],
  style: Style,
): string {
  const lines = [
    subjectLine(report, style),
    `${formatCount(report.queries, 'query', 'queries')}; ${formatCount(report.hits, 'hit')} checked; ${scanText(report)}`,
    report.judged
      ? `largest difference ${formatBrief(report.maxDifference)}; at most ${formatBrief(100 * report.maxRatio)} % of the allowed difference`
      : `largest difference ${formatBrief(report.maxDifference)}; not judged`,
  ]
  if (report.judged) lines.push(style('dim', `allowed difference: ${report.bound}`))
  lines.push(...problemLines(report, query => `query ${queries[query]?.id ?? query}`).map(printable))
  for (const note of report.notes) lines.push(style('dim', printable(`note: ${note}`)))
  const verdict = report.ok ? 'The server and the kernel agree.' : 'The server and the kernel do not agree.'
  lines.push(style('bold', verdict))
  return `${lines.join('\n')}\n`
}

/** Collection, vector and kernel. */
function subjectLine(report: VerifyReport, style: Style): string {
  const { collection, version, placement, using, distance, datatype, kernel } = report
  const parts = [style('bold', printable(collection))]
  if (version !== undefined) parts.push(printable(`Qdrant ${version}`))
  if (placement && placement.replicas > 1) {
    parts.push(`${formatCount(placement.shards, 'shard')} in ${placement.replicas} copies`)
  }
  const vector = using === '' ? 'unnamed vector' : printable(`"${using}"`)
  return `${parts.join(', ')}: ${vector}, ${distance}, ${datatype}; kernel ${kernel}`
}

function scanText({ scanned, missed }: VerifyReport): string {
  if (scanned === 0) return 'not scanned for missed points'
  const count = missed.length === 0 ? 'none' : missed.length
  return `${formatCount(scanned, 'point')} scanned, ${count} missed`
}

function problemLines(report: VerifyReport, nameOf: (query: number) => string): string[] {
  const wrong = report.checks
    .filter(({ ok }) => !ok)
    .map(
      ({ query, id, rank, server, local, difference, bound, row }) =>
        `wrong score: ${nameOf(query)}, hit ${rank + 1}, point ${id}: server ${server}, kernel ${local}; ` +
        `difference ${formatBrief(difference)}, allowed ${formatBrief(bound)}` +
        (row === undefined ? '' : `; first in query row ${row}`),
    )
  const order = report.order.map(
    ({ query, worse, better, gap }) =>
      `wrong order: ${nameOf(query)}, point ${worse} is ranked before point ${better}, whose score is better by ${formatBrief(gap)}`,
  )
  const missed = report.missed.map(
    ({ query, id, local, lastScore }) =>
      `missed: ${nameOf(query)}, point ${id} has the score ${local.toPrecision(7)}, the last hit has ${lastScore.toPrecision(7)}`,
  )
  const documents = report.documents.map(({ id, fault, row, other }) => {
    const difference = row === undefined ? '' : `, first different row ${row}`
    const detail = other === undefined ? difference : `, has the rows of point ${other}`
    return `${fault} document: point ${id}${detail}`
  })
  const all = [...wrong, ...order, ...missed, ...documents]
  if (all.length <= MAX_PROBLEMS) return all
  return [...all.slice(0, MAX_PROBLEMS), `and ${all.length - MAX_PROBLEMS} more; --json lists all`]
}
