// The documentation: the programs of a page run as they are, in their order, in one empty folder; every block is valid code;
// every script that is named exists; and every link has a target.

import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { promisify } from 'node:util'
import { transformSync } from 'esbuild'
import { afterAll, expect, it } from 'vitest'
import { makeFigures } from '../../scripts/make-figures.mjs'
import { blocksOf, isCode, type MarkdownProgram, pages, programsOf } from '../support/markdown-programs.js'

// a folder of its own, so that two runs do not disturb each other
const folder = `build/docs-programs-${process.pid}`
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Replaces the ports of the documentation, 3000 and 3001, which another program may use. esbuild writes 3000 as 3e3. */
const withFreePorts = (program: string) =>
  program.replaceAll(/\b(?:3e3|300[01])\b/g, port =>
    String(20_000 + 2 * (process.pid % 20_000) + (port === '3001' ? 1 : 0)),
  )

async function run({ name, program, prints }: MarkdownProgram, cwd: string): Promise<void> {
  const file = `${name.replaceAll(/\W+/g, '-')}.mjs`
  writeFileSync(join(cwd, file), withFreePorts(program))
  const env = { ...process.env, NO_COLOR: '1' }
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], {
    cwd,
    env,
    timeout: 60_000,
  })
  expect(stderr, `${name} writes to standard error`).toBe('')
  const lines = stdout.split('\n')
  for (const line of prints) expect(lines, `output of ${name}`).toContain(line)
}

const withPrograms = pages
  .map(page => ({ page, programs: programsOf(page) }))
  .filter(({ programs }) => programs.length > 0)

it.concurrent.each(withPrograms)('the programs of $page run', async ({ page, programs }) => {
  const cwd = join(folder, page.replaceAll(/\W+/g, '-'))
  mkdirSync(cwd, { recursive: true })
  for (const program of programs) await run(program, cwd)
})

it('there are programs in the README and in the guides', () => {
  expect(withPrograms.length).toBeGreaterThan(5)
  expect(withPrograms[0]?.page).toBe('README.md')
})

it('the figures are those that scripts/make-figures.mjs draws', async () => {
  for (const [file, svg] of Object.entries(await makeFigures()))
    expect(
      readFileSync(file, 'utf8') === svg,
      `${file} is current; if not, run node scripts/make-figures.mjs`,
    ).toBe(true)
})

it.each(pages)('every block of code in %s is valid', page => {
  for (const { name, language, code } of blocksOf(page).filter(isCode)) {
    const loader = language as 'js' | 'ts' | 'jsx' | 'tsx'
    expect(() => transformSync(code, { loader, target: 'es2022' }), name).not.toThrow()
  }
})

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }

it.each([...pages, 'CONTRIBUTING.md'])('every script that %s names exists', page => {
  for (const [, script] of readFileSync(page, 'utf8').matchAll(/npm run ([\w:]+)/g))
    expect(Object.keys(scripts)).toContain(script)
})

/** The anchor that GitHub makes of a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/\[([^\]]*)\]\([^)]*\)|[`*]/g, '$1')
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-')

/** The links of a page to files and headings, pictures included. */
function linksOf(file: string) {
  const text = readFileSync(file, 'utf8').replaceAll(/^```[\s\S]*?^```$|`[^`\n]*`/gm, '')
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)|\b(?:src|href)="([^"]+)"/g)].map(([, a, b]) => a ?? b!)
  return targets
    .filter(target => !/^[a-z]+:/.test(target))
    .map(target => {
      const [path, anchor] = target.split('#')
      return { target, anchor, linked: path ? posix.join(dirname(file), path) : file }
    })
}

it.each([...pages, 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'data/README.md'])(
  'every link of %s has a target',
  file => {
    for (const { target, anchor, linked } of linksOf(file)) {
      expect(existsSync(linked), `${file} links to ${target}`).toBe(true)
      if (!anchor) continue
      const headings = [...readFileSync(linked, 'utf8').matchAll(/^#+ (.*)$/gm)]
      expect(
        headings.map(([, heading]) => anchorOf(heading!)),
        `${file} links to ${target}`,
      ).toContain(anchor)
    }
  },
)

it('every link in the packed package leads to a file in the package', async () => {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const { stdout } = await promisify(execFile)(npm, ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    maxBuffer: 2 ** 26,
    shell: process.platform === 'win32',
  })
  const [archive] = JSON.parse(stdout) as [{ files: { path: string }[] }]
  const files = archive.files.map(({ path }) => path)
  const isPacked = (path: string) => files.includes(path) || files.some(file => file.startsWith(`${path}/`))
  const broken = files
    .filter(file => file.endsWith('.md'))
    .flatMap(file => linksOf(file).map(link => ({ file, ...link })))
    .filter(({ linked }) => !isPacked(linked.replace(/\/$/, '')))
    .map(({ file, target }) => `${file} links to ${target}`)
  expect(broken, 'add the file to "files" of package.json, or link to an address').toEqual([])
}, 300_000)
