// Temporary folders, a hub on the loopback address that has the tiny models, and programs that import the built
// package.

import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { afterEach } from 'vitest'
import { models } from './fixtures.js'

const cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

/** Runs a step after the test, even if it fails. */
export const afterTest = (step: () => unknown) => void cleanUp.push(step)

/** An empty folder that is removed after the test. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'maxsimd-encoders-'))
  afterTest(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A copy of a tiny model, which the test can change, in a folder with a given name. */
export function copyOf(shape: string, name = shape): string {
  const folder = join(freshFolder(), name)
  cpSync(join(models, shape), folder, { recursive: true })
  return folder
}

/** A running hub. */
export interface Hub {
  readonly url: string
  /** The requested paths, in order. */
  readonly requests: string[]
}

/**
 * Starts a hub that serves `/any/NAME/resolve/REVISION/FILE` from the tiny model NAME, and models under the given
 * `names`. `answer` is called first and returns true if it has answered. `root` is the folder of the models.
 */
export async function startHub(
  names: Readonly<Record<string, string>> = {},
  answer: (path: string, response: ServerResponse) => boolean = () => false,
  root = models,
): Promise<Hub> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    requests.push(path)
    if (answer(path, response)) return
    const [, name, file] = /^\/([^/]+\/[^/]+)\/resolve\/[^/]+\/(.*)$/.exec(path) ?? []
    const shape = names[name ?? ''] ?? /^any\/(.*)$/.exec(name ?? '')?.[1]
    const source = join(root, shape ?? '-', file ?? '-')
    if (!existsSync(source)) return response.writeHead(404).end()
    const bytes = readFileSync(source)
    response.writeHead(200, { 'content-length': bytes.length }).end(bytes)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  afterTest(() => {
    server.closeAllConnections()
    return new Promise(resolve => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests }
}

/**
 * Runs a program in a folder where the built `maxsimd` is installed, and transformers.js beside it unless `withPeer` is
 * false, and other `packages` by their paths. Returns its output.
 *
 * @throws Error with its error output if it fails or prints errors
 */
export function runInstalled(
  program: string,
  {
    withPeer = true,
    environment = {},
    packages = [],
  }: { withPeer?: boolean; environment?: Record<string, string>; packages?: readonly string[] } = {},
): string {
  const folder = freshFolder()
  const installed = join(folder, 'node_modules/maxsimd')
  for (const part of ['dist', 'package.json']) cpSync(part, join(installed, part), { recursive: true })
  if (withPeer) {
    const peer = resolve('test/encode/models/node_modules/@huggingface')
    symlinkSync(peer, join(folder, 'node_modules/@huggingface'), 'junction')
  }
  for (const path of packages) symlinkSync(path, join(folder, 'node_modules', basename(path)), 'junction')
  writeFileSync(join(folder, 'program.mjs'), program)
  const env = { ...process.env, ...environment }
  const { status, stdout, stderr } = spawnSync(process.execPath, ['program.mjs'], {
    cwd: folder,
    encoding: 'utf8',
    env,
  })
  if (status !== 0 || stderr !== '') throw new Error(`exit code ${status}: ${stderr}`)
  return stdout.trim()
}
