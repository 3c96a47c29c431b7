// The page: looks up the meaning while it is typed; shows the words that were found and the matches of the chosen one.
// The address holds the meaning and the opened result (address.ts), so that a link leads to an answer and Back works.

import { element, find } from '../../src/cli/page/elements.js'
import type { Answer, Entry, WordComparison } from '../dictionary.js'
import { EXAMPLES } from '../examples.js'
import { replaceWord, unknownParts } from '../unknown-text.js'
import { fragmentOf, type View, viewOf } from './address.js'
import { fillTable, markedDefinition, watchScroll } from './grid.js'
import type { Message, Request } from './messages.js'
import { WORKED_EXAMPLE } from './worked-example.js'

const LIMIT = 10
/** Milliseconds without a key press before a lookup. */
const TYPING_PAUSE = 120
/** Milliseconds without a key press after which further typing makes a new entry of the history. */
const READING_PAUSE = 2_000

const status = find('#status')
const bar = find<HTMLProgressElement>('progress')
const input = find<HTMLInputElement>('input')
const list = find<HTMLOListElement>('#entries')
const columns = find('.columns')
const panel = find('#comparison')
const heading = find('#comparison h2')
const definition = find('.definition')
const table = find<HTMLTableElement>('#comparison table')
const worked = find('#worked')
const updateScroll = watchScroll(find('#comparison .scroll'))
/** Whether the explanation has a column of its own, as in style.css. */
const wide = matchMedia('(min-width: 60rem)')
const count = (value: number) => value.toLocaleString('en')

const worker = new Worker('worker.js', { type: 'module' })
let lastId = 0
let phase = ''
let isReady = false
let shown: Answer | undefined
let view: View = { query: '' }
/** Why the next explanation must come into view: the user opened its result, or went back or forward to it. */
let arrival: 'opened' | 'returned' | undefined
let readyText = ''

type WithoutId<Message> = Message extends Request ? Omit<Message, 'id'> : never

function send(request: WithoutId<Request>): void {
  worker.postMessage({ ...request, id: ++lastId })
}

/** Responses to requests until now are outdated. */
function ignoreResponses(): void {
  lastId++
}

worker.addEventListener('message', ({ data }: MessageEvent<Message>) => {
  if (data.type === 'progress') {
    phase = data.phase
    bar.value = data.share
    showPhase()
  } else if (data.type === 'ready') {
    isReady = true
    bar.hidden = true
    worked.hidden = true
    readyText = `Ready: ${count(data.definitions)} definitions with ${count(data.rows)} words.`
    setStatus(readyText)
    look()
  } else if (data.type === 'failed') fail(data.reason)
  // responses to earlier requests are outdated
  else if (data.id !== lastId) return
  else if (data.type === 'answer') showAnswer(data.answer)
  else showComparison(data.comparison)
})
worker.addEventListener('error', event => fail(event.message))

function fail(reason: string): void {
  bar.hidden = true
  worked.hidden = true
  setStatus(`The dictionary could not be loaded: ${reason}`)
}

/** Screen readers read the status whenever it is set. */
function setStatus(...parts: readonly (Node | string)[]): void {
  const text = parts.map(part => (typeof part === 'string' ? part : part.textContent)).join('')
  if (status.textContent !== text) status.replaceChildren(...parts)
}

function showPhase(): void {
  const promise = view.query === '' ? '' : ' Your query is answered when the dictionary is ready.'
  setStatus(`${phase} …${promise}`)
}

/** Changes the view, with or without a new entry of the history. */
function go(next: View, isNewEntry: boolean): void {
  if (fragmentOf(next) !== fragmentOf(view)) {
    const address = `${location.pathname}${location.search}${fragmentOf(next)}`
    history[isNewEntry ? 'pushState' : 'replaceState'](null, '', address)
  }
  view = next
  look()
}

/** Shows the view: asks for the answer unless it is there, then opens the result. */
function look(): void {
  if (view.query === '') {
    shown = undefined
    ignoreResponses()
    columns.append(panel)
    list.replaceChildren()
    panel.hidden = true
    if (isReady) setStatus(readyText)
    else if (!bar.hidden && phase !== '') showPhase()
  } else if (!isReady) {
    if (!bar.hidden) showPhase()
  } else if (shown?.query === view.query) openEntry()
  else send({ type: 'answer', query: view.query, limit: LIMIT })
}

function showAnswer(answer: Answer): void {
  shown = answer
  setStatus(...statusParts(answer))
  panel.hidden = answer.entries.length === 0
  columns.append(panel)
  list.replaceChildren(...answer.entries.map(toItem))
  openEntry()
}

/** The notice of unknown words, with a button for each suggestion, or the cost. */
const statusParts = (answer: Answer): (Node | string)[] =>
  unknownParts(answer)?.map(part => {
    if (typeof part === 'string') return part
    const button = element('button', { type: 'button' }, `"${part.suggestion}"`)
    button.addEventListener('click', () => ask(replaceWord(view.query, part)))
    return button
  }) ?? [costText(answer)]

const costText = ({ rows, milliseconds }: Answer) =>
  `Compared with ${count(rows)} words in ${milliseconds.toFixed(0)} ms.`

