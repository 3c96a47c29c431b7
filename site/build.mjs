// Builds the documentation site: `npm run docs`. The site has the pages of docs/, the API reference, which TypeDoc makes from
// the sources, and the demo page. The tools have a package.json of their own in site/, and are installed by the first run.
//
//   npm run docs                 builds build/site
//   npm run docs -- --serve      builds, then serves it on http://localhost:4173
//
// Fails if an export is not documented or a link is broken.

import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installPackages } from '../scripts/install-packages.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = join(here, '..')
process.chdir(root)

/** The sources of the site: Markdown, and the files that it links to. VitePress reads them from here. */
const STAGE = 'site/.source'
const OUTPUT = 'build/site'
/** The path of the site on its host. SITE_BASE=/maxsimd/ is for https://OWNER.github.io/maxsimd/. */
const base = process.env.SITE_BASE ?? '/'

/** Runs a program of site/node_modules. */
const run = (script, args) =>
  execFileSync(process.execPath, [join(here, 'node_modules', script), ...args], { stdio: 'inherit' })

const PAGES = [
  'README.md',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'data/README.md',
]

/** Returns the files below a folder. */
const filesBelow = folder =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => join(folder, name))
    .filter(file => statSync(file).isFile())

/** Copies the pages, and below public/ every other file of the repository that they link to. */
function stagePages() {
  rmSync(STAGE, { recursive: true, force: true })
  cpSync('docs', join(STAGE, 'docs'), { recursive: true })
  for (const page of PAGES) {
    mkdirSync(join(STAGE, dirname(page)), { recursive: true })
    cpSync(page, join(STAGE, page))
  }
  cpSync('bench/results/peers.md', join(STAGE, 'bench/results/peers.md'))
  cpSync(join(here, 'index.md'), join(STAGE, 'index.md'))
  // the page of a folder has another name on a site than in a repository
  renameSync(join(STAGE, 'docs/README.md'), join(STAGE, 'docs/index.md'))
  for (const page of ['README.md', 'CONTRIBUTING.md']) {
    const file = join(STAGE, page)
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('(docs/README.md', '(docs/index.md'))
  }
  for (const page of filesBelow(STAGE).filter(file => file.endsWith('.md'))) {
    const source = relative(STAGE, page)
    for (const [, target] of readFileSync(page, 'utf8').matchAll(/\]\(([^)\s#]+)[^)]*\)/g)) {
      const linked = join(dirname(source), target)
      if (/^[a-z]+:/.test(target) || target.endsWith('.md') || !existsSync(linked)) continue
      if (statSync(linked).isFile()) {
        cpSync(linked, join(STAGE, 'public', linked), { recursive: true })
        // VitePress takes images from beside the page
        cpSync(linked, join(STAGE, linked), { recursive: true })
      }
    }
  }
}

/** Copies the demo page and its data. */
function stageDemo() {
  const folder = join(STAGE, 'public/demo')
  execFileSync(process.execPath, ['build/demo.mjs', '--page', '--out', folder], { stdio: 'inherit' })
}

async function makeReference() {
  const { entryPoints } = await import('./typedoc-entries.mjs')
  run('typedoc/bin/typedoc', [
    '--options',
    join(here, 'typedoc.json'),
    ...entryPoints.flatMap(([, file]) => ['--entryPoints', file]),
    '--out',
    join(STAGE, 'reference'),
  ])
  // TypeDoc writes maxsimd/store into maxsimd.store.md
  const modules = entryPoints.map(([name]) => ({ name, page: name.replaceAll('/', '.') }))
  writeFileSync(join(STAGE, 'entry-points.json'), JSON.stringify(modules))
}

/** Fails if a link or an image of the built pages has no target. */
function checkLinks() {
  const broken = []
  for (const page of filesBelow(OUTPUT).filter(file => file.endsWith('.html') && !file.includes('/demo/'))) {
    for (const [, target] of readFileSync(page, 'utf8').matchAll(
      /<(?:a|img)[^>]* (?:href|src)="([^"#?]+)/g,
    )) {
      if (/^[a-z]+:|^\/\//.test(target)) continue
      const path = target.startsWith(base)
        ? join(OUTPUT, target.slice(base.length))
        : join(dirname(page), target)
      const found = [path, `${path}.html`, join(path, 'index.html')].some(
        file => existsSync(file) && statSync(file).isFile(),
      )
      if (!found) broken.push(`${relative(OUTPUT, page)}: ${target}`)
    }
  }
  if (broken.length > 0) throw new Error(`links without a target:\n${broken.join('\n')}`)
}

installPackages(here, 'VitePress and TypeDoc into site/node_modules (150 MB, once)')
stagePages()
stageDemo()
await makeReference()
rmSync(OUTPUT, { recursive: true, force: true })
run('vitepress/bin/vitepress.js', ['build', here, '--outDir', join(root, OUTPUT)])
checkLinks()
console.log(`built ${OUTPUT}`)
if (process.argv.includes('--serve'))
  run('vitepress/bin/vitepress.js', ['preview', here, '--outDir', join(root, OUTPUT)])
