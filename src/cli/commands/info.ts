// `maxsimd info`: what a collection is, how it is spread, and what it costs. Arguments in, figures out.

import { Command } from 'commander'
import type { CollectionInfo } from '../../qdrant/index.js'
import { type ConnectionOptions, connect, wholeFrom, withConnection } from '../connection.js'
import { formatBytes, formatCount, formatWhole } from '../output/format-figures.js'
import { storeInfo } from '../output/store-info-text.js'
import type { Style } from '../output/style.js'
import { defaultFolder } from '../store-options.js'
import { exitCodes, printJson, styleOn, type Terminal, UsageError } from '../terminal.js'

interface InfoArguments extends Omit<ConnectionOptions, 'collection'> {
  readonly collection?: string
  readonly store?: string
  readonly sample: number
}

const help = `
What the server tells of the collection, and what its vectors cost in bytes, from the mean size of a few documents. Of a
store, what it holds in files and in memory; damaged parts are listed.

Example:
  maxsimd info --collection colbert-search
  maxsimd info -c colbert-search --json
  maxsimd info
  maxsimd info --store corpus

Exit code: 0 it is well, 1 it is red, a copy of a shard is not active, or a store is damaged, 2 it could not be done.
`

/** The command, which tells its exit code to `done`. */
export function createInfo(terminal: Terminal, done: (code: number) => void): Command {
  const command = withConnection(new Command('info'), { collection: 'optional' })
  return command
    .description('what a collection or a store is, and what it costs')
    .option(
      '--store <folder>',
      `in place of a collection: a store, or an index of texts; left out: ${defaultFolder}`,
    )
    .option('-s, --sample <n>', 'documents whose mean size is taken', wholeFrom(1), 64)
    .addHelpText('after', help)
    .action(async () => done(await run(command.opts<InfoArguments>(), terminal)))
}

async function run(asked: InfoArguments, terminal: Terminal): Promise<number> {
  const { collection: name, store } = asked
  if (name !== undefined && store !== undefined) {
    throw new UsageError('"--collection" and "--store" exclude each other')
  }
  if (name === undefined) return storeInfo(store ?? defaultFolder, asked.json, terminal)
  const collection = await connect({ ...asked, collection: name }, terminal)
  const info = await collection.info({ sample: asked.sample, signal: terminal.signal })
  const isWell = info.status !== 'red' && info.active === info.replicas
  if (asked.json) printJson(terminal, { name: collection.name, ...info })
  else terminal.stdout.write(infoText(collection.name, info, styleOn(terminal)))
  return isWell ? exitCodes.well : exitCodes.found
}

/** The whole text, lines ending in a line feed. */
export function infoText(name: string, info: CollectionInfo, style: Style): string {
  const { size, estimate } = info
  const lines = [
    `${style('bold', name)}, Qdrant ${info.version}: ${info.status}, ${formatCount(info.points, 'point')} in ` +
      `${formatCount(info.segments, 'segment')}, ${formatCount(info.shards, 'shard')}, ${info.active} of ${info.replicas} copies active` +
      (info.queued > 0 ? `, ${formatWhole(info.queued)} updates waiting` : ''),
  ]
  for (const [vector, config] of Object.entries(info.config.vectors)) {
    const parts = [`${config.size} x ${config.datatype ?? 'float32'}`, config.distance]
    if (config.multivector_config) parts.push(config.multivector_config.comparator)
    parts.push(config.hnsw_config?.m === 0 ? 'no graph' : 'graph')
    if (config.on_disk) parts.push('on disk')
    if (config.memory) parts.push(config.memory)
    const quantization = config.quantization_config ?? info.config.quantization_config
    if (quantization) parts.push(`quantized: ${Object.keys(quantization)[0]}`)
    const rows = size.rows[vector]
    if (rows !== undefined && size.points > 0) parts.push(`${rows.toFixed(1)} rows a document`)
    lines.push(`  ${vector === '' ? '(unnamed)' : vector}: ${parts.join(', ')}`)
    const { originals, quantized, graph } = estimate.vectors[vector]!
    const costs = [`originals ${formatBytes(originals)}`]
    if (quantized > 0) costs.push(`quantized copies ${formatBytes(quantized)}`)
    if (graph > 0) costs.push(`graph ${formatBytes(graph)}`)
    lines.push(`    ${costs.join(', ')}`)
  }
  for (const vector of Object.keys(info.config.sparse_vectors ?? {})) lines.push(`  ${vector}: sparse`)
  const indexes = Object.entries(info.config.payload_indexes).map(
    ([field, index]) => `${field} (${typeof index === 'string' ? index : index.type})`,
  )
  if (indexes.length > 0) lines.push(`  payload indexes: ${indexes.join(', ')}`)
  lines.push(
    `one copy costs about ${formatBytes(estimate.disk)} on disk, ${formatBytes(estimate.resident)} of memory, and ` +
      `${formatBytes(estimate.cached)} of page cache ${style('dim', `(from ${size.points} documents)`)}`,
  )
  for (const warning of info.warnings) lines.push(`warning: ${warning}`)
  return `${lines.join('\n')}\n`
}
