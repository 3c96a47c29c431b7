// Passages of a file with their payload, as they become points of an index.

import { FormatError } from '../formats/index.js'
import { parseObject, recordPoint } from '../formats/text/jsonl.js'
import { passagesOf } from './passages.js'

/** A passage and the payload of its point, which gets the text too. */
export interface PassageItem {
  readonly text: string
  readonly payload: Readonly<Record<string, unknown>>
}

/**
 * The items of a text file or a file of JSON lines.
 *
 * @param file its path, for the payload and for errors
 * @throws FormatError if a JSON line is not valid or has no text
 */
export function itemsOf(file: string, text: string, lines: boolean): PassageItem[] {
  if (/\.(?:jsonl|ndjson)$/i.test(file)) {
    return text
      .split('\n')
      .flatMap((line, index) => (line.trim() === '' ? [] : [jsonItem(file, line, index + 1)]))
  }
  return passagesOf(text, { lines }).map(({ line, text: passage, heading }) => ({
    text: passage,
    payload: { file, line, ...(heading !== undefined && { heading }) },
  }))
}

/** The item of a JSON line. All fields but the text go into the payload. */
function jsonItem(file: string, text: string, line: number): PassageItem {
  const location = `${file}, line ${line}`
  const fields = idToPayload(parseObject(text, location))
  const { text: passage, payload } = recordPoint(fields, location)
  if (passage !== undefined) return { text: passage, payload: { ...payload, file, line } }
  throw new FormatError(
    `${location}: "text" is required; read files of vectors with: maxsimd index --vectors ${file}`,
  )
}

/** Moves the id into the payload, because ids of a store must be integers or UUIDs. */
function idToPayload(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { id, _id, payload, ...rest } = fields
  const name = id ?? _id
  return { ...rest, payload: { ...(payload as object | undefined), ...(name !== undefined && { id: name }) } }
}
