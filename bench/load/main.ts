// `npm run bench:load`. Measures how fast documents are loaded into a Qdrant server: over REST, over gRPC, and by Python's
// client over gRPC. The clients take turns, each in a process of its own, and each load is checked.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { stderr, stdout } from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { freePort, startQdrant } from '../../demo/qdrant-process.js'
import { createCollection, deleteCollection } from '../../src/qdrant/index.js'
import { engine, processor } from '../shared/machine.js'
import { replaceBlock } from '../shared/marked-block.js'
import { GRPC, type Load, type LoadRun, PYTHON, REST, toMarkdown } from './report.js'

const BYTES_PER_POINT = 128 * 128 * 4

const pathTo = (file: string) => fileURLToPath(new URL(`../${file}`, import.meta.url))

/** Python's client, in an environment that is made once. Returns the Python; undefined if it cannot be installed. */
function installPython(): string | undefined {
  const environment = pathTo('bench/load/.venv')
  const isWindows = process.platform === 'win32'
  const python = join(environment, isWindows ? 'Scripts/python.exe' : 'bin/python')
  if (existsSync(join(environment, 'ready'))) return python
  const run = (file: string, args: readonly string[]) =>
    spawnSync(file, args, { stdio: ['ignore', 2, 2] }).status === 0
  const isInstalled =
    run(process.env.PYTHON || (isWindows ? 'python' : 'python3'), ['-m', 'venv', environment]) &&
    run(python, ['-m', 'pip', 'install', '--quiet', '-r', pathTo('bench/load/requirements.txt')])
  if (!isInstalled) return undefined
  writeFileSync(join(environment, 'ready'), '')
  return python
}

/** Runs a client in a process of its own. */
function runClient(file: string, args: readonly string[]): Load {
  const { status, stdout, stderr, error } = spawnSync(file, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${file} ${args.join(' ')} failed: ${error?.message ?? stderr}`)
  return JSON.parse(stdout) as Load
}

/** Creates an empty collection, has a client load it, and checks what was loaded. */
async function measureLoad(url: string, points: number, load: (name: string) => Load): Promise<Load> {
  const vectors = { colbert: { size: 128, distance: 'Dot', on_disk: true } } as const
  const collection = await createCollection({ url }, 'load', { vectors }, { ifExists: 'recreate' })
  const result = load('load')
  const count = await collection.count()
  const [last] = await collection.retrieve([points - 1], { with_vector: true })
  const rows = last?.vector?.colbert as { data: Float32Array } | undefined
  if (count !== points || rows?.data.length !== 128 * 128 || rows.data.every(value => value === 0)) {
    throw new Error(`${count} of ${points} points were loaded`)
  }
  await deleteCollection({ url }, 'load')
  return result
}

async function measure(binary: string, points: number, rounds: number): Promise<LoadRun> {
  const folder = mkdtempSync(join(tmpdir(), 'maxsimd-load-'))
  const ports = { http: await freePort(), grpc: await freePort() }
  const server = await startQdrant({ binary, folder, ports })
  const python = installPython()
  if (python === undefined) stderr.write("Python's client could not be installed, and is skipped\n")
  const args = (name: string) => [server.url, String(ports.grpc), name, String(points)]
  const own = (way: string) => (name: string) =>
    runClient(process.execPath, [pathTo('build/bench-load-client.mjs'), ...args(name), way])
  const clients: Record<string, (name: string) => Load> = {
    [GRPC]: own('grpc'),
    [REST]: own('off'),
    ...(python !== undefined && {
      [PYTHON]: (name: string) => runClient(python, [pathTo('bench/load/load.py'), ...args(name)]),
    }),
  }
  const loads: Record<string, Load[]> = {}
  const load = loadavg()[0]!
  try {
    for (let round = 0; round < rounds; round++) {
      for (const [client, run] of Object.entries(clients)) {
        const result = await measureLoad(server.url, points, run)
        loads[client] = [...(loads[client] ?? []), result]
        const rate = (points * BYTES_PER_POINT) / 1e6 / result.seconds
        stderr.write(`round ${round + 1}, ${client}: ${rate.toFixed(1)} MB/s\n`)
      }
    }
  } finally {
    await server.end()
    rmSync(folder, { recursive: true, force: true })
  }
  return {
    date: new Date().toISOString().slice(0, 10),
    engine: engine(),
    processor: processor(),
    cores: availableParallelism(),
    load,
    server: server.version,
    points,
    bytes: points * BYTES_PER_POINT,
    loads,
  }
}

const HELP = `Measures loads into a Qdrant server. Writes bench/results/load.json and the table in docs/qdrant.md.

  QDRANT_BIN=/path/to/qdrant npm run bench:load

--points n   number of documents (default: 1500); other numbers are printed and not written
--rounds n   number of rounds (default: 5)
`

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  points: { type: 'string', default: '1500' },
  rounds: { type: 'string', default: '5' },
} as const

async function main(args: readonly string[]): Promise<void> {
  const { help, points, rounds } = parseArgs({ args: [...args], options: OPTIONS }).values
  if (help) {
    stdout.write(HELP)
    return
  }
  const run = await measure(process.env.QDRANT_BIN || 'qdrant', Number(points), Number(rounds))
  const block = toMarkdown(run)
  stdout.write(`${block}\n`)
  if (points !== OPTIONS.points.default) return
  mkdirSync(pathTo('bench/results'), { recursive: true })
  writeFileSync(pathTo('bench/results/load.json'), `${JSON.stringify(run, null, 1)}\n`)
  const page = pathTo('docs/qdrant.md')
  writeFileSync(page, replaceBlock(readFileSync(page, 'utf8'), 'docs/qdrant.md', 'load', block))
}

main(process.argv.slice(2)).catch((error: Error) => {
  stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
