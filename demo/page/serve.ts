// Serves the page on the loopback address until ctrl-C. Everything that the page needs comes from here, and nothing
// of it runs here: the rows are scored in the browser.
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { gzipSync } from 'node:zlib'
import { readDefinitions, wordnetFolder } from '../wordnet.js'

const page = new URL('../demo/page/', import.meta.url)
const bundles = new URL('page/', import.meta.url)
const words = new URL('../data/words.bin', import.meta.url)

/** WebAssembly needs `wasm-unsafe-eval`; nothing needs more. */
const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'"

/** What a path is answered with. */
const files: Readonly<Record<string, { readonly type: string; read(): Buffer }>> = {
  '/': { type: 'text/html', read: () => readFileSync(new URL('index.html', page)) },
  '/style.css': { type: 'text/css', read: () => readFileSync(new URL('style.css', page)) },
  '/icon.svg': { type: 'image/svg+xml', read: () => readFileSync(new URL('icon.svg', page)) },
  '/main.js': { type: 'text/javascript', read: () => readFileSync(new URL('main.js', bundles)) },
  '/worker.js': { type: 'text/javascript', read: () => readFileSync(new URL('worker.js', bundles)) },
  '/words.bin': { type: 'application/octet-stream', read: () => readFileSync(words) },
  '/definitions.json': {
    type: 'application/json',
    read: () => Buffer.from(JSON.stringify(readDefinitions(wordnetFolder()))),
  },
}

/**
 * Serves the page on `port`, 0 for any that is free.
 *
 * @throws Error where the port is taken: the message says how to name another
 */
export async function servePage(port: number): Promise<{ readonly url: string; readonly server: Server }> {
  const packed = new Map<string, Buffer>()
  const server = createServer(({ url = '/', method }, response) => {
    const { pathname } = new URL(url, 'http://localhost')
    const file = Object.hasOwn(files, pathname) ? files[pathname] : undefined
    if (file === undefined || (method !== 'GET' && method !== 'HEAD')) {
      response
        .writeHead(file ? 405 : 404, { 'content-type': 'text/plain' })
        .end(file ? 'GET only\n' : 'not here\n')
      return
    }
    const body = packed.get(pathname) ?? gzipSync(file.read(), { level: 6 })
    packed.set(pathname, body)
    response.writeHead(200, {
      'content-type': file.type,
      'content-encoding': 'gzip',
      'content-security-policy': policy,
      'cache-control': 'no-cache',
    })
    response.end(method === 'HEAD' ? undefined : body)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`port ${port} is taken: name another with --port, or 0 for any that is free`)
          : error,
      ),
    )
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  const taken = typeof address === 'object' && address ? address.port : port
  return { url: `http://127.0.0.1:${taken}/`, server }
}
