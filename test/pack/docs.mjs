// Writes what ran into docs/bundlers.md, between markers: the versions that passed, and the recipes.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { recipes } from './recipes.mjs'
import { root } from './work.mjs'

const PAGE = join(root, 'docs/bundlers.md')

/** The rows of the table in a text, by their concern. */
const rowsOf = text =>
  new Map([...text.matchAll(/^\| ([^|]*\S) \| .*$/gm)].map(([row, concern]) => [concern, row]))

/** The tools with which all checks passed, as a table. Concerns that did not run keep their row of the page. */
function worksWith(checks, page) {
  const concerns = new Map()
  for (const { concern, name, problem } of checks) {
    if (concern === 'command line') continue
    const tools = concerns.get(concern) ?? new Map()
    const [tool] = name.split(': ')
    concerns.set(concern, tools.set(tool, tools.get(tool) !== false && !problem))
  }
  const [, table] = page.split(/<!-- pack:(?:start|end) -->/)
  const rows = rowsOf(table.replace(/^\| --- .*$/m, ''))
  for (const [concern, tools] of concerns) {
    const passed = [...tools].filter(([, works]) => works).map(([tool]) => tool)
    rows.set(concern, `| ${concern} | ${passed.join('; ')} |`)
  }
  return `| | works with |\n| --- | --- |\n${[...rows.values()].join('\n')}\n`
}

function between(text, marker, content) {
  const [start, end] = [`<!-- ${marker}:start -->`, `<!-- ${marker}:end -->`]
  const [before, rest] = text.split(start)
  return `${before}${start}\n\n${content}\n${end}${rest.split(end)[1]}`
}

/** Writes the page. */
export function writeDocs(checks) {
  const text = readFileSync(PAGE, 'utf8')
  writeFileSync(PAGE, between(between(text, 'pack', worksWith(checks, text)), 'recipes', recipes()))
}
