// The information of a store or an index as text.

import type { PageLayout } from '../../collection/page-layout.js'
import type { Store, StoreInfo } from '../../store/index.js'
import { formatBytes, formatCount } from './format-figures.js'
import type { Style } from './style.js'

/** The texts of an index. */
export interface TextsInfo {
  readonly encoder: string
  readonly files: number
  readonly lines: boolean
  /** Passages whose rows are not encoded yet. */
  readonly withoutRows: number
}

/** The pages of an index. */
export interface PagesInfo {
  readonly encoder: string
  /** Pixels per inch of PDF pages. */
  readonly resolution: number
  readonly files: number
  /** Files and pages that are not in the index, with the reason. */
  readonly problems: readonly string[]
  /** The layout of one page; undefined if there is none. */
  readonly layout: PageLayout | undefined
}

/** Size, texts or pages, vectors and damage. Each line ends in a line feed. */
export function storeInfoText(
  path: string,
  info: StoreInfo,
  vectors: Store['config']['vectors'],
  { texts, pages }: { readonly texts?: TextsInfo | undefined; readonly pages?: PagesInfo | undefined },
  style: Style,
): string {
  const deleted =
    info.dead > 0 ? `, ${formatCount(info.dead, 'deleted or replaced point')} not yet removed from disk` : ''
  const size = `${formatCount(info.points, 'point')} in ${formatCount(info.segments, 'segment')}, ${formatBytes(info.bytes)} on disk`
  const lines = [`${style('bold', path)}: ${size}${deleted}`]
  if (texts) {
    const unit = texts.lines ? 'lines' : 'paragraphs'
    const missing =
      texts.withoutRows > 0 ? `, ${formatCount(texts.withoutRows, 'passage')} without rows yet` : ''
    lines.push(`  ${unit} of ${formatCount(texts.files, 'file')}, encoder ${texts.encoder}${missing}`)
  }
  if (pages) lines.push(...pageLines(pages))
  for (const name of Object.keys(info.vectors)) lines.push(...vectorLines(name, info, vectors))
  for (const damage of info.damage) lines.push(`damaged: ${JSON.stringify(damage)}`)
  return `${lines.join('\n')}\n`
}

function pageLines({ encoder, resolution, files, problems, layout }: PagesInfo): string[] {
  const lines = [`  pages of ${formatCount(files, 'file')}, model ${encoder}, ${resolution} pixels per inch`]
  if (layout) {
    const { side, tiles } = layout
    const patches = `${side} x ${side} patches`
    const grid =
      tiles.rows > 0
        ? `${tiles.rows} x ${tiles.columns} tiles and the whole page, each of ${patches}`
        : patches
    lines.push(`  the first page has ${grid}`)
  }
  return [...lines, ...problems.map(problem => `  not in the index: ${problem}`)]
}

function vectorLines(name: string, info: StoreInfo, vectors: Store['config']['vectors']): string[] {
  const { rows, bytes, copy, on_disk } = info.vectors[name]!
  const { size, datatype, distance, multivector_config } = vectors[name]!
  const shape = multivector_config ? 'max_sim' : 'one row'
  const mean = info.points > 0 ? `, ${(rows / info.points).toFixed(1)} rows per document` : ''
  const { budget } = info.memory
  const copies = copy ? ` and ${formatBytes(copy.bytes)} of int8 copies` : ''
  const location = on_disk
    ? 'read from disk by each query'
    : bytes + (copy?.bytes ?? 0) <= budget
      ? 'in memory after the first query'
      : `${formatBytes(budget)} of them stay in memory, each query reads the rest from disk`
  return [
    `  ${name === '' ? '(unnamed)' : name}: ${size} x ${datatype}, ${distance}, ${shape}${mean}`,
    `    ${formatBytes(bytes)} of vectors${copies}, ${location}`,
  ]
}
