// The files that an update finds in folders: their names and order, and those that cannot be read.

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import system from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { findTextFiles, namesIn, removeFiles } from '../../src/text-index/text-files.js'
import { itChangingFolder } from '../support/changing-folder.js'

const root = mkdtempSync(join(tmpdir(), 'maxsimd-found-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
afterEach(() => {
  vi.restoreAllMocks()
})

let folders = 0
/** A new folder with files of these names. */
function folderOf(...names: readonly string[]): string {
  const folder = join(root, String(folders++))
  mkdirSync(folder)
  for (const name of names) {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), 'text')
  }
  return folder
}

/** The names below `folder` that are found for paths below it, and what cannot be read. `known`: names that an index has. */
async function find(folder: string, paths: readonly string[], known: readonly string[] = []) {
  const index = { path: root, files: Object.fromEntries(known.map(name => [`${folder}/${name}`, {}])) }
  const { files, unreadable, ignored } = await findTextFiles(
    paths.map(path => folder + path),
    index,
  )
  const nameOf = (path: string) => path.slice(folder.length + 1)
  return {
    names: files.map(({ path }) => nameOf(path)),
    unreadable: unreadable.map(({ path, reason }) => [nameOf(path), reason.replace(`${folder}/`, '')]),
    ignored: Object.fromEntries(ignored),
  }
}

/** Makes calls of the file system fail for one path. */
function failFor(name: 'stat' | 'readdir', path: string, code: string): void {
  const call = system[name] as (path: string, ...rest: unknown[]) => Promise<unknown>
  const error = Object.assign(new Error(`${code}: ${name}`), { code, errno: -1 })
  vi.spyOn(system as unknown as Record<string, typeof call>, name).mockImplementation((each, ...rest) =>
    each === path ? Promise.reject(error) : call(each, ...rest),
  )
}

describe('the files of a folder', () => {
  it('are sorted by their names, whatever the order of the file system is', async () => {
    const folder = folderOf('b.md', 'a.md', 'C.md', 'b/a.md')
    const { readdir } = system
    for (const order of [1, -1]) {
      const sorted = async (...call: Parameters<typeof readdir>) => {
        const entries = await readdir(...call)
        return entries.sort((a, b) => (String(a.name) < String(b.name) ? -order : order))
      }
      vi.spyOn(system, 'readdir').mockImplementation(sorted as never)
      expect((await find(folder, [''])).names).toEqual(['C.md', 'a.md', 'b/a.md', 'b.md'])
      vi.restoreAllMocks()
    }
  })

  itChangingFolder('have the same paths however the folder is written', async () => {
    const folder = folderOf('a/b.md')
    for (const path of ['', '/', '//', '//a/', '/a/b.md']) {
      expect((await find(folder, [path])).names, path).toEqual(['a/b.md'])
    }
    const before = process.cwd()
    process.chdir(folder)
    try {
      const index = { path: root, files: {} }
      for (const path of ['.', './', './/a', './a/b.md', 'a'])
        expect(
          (await findTextFiles([path], index)).files.map(file => file.path),
          path,
        ).toEqual(['a/b.md'])
    } finally {
      process.chdir(before)
    }
  })

  it.runIf(process.platform !== 'win32')('can have names with a backslash or a byte order mark', async () => {
    const folder = folderOf('a\\b.md', '\ufeffc.md')
    expect(await find(folder, [''])).toEqual({
      names: ['a\\b.md', '\ufeffc.md'],
      unreadable: [],
      ignored: {},
    })
  })

  it('are in the list of problems if their folder or their state cannot be read', async () => {
    const folder = folderOf('a.md', 'b/c.md')
    failFor('readdir', `${folder}/b`, 'EACCES')
    expect(await find(folder, [''], ['b/c.md', 'b/gone.md'])).toMatchObject({
      names: ['a.md'],
      unreadable: [['b', 'EACCES: readdir']],
    })
    vi.restoreAllMocks()
    failFor('stat', `${folder}/a.md`, 'EIO')
    expect(await find(folder, [''])).toMatchObject({ names: ['b/c.md'], unreadable: [['a.md', 'EIO: stat']] })
  })

  it('end the search with an error that is not of the file system', async () => {
    const folder = folderOf('a.md')
    const { stat } = system
    vi.spyOn(system, 'stat').mockImplementation((path, ...rest) =>
      path === folder ? stat(path, ...rest) : Promise.reject(new TypeError('a fault of the program')),
    )
    await expect(find(folder, [''])).rejects.toThrow('a fault of the program')
  })
})

