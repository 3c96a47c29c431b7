// Lock files as somebody may find them, holders in other PID namespaces and on other machines, and a writer whose lock was
// taken away.

import { spawn, spawnSync } from 'node:child_process'
import fs, { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { nodeFileSystem } from '../../src/base/node-files.js'
import {
  hasEnded,
  type LockHolder,
  type ProcessView,
  viewProcesses,
} from '../../src/store/folders/lock-holder.js'
import { acquireLock } from '../../src/store/folders/node-lock.js'
import { createStore, openStore, StoreLockedError } from '../../src/store/index.js'
import { temporaryStores } from './folders.js'

const { closing, freshPath } = temporaryStores()

const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
const pointOf = (id: number) => ({ id, vector: { colbert: [[id, 1]] } })
const DEAD = 2 ** 22 + 1

const holder = (more: object = {}) =>
  JSON.stringify({ pid: DEAD, host: hostname(), started: '', token: 'gone', ...more })
const boot = () => fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
const claimOf = (token: string, text: string) => (path: string) => {
  writeFileSync(path, holder({ token }))
  writeFileSync(join(dirname(path), `lock.${token}`), text)
}

const staleLocks: readonly (readonly [string, string | ((path: string) => void)])[] = [
  ['an empty file', ''],
  ['zeros', '\0'.repeat(100)],
  ['null', 'null'],
  ['0', '0'],
  ['false', 'false'],
  ['an empty object', '{}'],
  ['an array', '[]'],
  ['half an object', '{"pid":123,"ho'],
  ['a link that leads nowhere', path => symlinkSync('nowhere', path)],
  ['a link to itself', path => symlinkSync('lock', path)],
  ['a process number that is a text', holder({ pid: 'abc' })],
  ['the process number 0', holder({ pid: 0 })],
  ['the process number -1', holder({ pid: -1 })],
  ['the process number 2^33', holder({ pid: 2 ** 33 })],
  ['a process that has ended', holder()],
  // other systems do not tell when a process was started
  ...(process.platform === 'linux'
    ? [['a process whose number was reused', holder({ pid: process.pid, started: `${boot()} 1` })] as const]
    : []),
  ['a token that is a lone surrogate', holder({ token: '\ud800' })],
  ['a token that is a path', holder({ token: '../../outside' })],
  ['a token of 300 characters', holder({ token: 'a'.repeat(300) })],
  ['no token', holder({ token: undefined })],
  ['a host that is a number', holder({ host: 7 })],
  ['an empty claim', claimOf('a', '')],
  ['a claim of null', claimOf('a', 'null')],
  ['a claim that names itself', claimOf('a', holder({ token: 'a' }))],
  [
    'missing, beside the files of killed processes',
    path => {
      for (const name of ['lock.new.1', 'lock.probe.1', 'lock.gone'])
        writeFileSync(join(dirname(path), name), '')
    },
  ],
  ['a claim of a process that has ended', claimOf('a', holder({ token: 'b' }))],
]

it.concurrent.each(staleLocks)('takes over a lock that is %s', async (_, lock) => {
  const path = freshPath()
  await (await createStore({ path, vectors })).close()
  if (typeof lock === 'string') writeFileSync(join(path, 'lock'), lock)
  else lock(join(path, 'lock'))
  const store = closing(await openStore(path))
  await store.upsert([pointOf(1)])
  await store.close()
  expect(
    readdirSync(path).filter(name => name.startsWith('lock')),
    'files that are left',
  ).toEqual([])
})

const liveLocks: readonly (readonly [string, string | ((path: string) => void), string])[] = [
  ['a process on another machine', holder({ host: 'elsewhere' }), `${DEAD} on elsewhere`],
  ['a process on a machine of the same name', holder({ machine: 'other' }), `${DEAD} on ${hostname()}`],
  ['a process in another PID namespace', holder({ namespace: 'pid:[1]' }), `${DEAD} on ${hostname()}`],
  ['this process', holder({ pid: process.pid }), `${process.pid} on ${hostname()}`],
  [
    'a process that has ended, and claimed by one on another machine',
    claimOf('a', holder({ host: 'elsewhere' })),
    `${DEAD} on elsewhere`,
  ],
  [
    'a process that has ended, and claimed by a running one',
    claimOf('a', holder({ pid: process.pid })),
    `${process.pid} on ${hostname()}`,
  ],
]

it.concurrent.each(liveLocks)('is refused by the lock of %s', async (_, lock, owner) => {
  const path = freshPath()
  await (await createStore({ path, vectors })).close()
  if (typeof lock === 'string') writeFileSync(join(path, 'lock'), lock)
  else lock(join(path, 'lock'))
  const before = readdirSync(path)
  const error = await openStore(path).catch((error: unknown) => error as Error)
  expect(error).toBeInstanceOf(StoreLockedError)
  expect((error as Error).message).toContain(`is locked by process ${owner}; close it there`)
  expect(readdirSync(path)).toEqual(before)
})

it('waits for the text of a lock that another process is writing', async () => {
  const path = freshPath()
  await (await createStore({ path, vectors })).close()
  const lock = join(path, 'lock')
  writeFileSync(lock, '')
  setTimeout(() => writeFileSync(lock, holder({ pid: process.pid })), 60)
  await expect(openStore(path).then(closing)).rejects.toThrow(`is locked by process ${process.pid} on `)
})

it('names the process that holds it, when it was started, and where it runs', async () => {
  const path = freshPath()
  const store = closing(await createStore({ path, vectors }))
  const view = await viewProcesses((await nodeFileSystem())!)
  const { token, ...named } = JSON.parse(fs.readFileSync(join(path, 'lock'), 'utf8'))
  const { machine, namespace } = view
  const started = await view.startOf(process.pid)
  expect(named).toEqual({ pid: process.pid, host: hostname(), started, machine, namespace })
  expect(token).toMatch(new RegExp(`^${process.pid}\\.`))
  if (process.platform === 'linux') expect(started).toMatch(/^[0-9a-f-]{36} \d+$/)
  await store.close()
})

it('names a folder in place of the lock file', async () => {
  const path = freshPath()
  await (await createStore({ path, vectors })).close()
  mkdirSync(join(path, 'lock'))
  await expect(openStore(path)).rejects.toThrow(
    `the store at "${path}" cannot be locked, because ${join(path, 'lock')} is a folder; remove it`,
  )
})

describe('a holder', () => {
  const BOOT = 'b1'
  const here: ProcessView = {
    pid: 7,
    host: 'a',
    machine: 'm',
    namespace: 'n',
    isRunning: async pid => pid < 100,
    startOf: async pid => (pid < 100 ? `${BOOT} ${10 * pid}` : ''),
  }
  const running: LockHolder = { ...here, pid: 8, started: `${BOOT} 80`, token: 't' }
  // the namespace of the machine itself
  const outside = { namespace: 'pid:[4026531836]' }
  const cases: readonly (readonly [string, Partial<LockHolder>, Partial<ProcessView>, boolean])[] = [
    ['is alive while its process runs', {}, {}, false],
    ['has ended if there is no such process', { pid: 100 }, {}, true],
    ['has ended if the number belongs to a later process', { started: `${BOOT} 79` }, {}, true],
    ['is alive if its start is unknown', { started: '' }, {}, false],
    ['is alive if the start of its process cannot be read', {}, { startOf: async () => '' }, false],
    ['has ended if the machine was started again', { ...outside, started: 'b0 80' }, outside, true],
    [
      'counts as alive after another start of a machine if it is in a container',
      { started: 'b0 80' },
      {},
      false,
    ],
    ['counts as alive if its namespace is gone', { started: 'b0 80', namespace: 'old' }, outside, false],
    ['counts as alive in a container of a machine', { started: 'b0 80', ...outside }, {}, false],
    ['counts as alive on another host', { pid: 100, host: 'b' }, {}, false],
    ['counts as alive on a machine of the same name', { pid: 100, machine: 'x' }, {}, false],
    ['counts as alive if its machine is unknown here', { pid: 100 }, { machine: '' }, false],
    [
      'counts as alive after another start of a machine that has no identity',
      { ...outside, started: 'b0 80', machine: '' },
      { ...outside, machine: '' },
      false,
    ],
    ['counts as alive in another namespace', { pid: 100, namespace: 'x' }, {}, false],
    ['counts as alive if the namespace is unknown here', { pid: 100 }, { namespace: '' }, false],
    [
      'of an earlier version is judged by its number',
      { pid: 100, machine: undefined, namespace: undefined },
      {},
      true,
    ],
  ]
  it.each(cases)('%s', async (_, changes, view, ended) => {
    expect(await hasEnded({ ...running, ...changes }, { ...here, ...view })).toBe(ended)
  })
})

it('reads the state and the start of processes from /proc, and a missing process from a signal', async () => {
  const stat = (state: string, start = 1) =>
    `1 (a) b) (c) ${state} 1 2 3 4 -1 6 7 8 9 10 11 12 13 14 20 16 17 18 ${start} 20 21`
  const files: Readonly<Record<string, string>> = {
    '/proc/1/stat': stat('S', 777),
    '/proc/2/stat': stat('Z'),
    '/proc/sys/kernel/random/boot_id': 'boot\n',
    '/etc/machine-id': 'secret\n',
  }
  const view = await viewProcesses({
    ...(await nodeFileSystem())!,
    readFile: async path => files[path] ?? Promise.reject(new Error('ENOENT')),
    readlink: async path => `link of ${path}`,
  })
  const codes: Readonly<Record<number, string>> = { 3: 'ESRCH', 4: 'EPERM', 5: 'EINVAL' }
  const kill = vi.spyOn(process, 'kill').mockImplementation(pid => {
    if (codes[pid]) throw Object.assign(new Error(codes[pid]), { code: codes[pid] })
    return true
  })
  try {
    const running = await Promise.all([1, 2, 3, 4, 5].map(pid => view.isRunning(pid)))
    expect(running, 'running, zombie, missing, of another user, unknown').toEqual([
      true,
      false,
      false,
      true,
      true,
    ])
    expect(kill).toHaveBeenCalledWith(1, 0)
  } finally {
    kill.mockRestore()
  }
  expect(await view.startOf(1)).toBe('boot 777')
  expect(await view.startOf(9)).toBe('')
  expect(view.namespace).toBe('link of /proc/self/ns/pid')
  expect(view.machine).toMatch(/^[0-9a-f]{16}$/)
})

it('acquires a lock that is released between two calls as if it had been free: it claims and removes nothing', async () => {
  const real = (await nodeFileSystem())!
  const path = freshPath()
  mkdirSync(path)
  const removed: string[] = []
  const pathOf = (name: string) => join(path, name)
  let links = 0
  const fileSystem = {
    ...real,
    async link(from: string, to: string) {
      // the holder releases the lock once this link has failed
      if (links++ === 0) throw Object.assign(new Error('EEXIST'), { code: 'EEXIST' })
      await real.link(from, to)
    },
    async rm(name: string, options: { readonly force: boolean }) {
      removed.push(name)
      await real.rm(name, options)
    },
  }
  const lock = await acquireLock({ fileSystem, path, view: await viewProcesses(fileSystem), pathOf })
  expect(links).toBe(2)
  expect(removed.filter(name => !name.startsWith(pathOf('lock.new.')))).toEqual([])
  await lock.release()
})

it('makes each lock complete before it has its name, also on a disk without links', async () => {
  const real = (await nodeFileSystem())!
  const path = freshPath()
  mkdirSync(path)
  const events: string[] = []
  const unlinkable = {
    ...real,
    link: async () => {
      throw Object.assign(new Error('EPERM'), { code: 'EPERM' })
    },
  }
  const watched = {
    ...real,
    async link(from: string, to: string) {
      events.push(`link ${fs.readFileSync(from, 'utf8').length > 0}`)
      await real.link(from, to)
    },
  }
  for (const fileSystem of [watched, unlinkable]) {
    const context = {
      fileSystem,
      path,
      view: await viewProcesses(fileSystem),
      pathOf: (name: string) => join(path, name),
    }
    const lock = await acquireLock(context)
    await lock.check()
    await expect(acquireLock(context)).rejects.toThrow(StoreLockedError)
    await lock.release()
    expect(readdirSync(path)).toEqual([])
  }
  expect(events).toEqual(['link true', 'link true'])
})

it('takes over a lock of its own that it did not get, or could not remove', async () => {
  const real = (await nodeFileSystem())!
  const path = freshPath()
  mkdirSync(path)
  let failing: string | undefined
  const failIf = (call: string) => {
    if (call === failing) throw Object.assign(new Error('EIO'), { code: 'EIO' })
  }
  const fileSystem = {
    ...real,
    async readdir(name: string) {
      failIf('readdir')
      return real.readdir(name)
    },
    async rm(name: string, options: { readonly force: boolean }) {
      failIf('rm')
      await real.rm(name, options)
    },
  }
  const view = await viewProcesses(fileSystem)
  const acquire = () => acquireLock({ fileSystem, path, view, pathOf: name => join(path, name) })
  failing = 'readdir'
  await expect(acquire()).rejects.toThrow('EIO')
  expect(readdirSync(path)).toEqual(['lock'])
  failing = undefined
  const lock = await acquire()
  failing = 'rm'
  await expect(lock.release()).rejects.toThrow('EIO')
  expect(readdirSync(path)).toEqual(['lock'])
  failing = undefined
  await (await acquire()).release()
  expect(readdirSync(path)).toEqual([])
})

const robbed: readonly (readonly [
  string,
  (store: Awaited<ReturnType<typeof createStore>>) => Promise<unknown>,
])[] = [
  ['upsert', store => store.upsert([pointOf(3)])],
  ['upsert without waiting', store => store.upsert([pointOf(3)], { wait: false })],
  ['delete', store => store.delete([1])],
  ['compact', store => store.compact()],
  ['close', store => store.close()],
]

it.each(robbed)('writes no byte in %s after its lock was taken away', async (_, change) => {
  const path = freshPath()
  const store = await createStore({ path, vectors, sparse_vectors: { words: {} } })
  const words = { indices: [3], values: [1] }
  await store.upsert([{ id: 1, vector: { ...pointOf(1).vector, words } }, pointOf(2)])
  await store.delete([2])
  // the postings are written when the store is closed
  expect(await store.query(words, { using: 'words' })).toHaveLength(1)
  writeFileSync(join(path, 'lock'), holder({ host: 'elsewhere', token: 'theirs' }))
  const contents = () => readdirSync(path).map(name => [name, fs.readFileSync(join(path, name), 'hex')])
  const before = contents()
  await expect(change(store)).rejects.toThrow(
    `the lock of the store at "${path}" was lost; open the store again`,
  )
  expect(contents()).toEqual(before)
  // reading goes on
  if (change !== robbed.at(-1)![1]) expect(await store.retrieve([1])).toHaveLength(1)
  await expect(store.close()).rejects.toThrow(StoreLockedError)
  expect(contents()).toEqual(before)
})

const canUnshare =
  process.platform === 'linux' &&
  existsSync('/proc/self/ns/pid') &&
  spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true']).status === 0

// needs Linux, and the right to create namespaces
it.skipIf(!canUnshare)('refuses the lock of a running process in another PID namespace', async () => {
  const path = freshPath()
  await (await createStore({ path, vectors })).close()
  const script =
    `import { openStore } from './dist/store/index.js'\n` +
    `await openStore(process.argv[1])\n` +
    `console.log('open')\n` +
    `setInterval(() => {}, 1000)`
  const node = [process.execPath, '--input-type=module', '-e', script, path]
  const child = spawn('unshare', ['--pid', '--fork', '--kill-child', '--mount-proc', ...node], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise(resolve => child.once('exit', resolve))
  try {
    await new Promise(resolve => child.stdout.once('data', resolve))
    await expect(openStore(path)).rejects.toThrow(StoreLockedError)
    expect(JSON.parse(fs.readFileSync(join(path, 'lock'), 'utf8')).pid).toBe(1)
  } finally {
    // the process in the namespace ends with it
    child.kill('SIGKILL')
    await ended
  }
  // whether that process has ended cannot be seen from here
  await expect(openStore(path)).rejects.toThrow(`remove ${join(path, 'lock')}`)
})