function toItem(entry: Entry): HTMLLIElement {
  const button = element('button', { type: 'button', className: 'entry' })
  button.append(
    element('small', { title: 'score' }, entry.score.toFixed(2)),
    element('strong', {}, entry.words.slice(0, 3).join(', ')),
    ` ${entry.part}`,
    element('span', {}, entry.text),
  )
  button.addEventListener('click', () => {
    isTyping = false
    if (!wide.matches && button.hasAttribute('aria-current')) closeEntry(button)
    else {
      arrival = 'opened'
      go({ query: shown!.query, word: entry.words[0]! }, true)
    }
  })
  const item = element('li')
  item.append(button)
  return item
}

const buttons = () => [...list.querySelectorAll('button')]

/** Hides the explanation below an entry. The address keeps the entry. */
function closeEntry(button: HTMLButtonElement): void {
  ignoreResponses()
  button.removeAttribute('aria-current')
  panel.hidden = true
}

/** Marks the entry of the view, and asks for its explanation. */
function openEntry(): void {
  const { entries, query } = shown!
  const chosen = Math.max(
    entries.findIndex(({ words }) => words[0] === view.word),
    0,
  )
  for (const [i, button] of buttons().entries()) {
    if (i === chosen) button.setAttribute('aria-current', 'true')
    else button.removeAttribute('aria-current')
  }
  const entry = entries[chosen]
  if (entry) send({ type: 'explain', query, index: entry.index })
}

function showComparison(comparison: WordComparison): void {
  const chosen = buttons().findIndex(button => button.hasAttribute('aria-current'))
  const entry = shown!.entries[chosen]!
  heading.textContent = entry.words.join(', ')
  definition.replaceChildren(...markedDefinition(entry.text, comparison))
  fillTable(table, comparison)
  panel.hidden = false
  placePanel()
  updateScroll()
  bringIntoView(buttons()[chosen]!)
  arrival = undefined
}

/** Puts the explanation beside the list on a wide screen, or below its result. */
function placePanel(): void {
  const chosen = list.querySelector('[aria-current]')
  if (wide.matches || !chosen) columns.append(panel)
  else chosen.after(panel)
}

/**
 * Scrolls to a result that the user opened or returned to. On a narrow screen it moves to the top if it is out of view, or
 * if it was opened and its explanation does not fit below it.
 */
function bringIntoView(button: HTMLElement): void {
  if (arrival === undefined) return
  if (wide.matches) {
    button.scrollIntoView({ block: 'nearest' })
    return
  }
  const { top, bottom } = button.getBoundingClientRect()
  const end = arrival === 'opened' ? panel.getBoundingClientRect().bottom : bottom
  if (top < 0 || end > innerHeight) button.scrollIntoView()
}

/** Whether the newest entry of the history is still being typed. */
let isTyping = false
let pause: ReturnType<typeof setTimeout>
let reading: ReturnType<typeof setTimeout>

function search(): void {
  clearTimeout(pause)
  const query = input.value.trim()
  if (query === view.query) return
  go({ query }, !isTyping)
  isTyping = true
  clearTimeout(reading)
  reading = setTimeout(() => {
    isTyping = false
  }, READING_PAUSE)
}

input.addEventListener('input', () => {
  clearTimeout(pause)
  pause = setTimeout(search, TYPING_PAUSE)
})
find('form').addEventListener('submit', event => {
  event.preventDefault()
  search()
  isTyping = false
})
find('main').addEventListener('keydown', event => {
  const all = buttons()
  const place = all.indexOf(document.activeElement as HTMLButtonElement)
  const isInResults = list.contains(document.activeElement) || panel.contains(document.activeElement)
  if (event.key === 'Escape' && isInResults) input.focus()
  else if (event.key === 'ArrowDown' && (place >= 0 || document.activeElement === input)) {
    all[Math.min(place + 1, all.length - 1)]?.focus()
  } else if (event.key === 'ArrowUp' && place >= 0) (all[place - 1] ?? input).focus()
  else return
  event.preventDefault()
})
/** Looks up a query that was not typed. */
function ask(query: string): void {
  isTyping = false
  input.value = query
  go({ query }, true)
}

find('#examples').append(
  ...EXAMPLES.map(text => {
    const button = element('button', { type: 'button' }, text)
    button.addEventListener('click', () => ask(text))
    return button
  }),
)
function readAddress(): void {
  isTyping = false
  view = viewOf(location.hash)
  input.value = view.query
  look()
}
addEventListener('hashchange', () => {
  arrival = 'returned'
  readAddress()
})
// the explanation arrives later than the browser would scroll
history.scrollRestoration = 'manual'
wide.addEventListener('change', () => {
  // a result that was closed on the narrow screen
  if (panel.hidden && shown) openEntry()
  else placePanel()
})

find('#worked p').textContent = WORKED_EXAMPLE.text
fillTable(find<HTMLTableElement>('#worked table'), WORKED_EXAMPLE)
worked.hidden = false
watchScroll(find('#worked .scroll'))
readAddress()
input.focus({ preventScroll: true })
