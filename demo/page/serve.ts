// Serves the page and its data on the loopback address, or writes them into a folder for a web server. All rows are scored
// in the browser.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { readDefinitions, wordnetFolder } from '../wordnet.js'

const PAGE_FOLDER = new URL('../demo/page/', import.meta.url)
/** The look and the icon that this page shares with `maxsimd serve`. */
const SHARED_FOLDER = new URL('../src/cli/page/', import.meta.url)
const BUNDLE_FOLDER = new URL('page/', import.meta.url)
const PACKAGE = new URL('../package.json', import.meta.url)
const WORD_VECTORS = new URL('../data/words.bin', import.meta.url)

/** WebAssembly needs `wasm-unsafe-eval`. */
const CONTENT_SECURITY_POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'"

type FileTable = Readonly<Record<string, { readonly type: string; read(): Buffer }>>

/** The files by path, but for those of the documents. */
const FILES: FileTable = {
  '/': { type: 'text/html', read: () => readHtml('index.html') },
  '/pages.html': { type: 'text/html', read: () => readHtml('pages.html') },
  '/pages.js': { type: 'text/javascript', read: () => readFileSync(new URL('pages.js', BUNDLE_FOLDER)) },
  '/style.css': {
    type: 'text/css',
    read: () =>
      Buffer.concat([SHARED_FOLDER, PAGE_FOLDER].map(folder => readFileSync(new URL('style.css', folder)))),
  },
  '/icon.svg': { type: 'image/svg+xml', read: () => readFileSync(new URL('icon.svg', SHARED_FOLDER)) },
  '/main.js': { type: 'text/javascript', read: () => readFileSync(new URL('main.js', BUNDLE_FOLDER)) },
  '/worker.js': { type: 'text/javascript', read: () => readFileSync(new URL('worker.js', BUNDLE_FOLDER)) },
  '/words.bin': { type: 'application/octet-stream', read: () => readFileSync(WORD_VECTORS) },
  '/definitions.json': {
    type: 'application/json',
    read: () => Buffer.from(JSON.stringify(readDefinitions(wordnetFolder()))),
  },
}

/** All files. The documents are made with PDFium, a development dependency. */
async function allFiles(): Promise<FileTable> {
  const { makeDocuments } = await import('../pages/make-documents.js')
  const documents = await makeDocuments()
  const list = JSON.stringify(documents.map(({ png: _, ...document }) => document))
  const pictures = documents.map(({ picture, png }) => [
    `/${picture}`,
    { type: 'image/png', read: () => Buffer.from(png) },
  ])
  return {
    ...FILES,
    '/documents.json': { type: 'application/json', read: () => Buffer.from(list) },
    ...Object.fromEntries(pictures),
  }
}

/** A page, with a link to the homepage of package.json. */
function readHtml(name: string): Buffer {
  const html = readFileSync(new URL(name, PAGE_FOLDER), 'utf8')
  const { homepage } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { homepage: string }
  return Buffer.from(html.replaceAll('{{homepage}}', homepage))
}

/** Writes the files of the pages into a folder, which any web server can serve. */
export async function writePage(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  for (const [path, { read }] of Object.entries(await allFiles())) {
    writeFileSync(join(folder, path === '/' ? 'index.html' : path.slice(1)), read())
  }
}

/**
 * Serves the page on `port`, 0 for any free port.
 *
 * @throws Error if the port is in use
 */
export async function servePage(port: number): Promise<{ readonly url: string; readonly server: Server }> {
  const files = await allFiles()
  const compressed = new Map<string, Buffer>()
  const server = createServer(({ url = '/', method }, response) => {
    // not as a URL: some texts that a client may send, such as "//", are not valid ones
    const pathname = url.replace(/[?#].*$/s, '')
    const file = Object.hasOwn(files, pathname) ? files[pathname] : undefined
    if (file === undefined || (method !== 'GET' && method !== 'HEAD')) {
      response
        .writeHead(file ? 405 : 404, { 'content-type': 'text/plain' })
        .end(file ? 'only GET is allowed\n' : 'not found\n')
      return
    }
    const body = compressed.get(pathname) ?? gzipSync(file.read(), { level: 6 })
    compressed.set(pathname, body)
    response.writeHead(200, {
      'content-type': file.type,
      'content-encoding': 'gzip',
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'cache-control': 'no-cache',
    })
    response.end(method === 'HEAD' ? undefined : body)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`port ${port} is in use; choose another with --port, or 0 for any free port`)
          : error,
      ),
    )
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  const actualPort = typeof address === 'object' && address ? address.port : port
  return { url: `http://127.0.0.1:${actualPort}/`, server }
}
