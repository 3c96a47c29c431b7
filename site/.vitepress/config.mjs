// The documentation site. site/build.mjs copies the pages into .source and makes the reference there.

import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitepress'

const read = path => readFileSync(new URL(`../.source/${path}`, import.meta.url), 'utf8')
const entryPoints = JSON.parse(read('entry-points.json'))

/** The groups of docs/README.md, which is index.md here, as the sidebar. */
function guideSidebar() {
  return read('docs/index.md')
    .split(/^\*\*(?=.+\*\*$)/m)
    .slice(1)
    .map(group => ({
      text: group.slice(0, group.indexOf('**')),
      items: [...group.matchAll(/^- \[([^\]]+)\]\(([^)]+)\.md\)/gm)].map(([, text, path]) => ({
        text,
        link: path.startsWith('../') ? path.slice(2) : `/docs/${path}`,
      })),
    }))
}

const referenceSidebar = [
  {
    text: 'Entry points',
    items: [
      { text: 'Overview', link: '/reference/' },
      ...entryPoints.map(({ name, page }) => ({ text: name, link: `/reference/${page}` })),
    ],
  },
]

export default defineConfig({
  title: 'maxsimd',
  description: 'Late interaction (ColBERT, ColPali, MaxSim) for JavaScript and TypeScript',
  base: process.env.SITE_BASE ?? '/',
  srcDir: '.source',
  cleanUrls: true,
  lastUpdated: false,
  // the demo is a page of its own, and files of the repository are copied beside the pages
  ignoreDeadLinks: [/^\/demo\//, /\.(mjs|ts|svg|json|yml|bin)$/],
  rewrites: { 'reference/README.md': 'reference/index.md' },
  markdown: { lineNumbers: false },
  themeConfig: {
    nav: [
      { text: 'Guide', link: '/docs/', activeMatch: '^/docs/' },
      { text: 'Reference', link: '/reference/', activeMatch: '^/reference/' },
      { text: 'Demo', link: '/demo/index.html', target: '_self' },
      { text: 'Changes', link: '/CHANGELOG' },
    ],
    sidebar: { '/docs/': guideSidebar(), '/reference/': referenceSidebar, '/': guideSidebar() },
    search: { provider: 'local' },
    outline: [2, 3],
  },
})
