// The information of a server's collection as text.

import { printable } from '../../base/printable.js'
import type { CollectionInfo } from '../../qdrant/index.js'
import { formatBytes, formatCount } from './format-figures.js'
import type { Style } from './style.js'

/** Status, vectors with their sizes, payload indexes and costs. Each line ends in a line feed. */
export function collectionInfoText(name: string, info: CollectionInfo, style: Style): string {
  const { size, estimate, config } = info
  const lines = [statusLine(name, info, style)]
  for (const vector of Object.keys(config.vectors)) lines.push(...vectorLines(vector, info).map(printable))
  for (const vector of Object.keys(config.sparse_vectors ?? {})) lines.push(printable(`  ${vector}: sparse`))
  const indexes = Object.entries(config.payload_indexes).map(
    ([field, index]) => `${field} (${typeof index === 'string' ? index : index.type})`,
  )
  if (indexes.length > 0) lines.push(printable(`  payload indexes: ${indexes.join(', ')}`))
  const basis = style('dim', `(estimated from ${formatCount(size.points, 'document')})`)
  lines.push(
    `one replica needs about ${formatBytes(estimate.disk)} of disk, ${formatBytes(estimate.resident)} of memory and ` +
      `${formatBytes(estimate.cached)} of page cache ${basis}`,
  )
  for (const warning of info.warnings) lines.push(printable(`warning: ${warning}`))
  return `${lines.join('\n')}\n`
}

function statusLine(name: string, info: CollectionInfo, style: Style): string {
  const { version, status, points, segments, shards, active, replicas, queued } = info
  const parts = [
    status,
    `${formatCount(points, 'point')} in ${formatCount(segments, 'segment')}`,
    formatCount(shards, 'shard'),
    `${active} of ${formatCount(replicas, 'replica')} active`,
  ]
  if (queued > 0) parts.push(`${formatCount(queued, 'update')} queued`)
  return style('bold', printable(name)) + printable(`, Qdrant ${version}: ${parts.join(', ')}`)
}

/** The configuration of a vector, and the size of its data. */
function vectorLines(name: string, { config, size, estimate }: CollectionInfo): string[] {
  const vector = config.vectors[name]!
  const parts = [`${vector.size} x ${vector.datatype ?? 'float32'}`, vector.distance]
  if (vector.multivector_config) parts.push(vector.multivector_config.comparator)
  parts.push(vector.hnsw_config?.m === 0 ? 'no graph' : 'graph')
  if (vector.on_disk) parts.push('on disk')
  if (vector.memory) parts.push(vector.memory)
  const quantization = vector.quantization_config ?? config.quantization_config
  if (quantization) parts.push(`quantized: ${Object.keys(quantization)[0]}`)
  const rows = size.rows[name]
  if (rows !== undefined && size.points > 0) parts.push(`${rows.toFixed(1)} rows per document`)

  const { originals, quantized, graph } = estimate.vectors[name]!
  const costs = [`originals ${formatBytes(originals)}`]
  if (quantized > 0) costs.push(`quantized copies ${formatBytes(quantized)}`)
  if (graph > 0) costs.push(`graph ${formatBytes(graph)}`)
  return [`  ${name === '' ? '(unnamed)' : name}: ${parts.join(', ')}`, `    ${costs.join(', ')}`]
}
