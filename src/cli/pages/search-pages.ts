// `maxsimd search` of an index of pages: files and pages, and why they were found as pictures.

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { printable } from '../../base/printable.js'
import type { Filter } from '../../collection/collection.js'
import { openPageIndex, type PageHit } from '../../pages/index.js'
import { readPageCatalog } from '../../pages/page-index/page-catalog.js'
import type { Style } from '../output/style.js'
import { EXIT_CODES, printJson, printNotice, styleOn, type Terminal } from '../terminal.js'
import { loadPageEncoder } from './page-encoder.js'

/** The options that a search of pages takes. */
export interface SearchPagesArguments {
  /** The folder of the index. */
  readonly path: string
  readonly question: string
  readonly model?: string | undefined
  readonly limit: number
  readonly filter?: Filter | undefined
  /** The folder for pictures. */
  readonly heatmap?: string | undefined
  readonly explain?: boolean | undefined
  readonly json?: boolean | undefined
}

/** Characters of a page's text that are shown. */
const MAX_CHARACTERS = 160

/** Searches pages, and writes their pictures. Returns the exit code. */
export async function searchPages(options: SearchPagesArguments, terminal: Terminal): Promise<number> {
  const { path, question, limit, filter, heatmap, explain, json } = options
  const { signal } = terminal
  const catalog = await readPageCatalog(path)
  const { encoder, encoderName } = await loadPageEncoder(options.model ?? catalog!.encoder, terminal)
  try {
    const index = await openPageIndex(path, { encoder, encoderName, readOnly: true })
    try {
      const hits = await index.search(question, { limit, filter, signal })
      const pictures: string[] = []
      if (heatmap !== undefined) {
        await mkdir(heatmap, { recursive: true })
        for (const [i, hit] of hits.entries()) {
          const picture = join(heatmap, pictureName(i + 1, hit))
          await writeFile(picture, await index.heatMap(hit))
          pictures.push(picture)
        }
      }
      if (json)
        printJson(terminal, { question, hits: hits.map((hit, i) => shownHit(hit, pictures[i], explain)) })
      else {
        const style = styleOn(terminal)
        terminal.stdout.write(
          hits.map((hit, i) => hitLines(hit, i + 1, pictures[i], { style, explain })).join(''),
        )
      }
      if (hits.length === 0) printNotice(terminal, 'no results')
      return hits.length === 0 ? EXIT_CODES.problems : EXIT_CODES.success
    } finally {
      await index.close()
    }
  } finally {
    await encoder.dispose()
  }
}

/** A file name for a picture: its rank, the file and the page. */
const pictureName = (rank: number, { file, page }: PageHit) =>
  `${String(rank).padStart(2, '0')}-${file.replaceAll(/[^\w.-]+/g, '_').slice(-80)}-page-${page}.svg`

function shownHit(
  { query: _, matches, ...hit }: PageHit,
  heatmap: string | undefined,
  explain: boolean | undefined,
) {
  return { ...hit, ...(explain && { matches }), ...(heatmap !== undefined && { heatmap }) }
}

function hitLines(
  { file, page, score, text, matches, layout }: PageHit,
  rank: number,
  picture: string | undefined,
  { style, explain }: { readonly style: Style; readonly explain: boolean | undefined },
): string {
  const excerpt = printable(text.replaceAll(/\s+/g, ' ').trim()).slice(0, MAX_CHARACTERS)
  const rows = explain
    ? matches.map(({ queryToken, patch, similarity }) => {
        const { x = 0, y = 0 } = patch?.rectangle ?? {}
        const place = patch
          ? `${Math.round((100 * x) / layout.width)} %, ${Math.round((100 * y) / layout.height)} %`
          : 'no place'
        return style('dim', `    ${printable(queryToken?.text ?? '')} ~ ${place} ${similarity.toFixed(2)}`)
      })
    : []
  return [
    `${String(rank).padStart(2)}. ${style('bold', printable(file))}, page ${page}  ${style('dim', score.toFixed(3))}`,
    ...(excerpt === '' ? [] : [`    ${excerpt}`]),
    ...rows,
    ...(picture === undefined ? [] : [`    ${picture}`]),
    '',
  ].join('\n')
}
