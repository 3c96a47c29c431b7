// The process that holds a lock: which one it is, and whether it has ended. A process number means something only in its
// PID namespace and until the machine is started again. A holder that cannot be judged from here counts as alive.

import { codeOf, type NodeFileSystem } from '../../base/node-files.js'
import { nodeModule } from '../../base/node-module.js'

/** The process that holds a lock. */
export interface LockHolder {
  readonly pid: number
  /** The name of its machine. */
  readonly host: string
  /** When the machine and the process were started; '' if unknown. It distinguishes processes with the same number. */
  readonly started: string
  /** A random name, which is part of the names of files that claim the lock. */
  readonly token: string
  /** Identifies the machine; '' if unknown. Locks of earlier versions lack it. */
  readonly machine?: string | undefined
  /** The PID namespace; '' if there is none. Locks of earlier versions lack it. */
  readonly namespace?: string | undefined
}

/** The processes that this process can see. */
export interface ProcessView {
  readonly pid: number
  readonly host: string
  readonly machine: string
  readonly namespace: string
  /** Returns false if there is certainly no such process. */
  isRunning(pid: number): Promise<boolean>
  /** Returns when the machine and a process were started; '' if unknown. */
  startOf(pid: number): Promise<string>
}

interface NodeProcess {
  readonly pid: number
  kill(pid: number, signal: 0): void
}

interface NodeCrypto {
  createHash(name: 'sha256'): { update(text: string): { digest(encoding: 'hex'): string } }
}

const TOKEN = /^[\w.-]{1,80}$/
const MAX_PID = 2 ** 31 - 1
/** The PID namespace of a machine itself, which Linux never gives to a container. */
const FIRST_NAMESPACE = 'pid:[4026531836]'

/** Returns the processes that this process can see. Namespaces and start times exist on Linux only. */
export async function viewProcesses(fileSystem: NodeFileSystem): Promise<ProcessView> {
  const { process } = globalThis as unknown as { process: NodeProcess }
  const { hostname } = (await nodeModule<{ hostname(): string }>('node:os'))!
  const read = (path: string) => fileSystem.readFile(path, 'utf8').catch(() => '')
  // the state of a process, and 21 more words; its command is in parentheses and may contain anything
  const statOf = async (pid: number) => {
    const stat = await read(`/proc/${pid}/stat`)
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  }
  return {
    pid: process.pid,
    host: hostname(),
    machine: await machineOf(await read('/etc/machine-id')),
    namespace: await fileSystem.readlink('/proc/self/ns/pid').catch(() => ''),
    async isRunning(pid) {
      try {
        process.kill(pid, 0)
      } catch (error) {
        if (codeOf(error) === 'ESRCH') return false
      }
      const [state] = await statOf(pid)
      return state !== 'Z' && state !== 'X'
    },
    async startOf(pid) {
      const boot = await read('/proc/sys/kernel/random/boot_id')
      const ticks = (await statOf(pid))[19]
      return boot === '' || ticks === undefined ? '' : `${boot.trim()} ${ticks}`
    },
  }
}

/** The identity of a machine is not to be published, so the lock has a hash of it. */
async function machineOf(id: string): Promise<string> {
  if (id.trim() === '') return ''
  const { createHash } = (await nodeModule<NodeCrypto>('node:crypto'))!
  return createHash('sha256').update(`maxsimd ${id.trim()}`).digest('hex').slice(0, 16)
}

/** Describes this process as the holder of a lock. */
export async function describeSelf(view: ProcessView): Promise<LockHolder> {
  const { pid, host, machine, namespace } = view
  const token = `${pid}.${Date.now().toString(36)}.${Math.random().toString(36).slice(2)}`
  return { pid, host, started: await view.startOf(pid), token, machine, namespace }
}

/** Returns the holder that a lock file names; undefined if it names none, because it is empty, cut off or not a lock. */
export function parseHolder(text: string): LockHolder | undefined {
  let found: Partial<LockHolder> | null
  try {
    found = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof found !== 'object' || found === null) return undefined
  const { pid, host, token, started = '' } = found
  if (!Number.isInteger(pid) || pid! < 1 || pid! > MAX_PID || typeof host !== 'string') return undefined
  if (typeof token !== 'string' || !TOKEN.test(token) || typeof started !== 'string') return undefined
  return { ...found, pid: pid!, host, token, started }
}

/** When the machine was started: all but the last word. */
const bootOf = (started: string) => started.slice(0, Math.max(0, started.lastIndexOf(' ')))

/** Returns true if the holder of a lock has certainly ended. */
export async function hasEnded(holder: LockHolder, view: ProcessView): Promise<boolean> {
  // a lock of an earlier version lacks these two
  const { pid, host, started, machine = view.machine, namespace = view.namespace } = holder
  if (host !== view.host || machine !== view.machine) return false
  const boot = bootOf(started)
  const bootHere = bootOf(await view.startOf(view.pid))
  if (namespace !== view.namespace) return false
  if (boot !== '' && bootHere !== '' && boot !== bootHere) {
    // the machine was started again, or this is another one with the same name. Containers on several machines may share
    // the identity of a machine, which is a part of their image, and the number of a namespace
    return holder.machine !== '' && namespace === FIRST_NAMESPACE
  }
  if (!(await view.isRunning(pid))) return true
  const current = await view.startOf(pid)
  return started !== '' && current !== '' && started !== current
}
