// A report of `verify` as text: what was compared, each problem, and the verdict.

import { printable } from '../../base/printable.js'
import type { DocumentFault, PointId, VerifyReport } from '../../qdrant/index.js'
import { type DocumentNames, pointText } from '../document-names.js'
import { formatBrief, formatCount } from './format-figures.js'
import type { Style } from './style.js'

const MAX_PROBLEMS = 20

/** The whole report. Each line ends in a line feed. */
export function verifyText(
  report: VerifyReport,
  queries: readonly { readonly id: PointId | undefined }[],
  style: Style,
  names: DocumentNames = new Map(),
): string {
  const queryName = (query: number) => {
    const id = queries[query]?.id
    return `query ${id === undefined ? query : pointText(id, names)}`
  }
  const lines = [
    subjectLine(report, style),
    `${formatCount(report.queries, 'query', 'queries')}; ${formatCount(report.hits, 'hit')} checked; ${scanText(report)}`,
    differenceLine(report),
  ]
  if (report.judged) lines.push(style('dim', `the allowed difference is ${report.bound}`))
  lines.push(...problemLines(report, queryName, id => `point ${pointText(id, names)}`).map(printable))
  // the remedy is for programs
  const notes = report.notes.map(note => note.replace('pass scan: true', 'pass --scan'))
  for (const note of notes) lines.push(style('dim', printable(`note: ${note}`)))
  lines.push(style('bold', verdictOf(report)))
  return `${lines.join('\n')}\n`
}

function verdictOf({ ok, notes, checks, order, missed }: VerifyReport): string {
  if (ok === undefined) {
    // the last note begins with "not judged"
    const reason = printable(notes.at(-1) ?? 'not judged')
    return `${reason[0]!.toUpperCase()}${reason.slice(1)}.`
  }
  if (ok) return 'The server and the kernel agree.'
  const hasWrongResult = checks.some(check => check.ok === false) || order.length > 0 || missed.length > 0
  return hasWrongResult
    ? 'The server and the kernel do not agree.'
    : 'All scores are right, but the stored documents have faults.'
}

function differenceLine({ judged, maxDifference, allowedDifference, maxRatio }: VerifyReport): string {
  const largest = `largest difference ${formatBrief(maxDifference)}`
  if (!judged) return `${largest}; not judged`
  return `${largest}, allowed ${formatBrief(allowedDifference)}; at most ${formatBrief(100 * maxRatio)} % of what is allowed`
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

function scanText({ scanned, missed, recall }: VerifyReport): string {
  if (scanned === 0) return 'not scanned for missed points'
  const count = missed.length === 0 ? 'none' : missed.length
  const share = recall === undefined ? '' : `, recall ${formatBrief(100 * recall)} %`
  return `${formatCount(scanned, 'point')} scanned, ${count} missed${share}`
}

const DOCUMENT_FAULTS: Readonly<Record<DocumentFault['fault'], string>> = {
  missing: 'missing document',
  swapped: 'swapped document',
  truncated: 'truncated document',
  stale: 'stale document',
  unknown: 'unknown document',
  duplicate: 'returned twice',
  inconsistent: 'different rows in a query and in a scan',
  'not finite': 'numbers that the datatype cannot represent',
  overflow: 'score beyond f32',
  zeros: 'stored as zeros',
}

function problemLines(
  report: VerifyReport,
  nameOf: (query: number) => string,
  point: (id: PointId) => string,
): string[] {
  const wrong = report.checks
    .filter(({ ok }) => ok === false)
    .map(
      ({ query, id, rank, server, local, difference, bound, row }) =>
        `wrong score: ${nameOf(query)}, hit ${rank + 1}, ${point(id)}: server ${server}, kernel ${local}; ` +
        `difference ${formatBrief(difference)}, allowed ${formatBrief(bound)}` +
        (row === undefined ? '' : `; first in query row ${row}`),
    )
  const order = report.order.map(
    ({ query, worse, better, gap }) =>
      `wrong order: ${nameOf(query)}, ${point(worse)} is ranked before ${point(better)}, whose score is better by ${formatBrief(gap)}`,
  )
  const missed = report.missed.map(
    ({ query, id, local, lastScore }) =>
      `missed: ${nameOf(query)}, ${point(id)} has the score ${local.toPrecision(7)}, the last hit has ${lastScore.toPrecision(7)}`,
  )
  const documents = report.documents.map(({ id, fault, row, other }) => {
    const difference = row === undefined ? '' : `, first different row ${row}`
    const detail = other === undefined ? difference : `, has the rows of ${point(other)}`
    return `${DOCUMENT_FAULTS[fault]}: ${point(id)}${detail}`
  })
  const all = [...report.problems, ...wrong, ...order, ...documents, ...missed]
  if (all.length <= MAX_PROBLEMS) return all
  return [...all.slice(0, MAX_PROBLEMS), `and ${all.length - MAX_PROBLEMS} more; --json lists all`]
}
