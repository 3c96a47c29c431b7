// The second page of the demo: searches pages of documents by their patches, and draws where a question matches over their pictures.

import { element, find } from '../../src/cli/page/elements.js'
import { createStaticEncoder } from '../../src/encode/static/index.js'
import { createScorer } from '../../src/index.js'
import type { DemoDocument } from '../pages/page-rows.js'
import { createPageSearch, type FoundPage } from '../pages/page-search.js'

const EXAMPLES = ['money to pay', 'train and plane', 'illness', 'musicians', 'flood']

const status = find('#status')
const input = find<HTMLInputElement>('input')
const list = find<HTMLOListElement>('#pages')

async function fetchFile(path: string): Promise<Response> {
  const response = await fetch(path)
  if (!response.ok) throw new Error(`${path}: the server returned ${response.status} ${response.statusText}`)
  return response
}

async function start(): Promise<void> {
  const [words, documents] = await Promise.all([
    fetchFile('words.bin').then(response => response.arrayBuffer()),
    fetchFile('documents.json').then(response => response.json() as Promise<DemoDocument[]>),
  ])
  const { search } = createPageSearch(
    await createScorer(),
    createStaticEncoder(new Uint8Array(words)),
    documents,
  )
  const show = () => {
    const question = input.value.trim()
    const pages = search(question)
    list.replaceChildren(...pages.map(pageItem))
    if (question === '') status.textContent = `Ready: ${documents.length} pages.`
    else if (pages.length === 0) status.textContent = 'No word of the question is known.'
    else status.textContent = `${pages.length} pages, best first.`
  }
  for (const text of EXAMPLES) {
    const button = element('button', { type: 'button' }, text)
    button.addEventListener('click', () => {
      input.value = text
      show()
    })
    find('#examples').append(' ', button)
  }
  input.addEventListener('input', show)
  find('form').addEventListener('submit', event => event.preventDefault())
  show()
}

function pageItem({ document: page, score, matches, heat }: FoundPage): HTMLLIElement {
  const item = element('li')
  const picture = element('img', { src: page.picture, width: page.width, height: page.height })
  picture.alt = `A page: ${page.title}`
  const map = new DOMParser().parseFromString(heat, 'image/svg+xml').documentElement
  const figure = element('div', { className: 'page' })
  figure.append(picture, map)
  const heading = element('h2', {}, page.title)
  heading.append(' ', element('span', { className: 'score' }, score.toFixed(2)))
  const words = element('ul')
  words.append(
    ...matches.map(({ word, printed, similarity }) =>
      element('li', {}, `${word} → ${printed || 'an empty place'}, ${similarity.toFixed(2)}`),
    ),
  )
  item.append(heading, words, figure)
  return item
}

start().catch((error: Error) => {
  status.textContent = `The pages could not be loaded: ${error.message}`
})
