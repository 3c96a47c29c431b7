// The page of `maxsimd serve`: searches while a question is typed. The address holds the question and what it is searched by,
// so that a link leads to its answer. A token that the server needs is kept for the tab.

import { shownMatches } from '../output/shown-matches.js'
import type { SearchResponse, SearchResult } from '../service/text-service.js'
import { element, find } from './elements.js'
import { statusText } from './status-text.js'

/** Milliseconds without a key press before a search. */
const TYPING_PAUSE = 200
const TOKEN = 'maxsimd token'

const input = find<HTMLInputElement>('#search input')
const onlyInput = find<HTMLSelectElement>('#search select')
const tokenForm = find<HTMLFormElement>('#token')
const tokenInput = find<HTMLInputElement>('#token input')
const status = find('#status')
const list = find('#entries')

let running = new AbortController()
let pause: ReturnType<typeof setTimeout>

async function search(): Promise<void> {
  clearTimeout(pause)
  running.abort()
  running = new AbortController()
  const { signal } = running
  const query = input.value.trim()
  const only = onlyInput.value || undefined
  history.replaceState(null, '', addressOf(query, only))
  if (query === '') {
    show('', [])
    return
  }
  const started = performance.now()
  try {
    const response = await post('search', { query, only }, signal)
    const answer = (await response.json()) as SearchResponse & { readonly error?: string }
    if (signal.aborted) return
    if (response.status === 401) showTokenForm()
    else if (!response.ok) show(`The search failed: ${answer.error ?? response.statusText}.`, [])
    else show(statusText(answer, performance.now() - started), answer.hits)
  } catch (error) {
    if (!signal.aborted) show(`The server does not answer: ${(error as Error).message}.`, [])
  }
}

const addressOf = (query: string, only: string | undefined) =>
  location.pathname +
  (only === undefined ? '' : `?only=${only}`) +
  (query === '' ? '' : `#${encodeURIComponent(query)}`)

function post(path: string, body: object, signal: AbortSignal): Promise<Response> {
  const token = sessionStorage.getItem(TOKEN)
  const headers = {
    'content-type': 'application/json',
    ...(token !== null && { authorization: `Bearer ${token}` }),
  }
  return fetch(path, { method: 'POST', headers, body: JSON.stringify(body), signal })
}

function showTokenForm(): void {
  const wasSent = sessionStorage.getItem(TOKEN) !== null
  sessionStorage.removeItem(TOKEN)
  tokenForm.hidden = false
  show(wasSent ? 'This is not the token of the server.' : 'The server needs a token.', [])
  tokenInput.focus()
}

function show(text: string, hits: readonly SearchResult[]): void {
  // screen readers read the status whenever it is set
  if (status.textContent !== text) status.textContent = text
  list.replaceChildren(...hits.map(toItem))
}

function toItem(hit: SearchResult): HTMLLIElement {
  const { id, file, line, score, payload } = hit
  const entry = element('div', { className: 'entry' })
  const heading = typeof payload.heading === 'string' ? ` ${payload.heading}` : ''
  entry.append(
    element('small', { title: 'score' }, score.toFixed(3)),
    element('strong', {}, file === undefined ? `point ${id}` : `${file}:${line}`),
    heading,
    markedText(hit),
  )
  const item = element('li')
  item.append(entry)
  return item
}

/** The passage with its matched words marked. */
function markedText({ text, matches, marks = shownMatches(matches) }: SearchResult): HTMLSpanElement {
  const span = element('span')
  let position = 0
  for (const { start, end } of [...marks].sort((a, b) => a.start - b.start)) {
    if (start < position) continue
    span.append(text.slice(position, start), element('mark', {}, text.slice(start, end)))
    position = end
  }
  span.append(text.slice(position))
  return span
}

function readAddress(): void {
  let query = location.hash.slice(1)
  try {
    query = decodeURIComponent(query)
  } catch {
    // an address that somebody typed
  }
  if (query === input.value.trim()) return
  input.value = query
  void search()
}

input.addEventListener('input', () => {
  clearTimeout(pause)
  pause = setTimeout(search, TYPING_PAUSE)
})
find('#search').addEventListener('submit', event => {
  event.preventDefault()
  void search()
})
tokenForm.addEventListener('submit', event => {
  event.preventDefault()
  sessionStorage.setItem(TOKEN, tokenInput.value)
  tokenInput.value = ''
  tokenForm.hidden = true
  input.focus()
  void search()
})
onlyInput.addEventListener('change', () => void search())
addEventListener('hashchange', readAddress)
onlyInput.value = new URLSearchParams(location.search).get('only') ?? ''
// an address that somebody typed
if (onlyInput.selectedIndex < 0) onlyInput.value = ''
readAddress()
input.focus()
