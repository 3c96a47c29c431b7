// A server for bundled programs, and a browser that visits them.

import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { chromium } from 'playwright-core'
import { findBrowser } from '../browser/chromium.mjs'
import { project } from './work.mjs'

const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.bin': 'application/octet-stream',
}

/** Serves the project. `/page?script=URL` is a page with that script; other parameters choose its kind. */
function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost')
  const send = (body, type) => {
    const policy = searchParams.get('policy')
    response.setHeader('content-type', type)
    response.setHeader('service-worker-allowed', '/')
    if (policy) response.setHeader('content-security-policy', policy)
    response.end(body)
  }
  if (pathname.endsWith('/page')) {
    const charset = searchParams.has('charset') ? '<meta charset="utf-8">' : ''
    const type = searchParams.has('module') ? 'type="module"' : ''
    const script = searchParams.get('script')
    send(
      `<!doctype html>${charset}<title>x</title><body>${script ? `<script ${type} src="${script}"></script>` : ''}`,
      'text/html',
    )
    return
  }
  const file = join(project, pathname)
  if (existsSync(file) && TYPES[extname(file)]) send(readFileSync(file), TYPES[extname(file)])
  else response.writeHead(404).end()
}

/** Starts the server and the browser. `close` ends both. */
export async function openPages() {
  const executablePath = findBrowser()
  if (!executablePath) throw new Error('Chromium was not found; install it, or set CHROMIUM to its path')
  const server = createServer(answer)
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  // as root, in a container, the sandbox and /dev/shm are not available
  const args = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu']
  const browser = await chromium.launch({ executablePath, args })
  const origin = `http://127.0.0.1:${server.address().port}`

  /** Opens a page, calls a function in it, and returns its result. Errors of the page are thrown. */
  async function visit(path, evaluate, argument) {
    const context = await browser.newContext()
    const page = await context.newPage()
    const errors = []
    page.on('pageerror', error => errors.push(String(error)))
    try {
      await page.goto(`${origin}${path}`)
      const result = await Promise.race([
        page.evaluate(evaluate, argument),
        new Promise((_, reject) => setTimeout(reject, 30_000, new Error('no result after 30 s')).unref()),
      ])
      if (result === undefined) throw new Error('the program did not run')
      return result
    } catch (error) {
      throw new Error(`${error.message}; errors of the page: ${errors.join('; ') || 'none'}`)
    } finally {
      await context.close()
    }
  }

  return {
    version: browser.version(),
    /** The results of programs/page.js at an address of the server. */
    outcome: path => visit(path, () => globalThis.outcome),
    /** The results of programs/service-worker.js. */
    serviceWorker: (script, type) =>
      visit(
        '/page',
        async ({ script, type }) => {
          await navigator.serviceWorker.register(script, { type, scope: '/' })
          await navigator.serviceWorker.ready
          const reply = new Promise(resolve => {
            navigator.serviceWorker.addEventListener('message', ({ data }) => resolve(data), { once: true })
          })
          navigator.serviceWorker.startMessages()
          const { active } = await navigator.serviceWorker.ready
          active.postMessage('run')
          return reply
        },
        { script, type },
      ),
    async close() {
      await browser.close()
      server.closeAllConnections()
      server.close()
    },
  }
}