describe('a file that the caller names', () => {
  it('and that is gone is no error if the index has it', async () => {
    const folder = folderOf('a.md')
    expect((await find(folder, ['/gone.md'], ['gone.md'])).names).toEqual([])
    await expect(find(folder, ['/gone.md'], ['a.md'])).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('and that cannot be read is an error, also if the index has it', async () => {
    const folder = folderOf('a.md')
    failFor('stat', `${folder}/a.md`, 'EACCES')
    await expect(find(folder, ['/a.md'], ['a.md'])).rejects.toThrow('EACCES')
  })
})

describe('a file that the index has', () => {
  it('is found although its name is that of no text, while it is a file', async () => {
    const folder = folderOf('.hidden/a.log')
    const known = ['.hidden/a.log', '.hidden/b.md']
    expect((await find(folder, [''], known)).names).toEqual(['.hidden/a.log'])
    // a folder in its place is hidden
    mkdirSync(join(folder, '.hidden/b.md'))
    writeFileSync(join(folder, '.hidden/b.md/c.md'), 'text')
    expect(await find(folder, [''], known)).toEqual({
      ...{ names: ['.hidden/a.log'], unreadable: [] },
      ignored: { hidden: 1 },
    })
  })

  it('is no problem if it is gone, and one if it cannot be read', async () => {
    const folder = folderOf('.a.md', '.b/c.md')
    expect(await find(folder, [''], ['.gone.md', '.b/c.md/d.md'])).toMatchObject({
      names: [],
      unreadable: [],
    })
    failFor('stat', `${folder}/.a.md`, 'EIO')
    expect(await find(folder, [''], ['.a.md'])).toMatchObject({
      names: [],
      unreadable: [['.a.md', 'EIO: stat']],
    })
  })

  it('is not looked for if it was found, or is in no folder that is named', async () => {
    const folder = folderOf('a/b.log', 'c/d.md')
    const stat = vi.spyOn(system, 'stat')
    expect((await find(folder, ['/c'], ['a/b.log', 'c/d.md'])).names).toEqual(['c/d.md'])
    expect(stat.mock.calls.map(([path]) => path)).toEqual([`${folder}/c`, `${folder}/c/d.md`])
  })
})

it.runIf(process.platform === 'linux')('a named pipe is not read', async () => {
  const folder = folderOf('a.md')
  execFileSync('mkfifo', [join(folder, 'b.md')])
  expect(await find(folder, [''])).toEqual({ names: ['a.md'], unreadable: [], ignored: {} })
})

describe('the list of names in a folder', () => {
  it('is an empty list if it does not exist, and an error if it is a file', async () => {
    const folder = folderOf('a.md')
    expect(await namesIn(folder)).toEqual(['a.md'])
    expect(await namesIn(join(folder, 'gone'))).toEqual([])
    await expect(namesIn(join(folder, 'a.md'))).rejects.toMatchObject({ code: 'ENOTDIR' })
  })

  it('lacks those that are removed when the call ends, whose error is that of the file', async () => {
    const folder = folderOf('a.md', 'b.log', 'c.md')
    await removeFiles(folder, name => name.endsWith('.md'))
    expect(await namesIn(folder)).toEqual(['b.log'])
    mkdirSync(join(folder, 'd.md'))
    await expect(removeFiles(folder, name => name === 'd.md')).rejects.toThrow('d.md')
  })
})
