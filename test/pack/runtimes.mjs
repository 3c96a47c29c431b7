// Concern "runtimes": the programs in Node, Deno and Bun as they are, and in Cloudflare's workerd as a bundle.

import { spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { engines, findEngine } from '../runtimes/engines.mjs'
import { ALL_STEPS, differences, working } from './results.mjs'
import { environment, makeProgram, mustRun, project } from './work.mjs'

/** Paths of programs that npm installed for this suite, by their name in the lock file. */
const nodesOf = tools =>
  ['20.12', '22', '26'].map(version => ({
    name: `Node ${version}`,
    path: tools.path(`node-${version}/bin/node`),
  }))

/** Runs programs/server.js. `args` go before the program's path. */
async function runServer(path, args, folder, program = 'server.js') {
  const data = join(folder, `library-${Math.random().toString(36).slice(2)}`)
  const command = program ? [...args, join(folder, program), data] : [...args, data]
  const stdout = await mustRun(path, command, { cwd: folder, env: { DENO_DIR: join(project, '.deno') } })
  return differences(JSON.parse(stdout.trim().split('\n').at(-1)), ALL_STEPS)
}

/** Bundles programs/worker.js with the binary beside it, as wrangler does, and writes the configuration of workerd. */
async function bundleWorker(tools, flags) {
  const folder = makeProgram('workerd', 'workerd')
  const { build } = tools.require('esbuild')
  await build({
    entryPoints: [join(folder, 'worker.js')],
    outfile: join(folder, 'main.js'),
    bundle: true,
    format: 'esm',
    alias: { 'maxsimd/simd.wasm': './simd.wasm' },
    external: ['./simd.wasm', 'node:*'],
    logLevel: 'error',
  })
  copyFileSync(join(project, 'node_modules/maxsimd/dist/simd.wasm'), join(folder, 'simd.wasm'))
  const file = join(folder, `${flags.join() || 'plain'}.capnp`)
  writeFileSync(
    file,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [(name = "main.js", esModule = embed "main.js"), (name = "simd.wasm", wasm = embed "simd.wasm")],
    compatibilityDate = "2026-01-01",
    compatibilityFlags = [${flags.map(flag => `"${flag}"`)}],
  ))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`,
  )
  return file
}

/** Starts workerd, sends one request and ends it. */
async function askWorker(tools, file) {
  const child = spawn(tools.require('workerd').default, ['serve', file, '--control-fd=3'], {
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  })
  try {
    for await (const line of createInterface(child.stdio[3])) {
      const { event, port } = JSON.parse(line)
      if (event === 'listen') return await (await fetch(`http://127.0.0.1:${port}/`)).json()
    }
    throw new Error('workerd ended before it listened')
  } finally {
    child.kill()
  }
}

/** A worker has no disk and no threads, and compiles no WebAssembly at run time. */
const inWorker = { ...working, threads: /^1 of simd: 2,0$/ }
const WORKER_STEPS = ['core', 'threads', 'reference', 'memoryStore', 'formats']

export async function checkRuntimes(report, { tools, tool }) {
  // some versions are not on npm for every platform
  const check = (name, binary, run) => {
    if (tool && !name.startsWith(tool)) return
    if (existsSync(binary ?? '')) return report.run('runtimes', name, run)
    console.log(`not run: runtimes: ${name}: npm has no binary for ${process.platform} ${process.arch}`)
  }
  const folder = makeProgram('server', 'node')
  await check(`Node ${process.versions.node}`, process.execPath, () =>
    runServer(process.execPath, [], folder),
  )
  for (const { name, path } of nodesOf(tools)) await check(name, path, () => runServer(path, [], folder))
  const [deno, bun, node24] = engines.map(findEngine)
  await check('Node 24', node24, () => runServer(node24, [], folder))
  await check('Deno', deno, () => runServer(deno, ['run', '--allow-all', '--no-lock', '--quiet'], folder))
  await check('Bun', bun, () => runServer(bun, ['run'], folder))
  await check('Bun, compiled to one program', bun, async () => {
    const source = makeProgram('compiled', 'bun')
    mkdirSync(join(source, 'elsewhere'))
    const program = join(source, 'elsewhere/program')
    await mustRun(bun, ['build', '--compile', join(source, 'server.js'), '--outfile', program], {
      cwd: source,
    })
    return runServer(program, [], join(source, 'elsewhere'), '')
  })
  const workerd = tools.require('workerd').default
  for (const flags of [[], ['nodejs_compat']]) {
    await check(`workerd${flags.length ? `, ${flags}` : ''}`, workerd, async () =>
      differences(await askWorker(tools, await bundleWorker(tools, flags)), WORKER_STEPS, inWorker),
    )
  }
}
