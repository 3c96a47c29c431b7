// Writes what ran into docs/bundlers.md, between markers: the versions that passed, and the recipes.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { recipes } from './recipes.mjs'
import { root } from './work.mjs'

const PAGE = join(root, 'docs/bundlers.md')

/** The tools with which all checks passed, as a table. */
function worksWith(checks) {
  const concerns = new Map()
  for (const { concern, name, problem } of checks) {
    if (concern === 'command line') continue
    const tools = concerns.get(concern) ?? new Map()
    const [tool] = name.split(': ')
    concerns.set(concern, tools.set(tool, tools.get(tool) !== false && !problem))
  }
  const lines = [...concerns].map(([concern, tools]) => {
    const passed = [...tools].filter(([, works]) => works).map(([tool]) => tool)
    return `| ${concern} | ${passed.join('; ')} |`
  })
  return `| | works with |\n| --- | --- |\n${lines.join('\n')}\n`
}

function between(text, marker, content) {
  const [start, end] = [`<!-- ${marker}:start -->`, `<!-- ${marker}:end -->`]
  const [before, rest] = text.split(start)
  return `${before}${start}\n\n${content}\n${end}${rest.split(end)[1]}`
}

/** Writes the page. */
export function writeDocs(checks) {
  const text = readFileSync(PAGE, 'utf8')
  writeFileSync(PAGE, between(between(text, 'pack', worksWith(checks)), 'recipes', recipes()))
}
