// The recipes of docs/bundlers.md: the files of recipes/, which the suite runs.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Titles of the recipes in the page, in their order. */
const RECIPES = {
  vite: 'Vite',
  webpack: 'webpack and Rspack, in a page',
  'webpack-server': 'webpack, Rspack and Next.js with Turbopack, on a server',
  'next-node': 'Next.js with `next build --webpack`, on a server',
  esbuild: 'esbuild with `--loader:.bin=file --loader:.wasm=file`, and Bun, in a page',
  url: 'Rollup with @rollup/plugin-url',
  parcel: 'Parcel',
  inline: 'esbuild with `--loader:.bin=binary --loader:.wasm=binary`: one file for AWS Lambda, 7 MB larger',
  bun: 'Bun, also with `bun build --compile`',
  node: 'Node, Deno and Bun without a bundler',
  'test-runner': 'Vitest, Jest and other places without `import.meta.resolve`',
  'next-edge': 'Next.js, in the edge runtime, which has no file system either',
  workerd: 'Cloudflare Workers, which have no file system: fetch the word file from an asset',
}

/** The recipes as Markdown. */
export function recipes() {
  return Object.entries(RECIPES)
    .map(([file, title]) => {
      const code = readFileSync(join(import.meta.dirname, 'recipes', `${file}.js`), 'utf8')
      return `**${title}**\n\n\`\`\`js bundler\n${code}\`\`\`\n`
    })
    .join('\n')
}
