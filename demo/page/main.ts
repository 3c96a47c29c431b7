// The page: looks up the meaning while it is typed; shows the words that were found and the matches of the chosen one.
// The meaning is kept in the fragment of the address, so that a link leads to an answer.

import type { Answer, Entry, WordComparison } from '../dictionary.js'
import { costText, unknownText } from '../print.js'
import type { Message, Request } from './messages.js'

const EXAMPLES = [
  'a place where planes take off and land',
  'fear of spiders',
  'to sleep through the winter',
  'a person who studies insects',
]
const LIMIT = 10
/** Milliseconds without a key press before a lookup. */
const TYPING_PAUSE = 120

const find = <T extends Element>(selector: string) => document.querySelector<T>(selector)!
const status = find<HTMLElement>('#status')
const bar = find<HTMLProgressElement>('progress')
const input = find<HTMLInputElement>('input')
const list = find<HTMLOListElement>('#entries')
const panel = find<HTMLElement>('#comparison')
const count = (value: number) => value.toLocaleString('en')

const worker = new Worker('worker.js', { type: 'module' })
let lastId = 0
let shown: Answer | undefined

type WithoutId<Message> = Message extends Request ? Omit<Message, 'id'> : never

function send(request: WithoutId<Request>): void {
  worker.postMessage({ ...request, id: ++lastId })
}

worker.addEventListener('message', ({ data }: MessageEvent<Message>) => {
  if (data.type === 'progress') {
    status.textContent = `${data.phase} …`
    bar.value = data.share
  } else if (data.type === 'ready') {
    bar.hidden = true
    const megabytes = Math.round(data.byteLength / 1e6)
    status.textContent = `ready: ${count(data.definitions)} definitions, ${count(data.rows)} rows, ${megabytes} MB`
    find<HTMLElement>('#examples').hidden = false
    search()
  } else if (data.type === 'failed') fail(data.reason)
  // responses to earlier requests are outdated
  else if (data.id !== lastId) return
  else if (data.type === 'answer') showAnswer(data.answer)
  else showComparison(data.comparison)
})
worker.addEventListener('error', event => fail(event.message))

function fail(reason: string): void {
  bar.hidden = true
  status.textContent = `The dictionary could not be loaded: ${reason}`
}

function search(): void {
  const query = input.value.trim()
  history.replaceState(null, '', query === '' ? ' ' : `#${encodeURIComponent(query)}`)
  if (query === '') {
    list.replaceChildren()
    panel.hidden = true
  } else if (bar.hidden) send({ type: 'answer', query, limit: LIMIT })
}

function showAnswer(answer: Answer): void {
  shown = answer
  const { entries, unknown } = answer
  status.textContent = entries.length === 0 ? unknownText(unknown) : costText(answer)
  list.replaceChildren(...entries.map(toItem))
  panel.hidden = entries.length === 0
  if (entries[0]) explain(entries[0])
}

function toItem(entry: Entry): HTMLLIElement {
  const button = element('button', { type: 'button' })
  button.append(
    element('small', {}, entry.score.toFixed(2)),
    element('strong', {}, entry.words.slice(0, 3).join(', ')),
    ` ${entry.part}`,
    element('span', {}, entry.text),
  )
  button.dataset.index = String(entry.index)
  button.addEventListener('click', () => explain(entry))
  const item = element('li')
  item.append(button)
  return item
}

function explain({ index }: Entry): void {
  for (const button of list.querySelectorAll('button')) {
    if (button.dataset.index === String(index)) button.setAttribute('aria-current', 'true')
    else button.removeAttribute('aria-current')
  }
  send({ type: 'explain', query: shown!.query, index })
}

function showComparison(comparison: WordComparison): void {
  const chosen = list.querySelector<HTMLElement>('[aria-current]')
  const entry = shown!.entries.find(({ index }) => String(index) === chosen?.dataset.index)!
  find('#comparison h2').textContent = entry.words.join(', ')
  find('.definition').replaceChildren(...marked(entry.text, comparison))
  find('table').replaceChildren(...grid(comparison))
}

/** The definition. Each word is shaded by its best similarity to a word of the query. */
function marked(text: string, { document: words, query, similarities }: WordComparison): (Node | string)[] {
  const parts: (Node | string)[] = []
  let end = 0
  for (const [i, word] of words.entries()) {
    const best = Math.max(...query.map((_, q) => similarities[q * words.length + i]!))
    const mark = element('mark', {}, text.slice(word.start, word.end))
    shade(mark, best)
    parts.push(text.slice(end, word.start), mark)
    end = word.end
  }
  return [...parts, text.slice(end)]
}

function grid({ query, document: words, similarities, matches }: WordComparison): Node[] {
  const head = element('thead')
  const top = head.appendChild(element('tr'))
  top.append(element('td'), ...words.map(({ text }) => element('th', { scope: 'col' }, text)))
  const body = element('tbody')
  const adds = new Map(matches.map(match => [match.query, match.contribution]))
  for (const [q, word] of query.entries()) {
    const row = similarities.subarray(q * words.length, (q + 1) * words.length)
    const best = row.indexOf(Math.max(...row))
    const line = body.appendChild(element('tr'))
    line.append(element('th', { scope: 'row' }, word))
    for (const [i, similarity] of row.entries()) {
      const cell = element('td', i === best ? { className: 'best' } : {}, similarity.toFixed(2))
      shade(cell, similarity)
      line.append(cell)
    }
    line.append(element('td', { className: 'adds' }, `+${adds.get(word)!.toFixed(2)}`))
  }
  return [head, body]
}

function shade(target: HTMLElement, similarity: number): void {
  const share = Math.round(70 * Math.max(similarity, 0) ** 2)
  target.style.backgroundColor = `color-mix(in srgb, var(--accent) ${share}%, transparent)`
}

function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  text?: string,
): HTMLElementTagNameMap[K] {
  const made = Object.assign(document.createElement(name), properties)
  if (text !== undefined) made.textContent = text
  return made
}

let pause: ReturnType<typeof setTimeout>
input.addEventListener('input', () => {
  clearTimeout(pause)
  pause = setTimeout(search, TYPING_PAUSE)
})
find('form').addEventListener('submit', event => {
  event.preventDefault()
  search()
})
const searchFor = (query: string) => {
  input.value = query
  search()
}
find('#examples').append(
  ...EXAMPLES.map(text => {
    const button = element('button', { type: 'button' }, text)
    button.addEventListener('click', () => searchFor(text))
    return button
  }),
)
const fromAddress = () => searchFor(decodeURIComponent(location.hash.slice(1)))
addEventListener('hashchange', fromAddress)
fromAddress()
input.focus()
