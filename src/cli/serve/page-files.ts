// The files of the page that `maxsimd serve` shows. The build writes them beside the executable.

import { readFile } from 'node:fs/promises'

export interface PageFile {
  readonly type: string
  readonly bytes: Uint8Array
}

const FILES: Readonly<Record<string, readonly [name: string, type: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/style.css': ['style.css', 'text/css; charset=utf-8'],
  '/main.js': ['main.js', 'text/javascript; charset=utf-8'],
  '/icon.svg': ['icon.svg', 'image/svg+xml'],
}

/** `page/` beside dist/cli/main.js; in the checkout, where the sources run, the built one. */
const FOLDER = new URL(
  import.meta.url.endsWith('/src/cli/serve/page-files.ts') ? '../../../dist/cli/page/' : 'page/',
  import.meta.url,
)

/** Reads the files, by the paths of their requests. */
export async function readPageFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const files = Object.entries(FILES).map(async ([path, [name, type]]) => {
    const bytes = await readFile(new URL(name, FOLDER))
    return [path, { type, bytes }] as const
  })
  return new Map(await Promise.all(files))
}
