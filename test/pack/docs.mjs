// Writes what ran into docs/bundlers.md, between markers: the versions that passed, and the recipes.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { here, root } from './work.mjs'

const PAGE = join(root, 'docs/bundlers.md')

/** Titles of the recipes in the page, in their order. */
const RECIPES = {
  vite: 'Vite',
  webpack: 'webpack and Rspack, in a page',
  'webpack-server': 'webpack and Rspack, on a server',
  esbuild: 'esbuild with `--loader:.bin=file --loader:.wasm=file`, and Bun, in a page',
  url: 'Rollup with @rollup/plugin-url',
  parcel: 'Parcel',
  inline: 'esbuild with `--loader:.bin=binary --loader:.wasm=binary`: one file for AWS Lambda, 7 MB larger',
  bun: 'Bun, also with `bun build --compile`',
  node: 'Node, Deno and Bun without a bundler',
  'test-runner': 'Vitest, Jest and other places without `import.meta.resolve`',
  workerd: 'Cloudflare Workers, which have no file system: fetch the word file from an asset',
}

/** The recipes as Markdown. */
export function recipes() {
  return Object.entries(RECIPES)
    .map(([file, title]) => {
      const code = readFileSync(join(here, 'recipes', `${file}.js`), 'utf8')
      return `**${title}**\n\n\`\`\`js bundler\n${code}\`\`\`\n`
    })
    .join('\n')
}

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
