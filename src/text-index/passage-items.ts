// Passages of a file with their payload, as they become points of an index.

import { bytesSource, type FileColumns, type FilePoint, FormatError, readPoints } from '../formats/index.js'
import { parseObject, recordPoint } from '../formats/text/jsonl.js'
import { codeBlocks, isMinified } from './code-blocks.js'
import { kindOf } from './file-kinds.js'
import { htmlBlocks } from './html-blocks.js'
import { blockPassages, type Passage, passagesOf } from './passages.js'
import { pdfBlocks } from './pdf-blocks.js'
import { decodeText } from './read-text-file.js'

/** A passage and the payload of its point, which gets the text too. */
export interface PassageItem {
  readonly text: string
  readonly payload: Readonly<Record<string, unknown>>
}

/** The names of the fields or columns with the ids and the texts. */
export type TextColumns = Pick<FileColumns, 'id' | 'text'>

/** How a file becomes passages. */
export interface ItemOptions {
  readonly lines: boolean
  readonly columns: TextColumns | undefined
  /** Endings of files that are read as plain text. */
  readonly endings: readonly string[]
  /** Whether the caller named the file itself, so that it must be read. */
  readonly isNamed: boolean
}

/** A file of a folder that is not worth reading. It is counted by its reason, and not a problem. */
export class IgnoredFileError extends Error {
  override readonly name = 'IgnoredFileError'
}

/**
 * The items of a file. Its ending decides how it is read: as plain text, a web page, source code, PDF, JSON lines, or a
 * table (Parquet, or JSON with one array).
 *
 * @param file its path, for the payload and for errors
 * @throws FormatError if it is a binary or damaged file, or a line or a row is not valid or has no text
 * @throws MissingPackageError if it is a PDF file, and the package for its text is not installed
 * @throws IgnoredFileError if it is minified code in a folder
 */
export async function itemsOf(file: string, bytes: Uint8Array, options: ItemOptions): Promise<PassageItem[]> {
  const { lines, endings, isNamed } = options
  const kind = kindOf(file, endings)
  if (kind === 'table') return rowItems(file, bytes, options)
  if (kind === 'pdf') {
    const pages = blockPassages(await pdfBlocks(file, bytes), lines)
    return pages.map(passage => passageItem(file, passage, { page: passage.line }))
  }
  const text = decodeText(bytes)
  if (text === undefined) throw new FormatError(`${file} is not a text file`)
  if (kind === 'jsonl') {
    return text
      .split('\n')
      .flatMap((line, index) => (line.trim() === '' ? [] : [jsonItem(file, line, index + 1, options)]))
  }
  if (kind === 'code' && !isNamed && isMinified(text)) throw new IgnoredFileError('minified')
  const passages =
    kind === 'html'
      ? blockPassages(await htmlBlocks(text), lines)
      : kind === 'code'
        ? blockPassages(codeBlocks(text), lines)
        : passagesOf(text, { lines })
  return passages.map(passage => passageItem(file, passage))
}

const passageItem = (file: string, { line, text, heading }: Passage, more: object = {}): PassageItem => ({
  text,
  payload: { file, line, ...more, ...(heading !== undefined && { heading }) },
})

/** The items of a table. The number of a row, from 1, is its line. */
async function rowItems(file: string, bytes: Uint8Array, { columns }: ItemOptions): Promise<PassageItem[]> {
  const items: PassageItem[] = []
  for await (const point of readPoints(bytesSource(bytes, file), { columns })) {
    const line = items.length + 1
    items.push(pointItem(point, file, line, `${file}, row ${line}`, columns))
  }
  return items
}

/** The item of a JSON line. */
function jsonItem(file: string, text: string, line: number, { columns }: ItemOptions): PassageItem {
  const location = `${file}, line ${line}`
  return pointItem(recordPoint(parseObject(text, location), location, columns), file, line, location, columns)
}

/**
 * The item of a point. All fields but the text go into the payload, and the id as "id".
 *
 * @param location names the point in errors
 */
function pointItem(
  { id, text, payload }: FilePoint,
  file: string,
  line: number,
  location: string,
  columns: TextColumns | undefined,
): PassageItem {
  if (text === undefined) {
    throw new FormatError(
      `${location}: "${columns?.text ?? 'text'}" is required; read files of vectors with: npx maxsimd index --vectors ${file}`,
    )
  }
  // JSON has no bigint
  const named = id === undefined ? {} : { id: typeof id === 'bigint' ? String(id) : id }
  return { text, payload: { ...payload, ...named, file, line } }
}
