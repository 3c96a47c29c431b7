// Crafted files: a few of the random cases of `crafted.slow.test.ts`, and each known trick.

import { execFileSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { encodeCommit, HEADER_BYTES } from '../../src/store/files/record.js'
import type { StoreFile } from '../../src/store/folders/folder.js'
import { createNodeFolder } from '../../src/store/folders/node-folder.js'
import { openStore, readStoreConfig, type Store, StoreDamageError } from '../../src/store/index.js'
import { openStoreIn } from '../../src/store/open-folder.js'
import { createMeter } from '../support/peak.js'
import { contentsOf, craftAtRandom, manifestOf, seal, soundFiles } from './crafted.cases.js'
import { temporaryStores } from './folders.js'
import { createMemoryFolder } from './memory-folder.js'

const { closing, freshPath } = temporaryStores()

it('opens stores with crafted files rightly, or with an error that names the damage', async () => {
  expect(await craftAtRandom(40, 3)).toBeGreaterThan(10)
})

type Contents = Record<string, unknown>
const isNot = 'the contents are not those of a manifest: '
const unsound: readonly (readonly [string, (contents: Contents) => unknown, string])[] = [
  [
    'a segment number that is a path',
    c => ({ ...c, segments: [{ number: '../outside/x' }] }),
    'segments[0].number',
  ],
  ['a segment number of 0', c => ({ ...c, segments: [{ number: 0 }] }), 'segments[0].number'],
  ['a negative segment number', c => ({ ...c, segments: [{ number: -1 }] }), 'segments[0].number'],
  ['a segment number with a fraction', c => ({ ...c, segments: [{ number: 1.5 }] }), 'segments[0].number'],
  ['a segment number of 2^53', c => ({ ...c, segments: [{ number: 2 ** 53 }] }), 'segments[0].number'],
  ['a segment number of 2^28', c => ({ ...c, segments: [{ number: 2 ** 28 }] }), 'segments[0].number'],
  ['a segment without a number', c => ({ ...c, segments: [{}] }), 'segments[0].number'],
  ['a segment that is null', c => ({ ...c, segments: [null] }), 'segments[0].number'],
  ['a segment number twice', c => ({ ...c, segments: [{ number: 1 }, { number: 1 }] }), 'segments[1].number'],
  ['no segments', c => ({ ...c, segments: [] }), 'segments'],
  ['segments that are missing', c => ({ ...c, segments: undefined }), 'segments'],
  ['segments that are a number', c => ({ ...c, segments: 7 }), 'segments'],
  ['a negative length of a log', c => ({ ...c, segments: [{ number: 1, log: -5 }] }), 'segments[0].log'],
  [
    'a length of a log that is a text',
    c => ({ ...c, segments: [{ number: 1, log: 'x' }] }),
    'segments[0].log',
  ],
  ['a generation that is a text', c => ({ ...c, generation: 'x' }), 'generation'],
  ['a generation of 2^53', c => ({ ...c, generation: 2 ** 53 }), 'generation'],
  ['vectors that are null', c => ({ ...c, vectors: null }), 'vectors'],
  ['no vectors', c => ({ ...c, vectors: {}, sparse_vectors: undefined }), 'vectors'],
  ['a vector that is null', c => ({ ...c, vectors: { v: null } }), 'vectors.v'],
  [
    'an unknown datatype',
    c => ({ ...c, vectors: { v: { size: 2, distance: 'Dot', datatype: 'x' } } }),
    'vectors.v',
  ],
  ['a manifest that is null', () => null, 'generation'],
  ['a manifest that is an array', () => [], 'generation'],
  ['a manifest that is not JSON', () => '{ nope', ''],
  ['a manifest of 200,000 open braces', () => '{"a":'.repeat(200_000), ''],
]

it.each(unsound)('reports %s, and opens the other copy of the manifest', async (_, craft, place) => {
  const files = await soundFiles()
  const sound = files.get('manifest')!
  const crafted = manifestOf(craft(contentsOf(sound)))
  for (const options of [{}, { readOnly: true }, { salvage: true }]) {
    const folder = createMemoryFolder(new Map([...files, ['manifest', crafted], ['manifest.copy', crafted]]))
    const error = await openStoreIn(folder, options).catch(error => error)
    expect(error).toBeInstanceOf(StoreDamageError)
    expect(error.message).toContain(`manifest at byte 0: ${isNot}${place && `"${place}`}`)
    expect(error.damage).toHaveLength(2)
  }
  const points = await openStoreIn(createMemoryFolder(new Map(files)))
  const count = await points.count()
  await points.close()
  for (const name of ['manifest', 'manifest.copy']) {
    const folder = createMemoryFolder(new Map([...files, [name, crafted]]))
    const reader = await openStoreIn(folder, { readOnly: true })
    expect(await reader.count()).toBe(count)
    expect((await reader.info()).damage.map(({ file }) => file)).toEqual([name])
    await reader.close()
    await (await openStoreIn(folder)).close()
    const repaired = await openStoreIn(folder, { readOnly: true })
    expect((await repaired.info()).damage).toEqual([])
    await repaired.close()
  }
})

it('refuses to begin a segment after the last number, and keeps the store readable', async () => {
  const files = await soundFiles()
  const contents = contentsOf(files.get('manifest')!)
  const segments = [...(contents.segments as object[]), { number: 2 ** 28 - 1 }]
  const folder = createMemoryFolder(files)
  for (const name of ['manifest', 'manifest.copy']) files.set(name, manifestOf({ ...contents, segments }))
  // the segment with the last number is missing, so that a salvaging store begins another
  await expect(openStoreIn(folder, { salvage: true })).rejects.toThrow(
    'the store has used all 268435455 numbers',
  )
  const reader = await openStoreIn(folder, { readOnly: true, salvage: true })
  expect(await reader.count()).toBeGreaterThan(10)
  await reader.close()
})

/** Writes a sound store to a folder on the disk, with a file beside it. */
async function storeOnDisk(): Promise<{ path: string; outside: string }> {
  const base = freshPath()
  const path = join(base, 'store')
  const outside = join(base, 'outside')
  mkdirSync(path, { recursive: true })
  mkdirSync(outside)
  for (const [name, bytes] of await soundFiles()) writeFileSync(join(path, name), bytes)
  for (const name of ['x.log', 'x.payloads', 'x.0.rows', 'x.1.rows'])
    writeFileSync(join(outside, name), PRECIOUS)
  return { path, outside }
}
const PRECIOUS = `precious ${'data '.repeat(1000)}`

function expectUntouched(outside: string): void {
  expect(readdirSync(outside).sort()).toEqual(['x.0.rows', 'x.1.rows', 'x.log', 'x.payloads'])
  for (const name of readdirSync(outside))
    expect(readFileSync(join(outside, name), 'utf8'), name).toBe(PRECIOUS)
}

/** Opens a store in every way, and repairs it if it can be salvaged. Returns the error of the plain opening. */
async function openEveryWay(path: string): Promise<Error | undefined> {
  const open = (options: object) => openStore(path, options).catch((error: Error) => error)
  let plain: Error | undefined
  for (const options of [{ readOnly: true }, {}, { readOnly: true, salvage: true }]) {
    const opened = await open(options)
    if (opened instanceof Error) {
      if (!('salvage' in options)) plain = opened
      expect(opened, opened.stack).toBeInstanceOf(StoreDamageError)
    } else {
      // reads postings too
      await closing(opened).query({ indices: [1], values: [1] }, { using: 'words' })
      await opened.close()
    }
  }
  const salvaged = await open({ salvage: true })
  if (salvaged instanceof Error) return plain
  // a change may fail
  closing(salvaged)
  await salvaged.upsert([{ id: 900, vector: { dense: [1, 2, 3] } }])
  await salvaged.compact()
  await salvaged.close()
  const repaired = closing(await openStore(path))
  expect(await repaired.retrieve([900])).toHaveLength(1)
  await repaired.close()
  return plain
}

it('touches nothing outside of the folder, whatever a manifest names', async () => {
  const { path, outside } = await storeOnDisk()
  const contents = contentsOf(readFileSync(join(path, 'manifest')))
  for (const number of ['../outside/x', `${outside}/x`, '../outside/x.log']) {
    for (const segments of [[{ number }], [{ number, log: 64 }, { number: 1 }]]) {
      const text = manifestOf({ ...contents, segments })
      for (const name of ['manifest', 'manifest.copy']) writeFileSync(join(path, name), text)
      expect(await openEveryWay(path)).toBeInstanceOf(StoreDamageError)
      await expect(readStoreConfig(path)).rejects.toThrow(StoreDamageError)
      expectUntouched(outside)
    }
  }
})

const replacements: readonly (readonly [string, (file: string, outside: string) => void])[] = [
  ['a link to a file outside', (file, outside) => symlinkSync(join(outside, 'x.payloads'), file)],
  ['a link that leads nowhere', file => symlinkSync('nowhere', file)],
  ['a link to itself', file => symlinkSync(file, file)],
  ['a link to a device', file => symlinkSync('/dev/zero', file)],
  ['a folder', file => mkdirSync(file)],
  ['a named pipe', file => execFileSync('mkfifo', [file])],
]
const isPosix = process.platform !== 'win32'

it.runIf(isPosix).each(replacements)(
  'reports %s in the place of a file, and does not wait for it',
  async (_, replace) => {
    for (const name of [
      '000001.log',
      '000001.payloads',
      '000001.0.rows',
      'last.log',
      'last.1.rows',
      'last.2.rows',
      '000001.2.postings',
      'manifest.new',
    ]) {
      const { path, outside } = await storeOnDisk()
      const last = readdirSync(path)
        .filter(name => name.endsWith('.log'))
        .sort()
        .at(-1)!
        .slice(0, 6)
      const file = join(path, name.replace('last', last))
      rmSync(file, { force: true })
      replace(file, outside)
      const isFolder = lstatSync(file).isDirectory()
      const error = await openEveryWay(path).catch((error: Error) => error)
      expectUntouched(outside)
      if (name === 'manifest.new' && isFolder)
        expect(error?.message).toContain('a folder has the name of a file')
      else if (/new$|postings$/.test(name)) expect(error).toBeUndefined()
      else expect(error?.message, name).toMatch(/it is (a symbolic link|a folder|not a file)/)
    }
    const { path, outside } = await storeOnDisk()
    for (const name of ['manifest', 'manifest.copy']) {
      rmSync(join(path, name))
      replace(join(path, name), outside)
    }
    const error = await openStore(path).catch((error: Error) => error)
    expect((error as Error).message).toMatch(
      /manifest at byte 0: it is (a symbolic link|a folder|not a file), and 1 more/,
    )
    expectUntouched(outside)
  },
)

it.runIf(isPosix)('does not wait for a lock that is a named pipe or a device', async () => {
  for (const replace of [
    (file: string) => execFileSync('mkfifo', [file]),
    (file: string) => symlinkSync('/dev/zero', file),
  ]) {
    const { path } = await storeOnDisk()
    replace(join(path, 'lock'))
    const opened: Store | Error = await openStore(path).catch((error: Error) => error)
    if (opened instanceof Error) expect(opened.message).toMatch(/lock/)
    else await opened.close()
    expect(existsSync('/dev/zero')).toBe(true)
  }
})

it('takes no memory for points that a log does not have', async () => {
  const files = await soundFiles()
  const name = [...files.keys()].filter(name => name.endsWith('.log')).sort()[0]!
  const sound = files.get(name)!
  // the first record claims 2^32 - 1 points, and 64 MB of zeros separate it from the last one
  const first = sound.slice(
    64,
    64 + HEADER_BYTES + new DataView(sound.buffer, sound.byteOffset).getUint32(72, true),
  )
  new DataView(first.buffer).setUint32(12, 2 ** 32 - 1, true)
  seal(first, 0)
  const end = 2 ** 26
  const last = encodeCommit(2, 64)
  const parts = [
    { at: 0, bytes: sound.slice(0, 64) },
    { at: 64, bytes: first },
    { at: end, bytes: last },
  ]
  const log: StoreFile = {
    async read(target, position) {
      const length = Math.min(target.length, end + last.length - position)
      target.fill(0, 0, length)
      for (const { at, bytes } of parts) {
        const from = Math.max(at, position)
        const part = bytes.subarray(from - at, Math.max(from - at, position + length - at))
        if (part.length > 0) target.set(part, from - position)
      }
      return length
    },
    size: async () => end + last.length,
    write: async () => undefined,
    truncate: async () => undefined,
    sync: async () => undefined,
    close: async () => undefined,
  }
  const contents = contentsOf(files.get('manifest')!)
  const segments = (contents.segments as { number: number }[]).map(({ number }) => ({ number }))
  for (const copy of ['manifest', 'manifest.copy']) files.set(copy, manifestOf({ ...contents, segments }))
  const folder = createMemoryFolder(files)
  const meter = createMeter()
  try {
    const opening = openStoreIn(
      { ...folder, open: async (file, writable) => (file === name ? log : folder.open(file, writable)) },
      { readOnly: true },
    )
    await expect(opening).rejects.toThrow(
      `${name} (segment 1) at byte 64: the record of type 1 is not one that maxsimd writes`,
    )
    expect(meter.peak, 'bytes').toBeLessThan(64e6)
  } finally {
    meter.stop()
  }
})

it('opens a log with 64 MB of zeros behind it, and reads a few MB at a time', async () => {
  const { path } = await storeOnDisk()
  const count = await closing(await openStore(path, { readOnly: true })).count()
  const contents = contentsOf(readFileSync(join(path, 'manifest')))
  const segments = contents.segments as { number: number; log?: number }[]
  delete segments.at(-1)!.log
  for (const name of ['manifest', 'manifest.copy']) writeFileSync(join(path, name), manifestOf(contents))
  const last = readdirSync(path)
    .filter(name => name.endsWith('.log'))
    .sort()
    .at(-1)!
  const file = openSync(join(path, last), 'r+')
  ftruncateSync(file, 2 ** 26)
  closeSync(file)
  const folder = await createNodeFolder(path)
  const reads: number[] = []
  const store = await openStoreIn({
    ...folder,
    async open(name, writable) {
      const file = await folder.open(name, writable)
      if (!file) return undefined
      const read: StoreFile['read'] = (target, position) => {
        reads.push(target.length)
        return file.read(target, position)
      }
      return { ...file, read }
    },
  })
  expect(Math.max(...reads), 'bytes of the largest read').toBeLessThanOrEqual(4 * 2 ** 20)
  expect(reads.length, 'reads').toBeLessThan(100)
  expect(await store.count()).toBe(count)
  await store.close()
})
