// What of a file becomes a point of an index: a passage and what is told of it.

import { FormatError } from '../formats/index.js'
import { parseObject, recordPoint } from '../formats/text/jsonl.js'
import { passagesOf } from './passages.js'

/** What of a file becomes a point: its text, and what is told of it. */
export interface PassageItem {
  readonly text: string
  readonly payload: Readonly<Record<string, unknown>>
}

/** The items of a text file, or of one of JSON lines. */
export function itemsOf(file: string, text: string, lines: boolean): PassageItem[] {
  if (/\.(?:jsonl|ndjson)$/i.test(file)) {
    return text
      .split('\n')
      .flatMap((line, index) => (line.trim() === '' ? [] : [itemOf(file, line, index + 1)]))
  }
  return passagesOf(text, { lines }).map(({ line, text: passage, heading }) => ({
    text: passage,
    payload: { file, line, ...(heading !== undefined && { heading }) },
  }))
}

/** A line of JSON with a text; its other fields are payload, and so is its id, which need be none that a store takes. */
function itemOf(file: string, text: string, line: number): PassageItem {
  const place = `${file}, line ${line}`
  const { text: passage, payload } = recordPoint(withoutId(text, place), place)
  if (passage !== undefined) return { text: passage, payload: { ...payload, file, line } }
  throw new FormatError(
    `${place}: expected a "text"; files of vectors go into a store: maxsimd index --vectors ${file}`,
  )
}

function withoutId(text: string, place: string): Record<string, unknown> {
  const fields = parseObject(text, place)
  const { id, _id, payload, ...rest } = fields
  const name = id ?? _id
  return { ...rest, payload: { ...(payload as object | undefined), ...(name !== undefined && { id: name }) } }
}
