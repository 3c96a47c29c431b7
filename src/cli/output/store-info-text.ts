// What `maxsimd info` tells of a store.

import { readCatalog } from '../../text-index/index.js'
import { openForReading } from '../store-options.js'
import { exitCodes, printJson, styleOn, type Terminal } from '../terminal.js'
import { formatBytes, formatCount, formatWhole } from './format-figures.js'

/** Prints it and gives the exit code. */
export async function storeInfo(
  path: string,
  json: boolean | undefined,
  terminal: Terminal,
): Promise<number> {
  const catalog = await readCatalog(path)
  const store = await openForReading(path, { salvage: true })
  try {
    const info = await store.info()
    const { vectors } = store.config
    const texts = catalog && {
      encoder: catalog.encoder,
      files: Object.keys(catalog.files).length,
      lines: catalog.lines,
    }
    if (json) printJson(terminal, { ...info, path, config: store.config, ...(texts && { texts }) })
    else {
      const style = styleOn(terminal)
      const lines = [
        `${style('bold', path)}: ${formatCount(info.points, 'point')} in ${formatCount(info.segments, 'segment')}, ${formatBytes(info.bytes)} on disk` +
          (info.dead > 0 ? `, ${formatWhole(info.dead)} deleted or replaced still take room` : ''),
      ]
      if (texts)
        lines.push(
          `  texts of ${formatCount(texts.files, 'file')} by ${texts.lines ? 'lines' : 'paragraphs'}, encoder ${texts.encoder}`,
        )
      for (const [name, { rows, bytes: size, on_disk }] of Object.entries(info.vectors)) {
        const { size: dim, datatype, distance, multivector_config } = vectors[name]!
        const kind = multivector_config ? 'max_sim' : 'one row'
        const each = info.points > 0 ? `, ${(rows / info.points).toFixed(1)} rows a document` : ''
        const where = on_disk
          ? 'read from the disk by each query'
          : size <= info.memory.budget
            ? 'in memory once they were read'
            : `of which ${formatBytes(info.memory.budget)} stay in memory, the rest is read by each query`
        lines.push(`  ${name === '' ? '(unnamed)' : name}: ${dim} x ${datatype}, ${distance}, ${kind}${each}`)
        lines.push(`    ${formatBytes(size)} of vectors, ${where}`)
      }
      for (const damage of info.damage) lines.push(`damaged: ${JSON.stringify(damage)}`)
      terminal.stdout.write(`${lines.join('\n')}\n`)
    }
    return info.damage.length > 0 ? exitCodes.found : exitCodes.well
  } finally {
    await store.close()
  }
}
