// One writer and many readers: who is let in, who is not, and what a writer leaves that was killed.

import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createStore, openStore, StoreLockedError } from '../../src/store/index.js'
import { closing, freshPath } from './folders.js'

const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
const pointOf = (id: number) => ({ id, vector: { colbert: [[id, 1]] } })

it('a second writer is refused, and let in when the first has closed', async () => {
  const path = freshPath()
  const store = closing(await createStore({ path, vectors }))
  const error = await openStore(path).catch(error => error)
  expect(error).toBeInstanceOf(StoreLockedError)
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

it('a lock whose process was killed is taken over, by one of those who want it', async () => {
  const path = freshPath()
  await (await createStore({ path, vectors })).close()
  const child = spawn(process.execPath, ['test/store/writer.mjs', path, '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise(resolve => child.once('exit', resolve))
  await new Promise(resolve => setTimeout(resolve, 20))
  // whether it has the lock by now or not: nothing of it may stand in the way
  child.kill('SIGKILL')
  await ended
  const dead = spawnSync(process.execPath, ['-e', '']).pid
  writeFileSync(
    join(path, 'lock'),
    JSON.stringify({ pid: dead, host: hostname(), started: '', token: 'gone' }),
  )
  const wanting = await Promise.allSettled(Array.from({ length: 8 }, () => openStore(path)))
  const [winner, ...more] = wanting.flatMap(one => (one.status === 'fulfilled' ? [closing(one.value)] : []))
  expect(more).toEqual([])
  await winner!.upsert([pointOf(1)])
  for (const one of wanting)
    if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(StoreLockedError)
  await winner!.close()
  expect(readdirSync(path).filter(name => name.startsWith('lock'))).toEqual([])
})

it('so is one whose takers died over it, each after the other', async () => {
  const path = freshPath()
  await (await createStore({ path, vectors })).close()
  const dead = spawnSync(process.execPath, ['-e', '']).pid
  const holder = (token: string) => JSON.stringify({ pid: dead, host: hostname(), started: '', token })
  writeFileSync(join(path, 'lock'), holder('first'))
  writeFileSync(join(path, 'lock.first'), holder('second'))
  writeFileSync(join(path, 'lock.second'), holder('third'))
  const wanting = await Promise.allSettled(Array.from({ length: 8 }, () => openStore(path)))
  const winners = wanting.flatMap(one => (one.status === 'fulfilled' ? [closing(one.value)] : []))
  expect(winners).toHaveLength(1)
  await winners[0]!.close()
  expect(readdirSync(path).filter(name => name.startsWith('lock'))).toEqual([])
})

it('a process that has the number of a dead one does not hold its lock', async () => {
  const path = freshPath()
  await (await createStore({ path, vectors })).close()
  const holder = { pid: process.pid, host: hostname(), started: 'another boot 1', token: 'gone' }
  writeFileSync(join(path, 'lock'), JSON.stringify(holder))
  const opening = openStore(path)
  // only Linux tells when a process started
  if (process.platform === 'linux') await closing(await opening).close()
  else await expect(opening).rejects.toThrow(StoreLockedError)
})

it('a lock of another machine is not touched', async () => {
  const path = freshPath()
  await (await createStore({ path, vectors })).close()
  const text = JSON.stringify({ pid: 1, host: 'elsewhere', started: '', token: 'theirs' })
  writeFileSync(join(path, 'lock'), text)
  await expect(openStore(path)).rejects.toThrow('is locked by process 1 on elsewhere')
  expect(readFileSync(join(path, 'lock'), 'utf8')).toBe(text)
})

it('a writer whose lock was taken away does not acknowledge anything more', async () => {
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

it('readers see what was there when they opened it, also when it is compacted away', async () => {
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
