// One writer and many readers: who may open a store, and what a killed writer leaves.

import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parseStoreVectors } from '../../src/store/config.js'
import { createStore, openStore, StoreLockedError } from '../../src/store/index.js'
import { createStoreIn, openStoreIn } from '../../src/store/open-folder.js'
import { temporaryStores } from './folders.js'
import { createMemoryFolder } from './memory-folder.js'

const { closing, freshPath } = temporaryStores()

const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
const pointOf = (id: number) => ({ id, vector: { colbert: [[id, 1]] } })

it('refuses a second writer until the first has closed', async () => {
  const path = freshPath()
  const store = closing(await createStore({ path, vectors }))
  const error = await openStore(path).catch(error => error)
  expect(error).toBeInstanceOf(StoreLockedError)
  expect(error.code).toBe('ERR_STORE_LOCKED')
  expect(error.message).toBe(
    `the store at "${path}" is locked by process ${process.pid} on ${hostname()}; close it there, open it with ` +
      `{ readOnly: true }, or, if that process has ended, remove ${join(path, 'lock')}`,
  )
  await store.close()
  const next = closing(await openStore(path))
  await next.upsert([pointOf(1)])
  await next.close()
  expect(existsSync(join(path, 'lock'))).toBe(false)
})

it('lets one of several writers take over the lock of a killed process', async () => {
  const path = freshPath()
  await (await createStore({ path, vectors })).close()
  const child = spawn(process.execPath, ['test/store/writer.mjs', path, '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise(resolve => child.once('exit', resolve))
  await new Promise(resolve => setTimeout(resolve, 20))
  // whether it already has the lock or not, what it left must not block others
  child.kill('SIGKILL')
  await ended
  const dead = spawnSync(process.execPath, ['-e', '']).pid
  writeFileSync(
    join(path, 'lock'),
    JSON.stringify({ pid: dead, host: hostname(), started: '', token: 'gone' }),
  )
  const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => openStore(path)))
  const [winner, ...more] = attempts.flatMap(one => (one.status === 'fulfilled' ? [closing(one.value)] : []))
  expect(more).toEqual([])
  await winner!.upsert([pointOf(1)])
  for (const one of attempts)
    if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(StoreLockedError)
  await winner!.close()
  expect(readdirSync(path).filter(name => name.startsWith('lock'))).toEqual([])
})

it('takes over a lock although earlier claims of it were interrupted', async () => {
  const path = freshPath()
  await (await createStore({ path, vectors })).close()
  const dead = spawnSync(process.execPath, ['-e', '']).pid
  const holder = (token: string) => JSON.stringify({ pid: dead, host: hostname(), started: '', token })
  writeFileSync(join(path, 'lock'), holder('first'))
  writeFileSync(join(path, 'lock.first'), holder('second'))
  writeFileSync(join(path, 'lock.second'), holder('third'))
  const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => openStore(path)))
  const winners = attempts.flatMap(one => (one.status === 'fulfilled' ? [closing(one.value)] : []))
  expect(winners).toHaveLength(1)
  await winners[0]!.close()
  expect(readdirSync(path).filter(name => name.startsWith('lock'))).toEqual([])
})

it('takes over the lock of an ended process whose number was reused', async () => {
  const path = freshPath()
  await (await createStore({ path, vectors })).close()
  const holder = { pid: process.pid, host: hostname(), started: 'another boot 1', token: 'gone' }
  writeFileSync(join(path, 'lock'), JSON.stringify(holder))
  const opening = openStore(path)
  // only Linux reports when a process was started
  if (process.platform === 'linux') await closing(await opening).close()
  else await expect(opening).rejects.toThrow(StoreLockedError)
})

it.each(['fail', 'reuse'] as const)(
  'never replaces a store that another process created while it waited for the lock: ifExists %s',
  async ifExists => {
    const folder = createMemoryFolder()
    const config = { vectors: parseStoreVectors(vectors) }
    let isFirst = true
    const racing = {
      ...folder,
      async lock() {
        if (isFirst) {
          isFirst = false
          const other = await createStoreIn(folder, { ...config, ifExists: 'fail' })
          await other.upsert([pointOf(7)])
          await other.close()
        }
        return folder.lock()
      },
    }
    const created = createStoreIn(racing, { ...config, ifExists })
    if (ifExists === 'fail') await expect(created).rejects.toThrow('there is a store at "a folder in memory"')
    else await (await created).close()
    const store = await openStoreIn(folder, {})
    expect(await store.count()).toBe(1)
    await store.close()
  },
)

it('never removes the lock of another machine', async () => {
  const path = freshPath()
  await (await createStore({ path, vectors })).close()
  const text = JSON.stringify({ pid: 1, host: 'elsewhere', started: '', token: 'theirs' })
  writeFileSync(join(path, 'lock'), text)
  await expect(openStore(path)).rejects.toThrow('is locked by process 1 on elsewhere')
  expect(readFileSync(join(path, 'lock'), 'utf8')).toBe(text)
})

it('acknowledges nothing after its lock was lost', async () => {
  const path = freshPath()
  const store = await createStore({ path, vectors })
  writeFileSync(
    join(path, 'lock'),
    JSON.stringify({ pid: 1, host: 'elsewhere', started: '', token: 'theirs' }),
  )
  await expect(store.upsert([pointOf(1)])).rejects.toThrow(
    `the lock of the store at "${path}" was lost; open the store again`,
  )
  await expect(store.close()).rejects.toThrow(StoreLockedError)
})

it('shows readers the store as it was when they opened it, also after a compaction', async () => {
  const path = freshPath()
  const store = closing(await createStore({ path, vectors }))
  await store.upsert([pointOf(1), pointOf(2), pointOf(3)])
  const readers = await Promise.all(
    [0, '1 MB'].map(async memory => closing(await openStore(path, { readOnly: true, memory }))),
  )
  await store.delete([2])
  await store.upsert([pointOf(4)])
  await store.compact()
  const idsOf = async (one: typeof store) => (await one.query([[1, 0]])).map(({ id }) => id)
  for (const reader of readers) expect(await idsOf(reader)).toEqual([3, 2, 1])
  expect(await idsOf(closing(await openStore(path, { readOnly: true })))).toEqual([4, 3, 1])
  for (const reader of readers) {
    await expect(reader.upsert([pointOf(5)])).rejects.toThrow(
      '"store" was opened for reading only; open it without { readOnly }',
    )
  }
})
