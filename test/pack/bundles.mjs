// Concern "bundlers": programs that each bundler bundled work in a page and on a server. A warning counts as a failure.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { bundlersOf } from './bundlers.mjs'
import { ALL_STEPS, differences } from './results.mjs'
import { makeProgram, mustRun, project } from './work.mjs'

/** The policy of the strictest page in which everything works. */
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:; connect-src 'self'"

/** A bundler's warnings as a problem. */
const problemOf = warnings => (warnings.length > 0 ? `warnings:\n${warnings.join('\n')}` : '')

const folderOf = (name, kind) => `${name.replaceAll(/\W+/g, '-').toLowerCase()}-${kind}`

async function checkPage(report, pages, bundler) {
  const folder = makeProgram(folderOf(bundler.name, 'page'), bundler.page)
  const out = join(folder, 'out')
  const name = `${bundler.label}, page`
  const time = await report.run('bundlers', `${name}: no warnings`, async () =>
    problemOf(await bundler.bundle({ folder, entry: 'page.js', out })),
  )
  const base = folder.slice(project.length)
  const script = 'out/main.js'
  const kind = bundler.isModule ? '&module' : ''
  const policy = `policy=${encodeURIComponent(POLICY)}`
  const kinds = bundler.html
    ? { 'works in its own page': `${base}/out/${bundler.html}` } // with an inline import map, which the policy forbids
    : {
        'works in a page with a charset and a strict policy': `${base}/page?script=${script}${kind}&charset&${policy}`,
        'a page without a charset': `${base}/page?script=${script}${kind}`,
      }
  for (const [title, path] of Object.entries(kinds)) {
    await report.run('bundlers', `${name}: ${title}`, async () =>
      bundler.needsCharset && title.includes('without')
        ? differences(await pages.outcome(path), ['core'], { core: /^Error: .*add <meta charset="utf-8">/ })
        : differences(await pages.outcome(path), ALL_STEPS),
    )
  }
  return time
}

async function checkServer(report, bundler) {
  const folder = makeProgram(folderOf(bundler.name, 'server'), bundler.server)
  const out = join(folder, 'out')
  const name = `${bundler.label}, server`
  await report.run('bundlers', `${name}: no warnings`, async () =>
    problemOf(await bundler.bundle({ folder, entry: 'server.js', out, node: true })),
  )
  await report.run('bundlers', `${name}: works in Node`, async () => {
    mkdirSync(join(out, 'data'), { recursive: true })
    const stdout = await mustRun(process.execPath, [join(out, 'main.cjs'), join(out, 'data/library')], {
      cwd: out,
    })
    return differences(JSON.parse(stdout), ALL_STEPS)
  })
}

export async function checkBundlers(report, { tools, pages, tool }) {
  for (const bundler of bundlersOf(tools)) {
    if (tool && !bundler.name.startsWith(tool)) continue
    if (bundler.isMissing) {
      console.log(
        `not run: bundlers: ${bundler.name}: npm has no binary for ${process.platform} ${process.arch}`,
      )
      continue
    }
    bundler.label = bundler.of ? `${bundler.name} ${tools.version(bundler.of)}` : bundler.name
    await checkPage(report, pages, bundler)
    if (bundler.server) await checkServer(report, bundler)
  }
}
