// The sentence above the answers of the page.

import { ignoredWordsText } from '../output/hits-text.js'
import type { SearchResponse } from '../service/text-service.js'

/** How many passages were found and how long it took, and which words of the question were ignored. */
export function statusText({ hits, unknown, suggestions }: SearchResponse, milliseconds: number): string {
  const count = hits.length === 1 ? '1 passage' : `${hits.length || 'No'} passages`
  const ignored = ignoredWordsText(unknown, suggestions)
  const sentence = ignored === undefined ? '' : ` ${ignored[0]!.toUpperCase()}${ignored.slice(1)}.`
  return `${count} in ${milliseconds.toFixed(0)} ms.${sentence}`
}
