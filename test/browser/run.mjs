// Runs the kernel suite in headless Chromium: `npm run test:browser`. A server on the loopback address serves the pages
// during the run. CHROMIUM is the path of the browser. Default: where operating systems install it.
//
// Exit codes: 0 success, 1 a failed test, 2 no browser.

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import { findBrowser } from './chromium.mjs'
import { checkDemo } from './demo.mjs'
import { checkServe } from './serve.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const root = dirname(dirname(here))

/**
 * The content security policy of each page, by its path. WebAssembly needs `wasm-unsafe-eval`, threads need
 * `worker-src blob:`, and nothing needs more.
 */
const pages = {
  '/': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:",
  '/strict': "default-src 'self'",
  '/trusted':
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; require-trusted-types-for 'script'",
  '/store': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'",
}

async function bundlePage(file) {
  const { outputFiles } = await build({
    entryPoints: [join(here, file)],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    write: false,
  })
  return outputFiles[0].text
}

/** Serves the pages, the suite and the library's files for pages on a free loopback port. */
async function serve(suite, store) {
  const html = url =>
    `<!doctype html><title>maxsimd</title><script type="module" src="/${url === '/store' ? 'store' : 'suite'}.js"></script>`
  const built = ['worker.js', 'maxsimd.min.js', 'maxsimd.reference.min.js', 'maxsimd.threads.min.js']
  const scripts = {
    '/suite.js': suite,
    '/store.js': store,
    ...Object.fromEntries(built.map(name => [`/${name}`, readFileSync(join(root, 'dist', name))])),
  }
  const server = createServer(({ url }, response) => {
    if (pages[url]) {
      response
        .writeHead(200, { 'content-type': 'text/html', 'content-security-policy': pages[url] })
        .end(html(url))
    } else if (scripts[url]) response.writeHead(200, { 'content-type': 'text/javascript' }).end(scripts[url])
    else response.writeHead(404).end()
  })
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  return server
}

async function main(executablePath) {
  const server = await serve(await bundlePage('page.ts'), await bundlePage('store.ts'))
  // as root, in a container, the sandbox and /dev/shm are not available
  const args = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu']
  const browser = await chromium.launch({ executablePath, args }).catch(error => {
    server.close()
    throw error
  })
  let passed = 0
  let failed = 0
  try {
    const version = browser.version()
    for (const path of Object.keys(pages)) {
      const page = await browser.newPage()
      page.on('pageerror', error => console.error(`  ${path}: ${error}`))
      await page.goto(`http://127.0.0.1:${server.address().port}${path}`)
      const outcome = await page.evaluate(path => globalThis.outcome(path), path)
      passed += outcome.passed
      failed += outcome.failures.length
      console.log(
        `Chromium ${version}, page ${path}, kernels ${outcome.kernels.join(', ') || 'none'}: ` +
          `${outcome.passed} passed, ${outcome.failures.length} failed`,
      )
      for (const failure of outcome.failures) console.error(`  ${failure}`)
    }
    for (const [name, check] of [
      ["the demo's page", checkDemo],
      ['the page of maxsimd serve', checkServe],
    ]) {
      const outcome = await check(browser, root)
      passed += outcome.passed
      failed += outcome.failures.length
      console.log(`${name}: ${outcome.passed} passed, ${outcome.failures.length} failed`)
      for (const failure of outcome.failures) console.error(`  ${failure}`)
    }
  } finally {
    await browser.close()
    server.closeAllConnections()
    server.close()
  }
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed > 0 ? 1 : 0
}

const executable = findBrowser()
if (executable === undefined) {
  console.error(
    `Chromium was not found${process.env.CHROMIUM ? ` at CHROMIUM=${process.env.CHROMIUM}` : ''}; install it ` +
      '(on Debian: apt-get install chromium), or pass its path: CHROMIUM=/path/to/chrome npm run test:browser',
  )
  process.exitCode = 2
} else {
  main(executable).catch(error => {
    console.error(`${executable} did not run the suite: ${error.message}`)
    process.exitCode = 1
  })
}
