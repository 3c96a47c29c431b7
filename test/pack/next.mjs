// Concern "Next.js", with --all: components, route handlers and API routes in Node and in the edge runtime, built with
// Turbopack and with webpack, and requested from `next start`. test/pack/next has the project.

import { spawn } from 'node:child_process'
import { copyFileSync, cpSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ALL_STEPS, differences, working } from './results.mjs'
import { environment, here, mustRun, project, Tools, work } from './work.mjs'

/**
 * What `next build` warns about in every project that has an edge route and no cache, and what webpack warns about in one
 * that imports maxsimd/formats there: the edge runtime cannot read compressed files.
 */
const EXPECTED_WARNINGS =
  /No build cache|Edge Runtime is deprecated|disables static generation|Compiled with warnings|API is used \((De)?CompressionStream /

const IN_PAGE = ['core', 'threads', 'reference', 'memoryStore', 'diskStore', 'formats']
const IN_EDGE = IN_PAGE.filter(step => step !== 'diskStore')
const inEdge = { ...working, core: /^simd: 2,0$/, threads: /^1 of simd: 2,0$/ }

const ROUTES = [
  { name: 'server component', path: '/', steps: IN_PAGE },
  { name: 'route in Node', path: '/node', steps: ALL_STEPS },
  { name: 'edge route', path: '/edge', steps: IN_EDGE, expected: inEdge, only: 'Turbopack' },
  { name: 'edge page', path: '/edge-page', steps: IN_EDGE, expected: inEdge },
  { name: 'edge API route', path: '/api/edge', steps: IN_EDGE, expected: inEdge },
]

/** Fills a folder in which Next.js is installed with the project, the program, and the packed package. */
function makeProject(folder, bundler) {
  for (const part of ['app', 'pages']) {
    rmSync(join(folder, part), { recursive: true, force: true })
    cpSync(join(here, 'next', part), join(folder, part), { recursive: true })
  }
  if (bundler === 'webpack') rmSync(join(folder, 'app/edge'), { recursive: true })
  copyFileSync(join(here, 'next/next.config.mjs'), join(folder, 'next.config.mjs'))
  copyFileSync(join(here, 'programs/steps.js'), join(folder, 'steps.js'))
  const recipe = bundler === 'webpack' ? 'next-node.js' : 'webpack-server.js'
  copyFileSync(join(here, 'recipes', recipe), join(folder, 'recipe.js'))
  copyFileSync(join(here, 'recipes/next-edge.js'), join(folder, 'recipe-edge.js'))
  const packages = join(project, 'node_modules')
  for (const name of readdirSync(packages).filter(name => !name.startsWith('.'))) {
    rmSync(join(folder, 'node_modules', name), { recursive: true, force: true })
    cpSync(join(packages, name), join(folder, 'node_modules', name), { recursive: true })
  }
}

/** The results of a route. A page has them as text in a <pre> element. */
async function request(origin, path) {
  const response = await fetch(origin + path, { signal: AbortSignal.timeout(60_000) })
  const text = await response.text()
  const [, inPage = text] = /<pre>(.*?)<\/pre>/.exec(text) ?? []
  if (!inPage.startsWith('{')) throw new Error(`status ${response.status}: ${text.slice(0, 500)}`)
  return JSON.parse(inPage.replaceAll('&quot;', '"').replaceAll('&#x27;', "'"))
}

/** Starts Next.js, passes its origin to a function, and ends it. */
async function withServer(next, options, use) {
  const args = [next, 'start', '--port', '0', '--hostname', '127.0.0.1']
  const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    for await (const line of createInterface(child.stdout)) {
      const [origin] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? []
      if (origin) return await use(origin)
    }
    throw new Error('next start ended before it listened')
  } finally {
    child.kill()
  }
}

export async function checkNext(report, { tool }) {
  const tools = new Tools('next', join(here, 'next'))
  await tools.install()
  const cwd = tools.folder
  const next = tools.path('next/dist/bin/next')
  for (const [bundler, args] of Object.entries({ Turbopack: [], webpack: ['--webpack'] })) {
    if (tool && tool !== bundler) continue
    const label = `Next.js ${tools.version('next')}, ${bundler}`
    const env = { ...environment, NEXT_TELEMETRY_DISABLED: '1', DIST: `.next-${bundler}` }
    makeProject(cwd, bundler)
    rmSync(join(cwd, env.DIST), { recursive: true, force: true })
    await report.run('Next.js', `${label}: no warnings`, async () => {
      const output = await mustRun(process.execPath, [next, 'build', ...args], { cwd, env, timeout: 900_000 })
      const warnings = output.split('\n').filter(line => /⚠|A Node.js API is used/.test(line))
      return warnings.filter(line => !EXPECTED_WARNINGS.test(line)).join('\n')
    })
    for (const { name, path, steps, expected, only } of ROUTES) {
      if (only && only !== bundler) continue
      const options = { cwd, env: { ...env, LIBRARY: join(work, `${bundler}-${name.replaceAll(' ', '-')}`) } }
      await report.run('Next.js', `${label}: ${name}`, () =>
        withServer(next, options, async origin => differences(await request(origin, path), steps, expected)),
      )
    }
  }
}
