// The parts that error messages about the files of a model share.
import { isError } from '../../../base/is-a.js'
import { joinPath } from '../../../base/paths.js'
import type { ModelLocation } from './model-location.js'

/** The files that a model must have. */
export const FILES_NEEDED = 'a model needs config.json, tokenizer.json and an ONNX file'

/** The name of a file in error messages. */
export const nameOfFile = ({ type, model }: ModelLocation, file: string): string =>
  type === 'folder' ? joinPath(model, file) : `${file} of "${model}"`

/** The remedy for a broken file. */
export function modelFileRemedy({ type, folder }: ModelLocation, file: string): string {
  if (type === 'folder') return 'replace it by a complete file'
  return folder ? `delete ${joinPath(folder, file)} and try again` : "clear the browser's cache and try again"
}

/** The message of an error with those of its causes: `fetch failed` explains nothing, its cause does. */
export function reasonOf(error: unknown): string {
  if (!isError(error)) return String(error)
  return isError(error.cause) ? `${error.message}: ${reasonOf(error.cause)}` : error.message
}
