// The import graph of src/: which folder may import which, and no cycles. Type imports count; `import()` counts as late.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

/** The folders and packages that each folder of src/ may import. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  base: [],
  kernel: ['base'],
  core: ['kernel', 'base'],
  threads: ['core', 'kernel', 'base'],
  collection: ['core', 'base'],
  encode: ['collection', 'core', 'kernel', 'base', 'snowball-stemmers', '@orama/stemmers/greek'],
  store: ['collection', 'core', 'kernel', 'base'],
  qdrant: ['collection', 'core', 'kernel', 'base'],
  evaluation: ['base'],
  formats: [
    'evaluation',
    'collection',
    'base',
    'hyparquet',
    'hyparquet-compressors',
    '@zip.js/zip.js',
    '@zip.js/zip.js/lib/zip-core-reader.js',
  ],
  stages: ['store', 'collection', 'core', 'kernel', 'base'],
  frameworks: ['threads', 'collection', 'core', 'base'],
  'text-index': [
    'encode',
    'stages',
    'store',
    'formats',
    'collection',
    'core',
    'kernel',
    'base',
    '@orama/stemmers/english',
  ],
  pages: ['store', 'collection', 'core', 'base'],
  transfer: ['stages', 'store', 'qdrant', 'formats', 'collection', 'core', 'base'],
}

interface Import {
  readonly file: string
  /** A path inside src/, or the name of a package. */
  readonly target: string
  readonly isLate: boolean
}

const withoutComments = (source: string) => source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '')

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map(file => join('src', file).replaceAll('\\', '/'))
  .filter(file => file.endsWith('.ts') && !file.endsWith('.generated.ts'))

const sourceOf = (target: string) => {
  const file = target.replace(/\.js$/, '.ts')
  return existsSync(file) ? file : target
}

const imports: readonly Import[] = files.flatMap(file => {
  const source = withoutComments(readFileSync(file, 'utf8'))
  const found = source.matchAll(/^(?:import|export|\}).*? from '([^']+)'|\bimport\('([^']+)'\)/gm)
  return [...found].map(([, stated, late]) => {
    const specifier = (stated ?? late)!
    const target = specifier.startsWith('.')
      ? sourceOf(join(file, '..', specifier).replaceAll('\\', '/'))
      : specifier
    return { file, target, isLate: stated === undefined }
  })
})

const folderOf = (path: string) => /^src\/([\w-]+)\//.exec(path)?.[1]

it('each folder of src/ imports only the folders below it', () => {
  const breaches = imports.flatMap(({ file, target }) => {
    const folder = folderOf(file)
    // the public names, and the command line, may use everything
    if (folder === undefined || folder === 'cli') return []
    const other = folderOf(target) ?? target
    if (other === folder || allowed[folder]?.includes(other)) return []
    return [`${file} may not import ${target}`]
  })
  expect(breaches).toEqual([])
  expect(imports.length).toBeGreaterThan(300)
})

it('src/ has no import cycle, types included', () => {
  const next = new Map<string, string[]>()
  for (const { file, target, isLate } of imports) {
    if (!isLate && target.startsWith('src/')) next.set(file, [...(next.get(file) ?? []), target])
  }
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file)
    if (start >= 0) cycles.push([...path.slice(start), file].join(' -> '))
    if (start >= 0 || done.has(file)) return
    for (const target of next.get(file) ?? []) visit(target, [...path, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
  expect(cycles).toEqual([])
})

it('the root of src/ has only index.ts', () => {
  expect(files.filter(file => folderOf(file) === undefined)).toEqual(['src/index.ts'])
})

it('no exported name exists twice, so that an editor imports the right one', () => {
  const found = new Map<string, Set<string>>()
  for (const file of files) {
    const source = withoutComments(readFileSync(file, 'utf8'))
    for (const [, name] of source.matchAll(
      /^export (?:async )?(?:function\*?|const|interface|type|class) (\w+)/gm,
    )) {
      found.set(name!, (found.get(name!) ?? new Set()).add(file))
    }
  }
  const repeated = [...found].filter(([, { size }]) => size > 1)
  expect(repeated.map(([name, places]) => `${name}: ${[...places].join(', ')}`)).toEqual([])
})
