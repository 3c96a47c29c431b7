// Who is measured, and how each is started. A peer that cannot run here is reported with the reason.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Installed } from './install.js'

export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

export interface Peer {
  readonly name: string
  /** This library; what people reach from JavaScript; native code called from Python. */
  readonly kind: 'maxsimd' | 'javascript' | 'native'
  /** The engine that it runs on, as a reader knows it. */
  readonly engine: string
  /** It says that it rounds: scores outside the bound of f32 are its error, not a mistake. */
  readonly rounds: boolean
  /** The vector instructions that it has, in a few words. */
  readonly instructions: string
  /** It can be told to use two threads. */
  readonly threads: boolean
  command(threads: number): Command
}

const folder = (name: string) => fileURLToPath(new URL(`../bench/peers/${name}/main`, import.meta.url))

/** Every library of native threads reads one of these. */
const threadsOf = (threads: number) =>
  Object.fromEntries(
    ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS', 'RAYON_NUM_THREADS'].map(name => [
      name,
      String(threads),
    ]),
  )

const WIDE = { OPENBLAS_CORETYPE: 'SkylakeX' }

function hasWideVectors(): boolean {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8').includes(' avx512bw ')
  } catch {
    return false
  }
}

const LANES = '128-bit (WebAssembly)'

/** transformers.js has no option for threads: where the system can, it gets one core. */
function onOneCore(node: string): Peer['command'] {
  const args = [`${folder('javascript')}.mjs`, 'transformers', '{}']
  const pins = spawnSync('taskset', ['-c', '0', 'true']).status === 0
  return () => ({
    ...(pins ? { file: 'taskset', args: ['-c', '0', node, ...args] } : { file: node, args }),
    env: threadsOf(1),
  })
}

export function createPeers({ nodes, python }: Installed): Peer[] {
  const peers: Peer[] = []
  const here = nodes[0]!
  const newest = nodes.at(-1)!

  function javascript(
    name: string,
    module: string,
    options: object,
    {
      engine = newest,
      kind = 'javascript',
      ...rest
    }: Partial<Omit<Peer, 'engine'>> & { engine?: typeof newest },
  ): void {
    peers.push({
      name,
      kind,
      engine: engine.name,
      rounds: false,
      threads: false,
      instructions: LANES,
      command: threads => ({
        file: engine.file,
        args: [`${folder('javascript')}.mjs`, module, JSON.stringify({ ...options, threads })],
        env: threadsOf(threads),
      }),
      ...rest,
    })
  }

  function native(
    name: string,
    peer: string,
    options: Partial<Peer>,
    own: object = {},
    env: object = {},
  ): void {
    peers.push({
      name,
      kind: 'native',
      engine: 'Python',
      rounds: false,
      threads: false,
      instructions: '',
      command: threads => ({
        file: python,
        args: [
          `${folder('native')}.py`,
          peer,
          JSON.stringify(Object.keys(own).length ? { ...own, threads } : {}),
        ],
        env: { ...threadsOf(threads), PYTHONDONTWRITEBYTECODE: '1', ...env },
      }),
      ...options,
    })
  }

  for (const engine of new Set([here, newest])) {
    const kernel = engine.relaxed ? 'relaxed-simd' : 'simd'
    for (const [name, config, rounds] of [
      ['f32', { screen: 'off' }, false],
      ['certified', { screen: 'convert' }, false],
      ['certified, copy', { screen: 'copy' }, false],
      ['i16', { dtype: 'i16' }, true],
      ['i8', { dtype: 'i8' }, true],
      ['binary', { dtype: 'binary' }, true],
    ] as const) {
      const own = { engine, kind: 'maxsimd', rounds, threads: !rounds } as const
      javascript(`maxsimd ${name}`, 'maxsimd', { kernel, ...config }, own)
    }
  }
  javascript('plain JavaScript', 'plain', { tiled: false }, { instructions: 'none' })
  javascript('plain JavaScript, tiled', 'plain', { tiled: true }, { instructions: 'none' })
  javascript('ml-matrix', 'ml-matrix', {}, { instructions: 'none' })
  javascript('maxsim-web', 'maxsim-web', {}, {})
  javascript('TensorFlow.js (wasm)', 'tfjs', {}, {})
  javascript('onnxruntime-web', 'onnxruntime', { build: 'web', padded: false }, { threads: true })
  javascript('onnxruntime-web, padded', 'onnxruntime', { build: 'web', padded: true }, { threads: true })
  const mlas = 'native, up to AVX-512'
  javascript('transformers.js', 'transformers', {}, { instructions: mlas, command: onOneCore(newest.file) })
  for (const padded of [false, true]) {
    const name = padded ? 'onnxruntime-node, padded' : 'onnxruntime-node'
    javascript(name, 'onnxruntime', { build: 'node', padded }, { threads: true, instructions: mlas })
  }
  javascript('SimSIMD', 'simsimd', {}, { instructions: mlas })
  native('numpy, a product a document', 'numpy_each', { threads: true })
  native('numpy, one product', 'numpy_once', { threads: true })
  // OpenBLAS takes AVX2 on a processor that is younger than it: what it could do is shown too
  if (hasWideVectors()) native('numpy, one product, AVX-512', 'numpy_once', { threads: true }, {}, WIDE)
  native('PyTorch', 'torch', { threads: true }, { threads: 1 })
  native('maxsim-cpu', 'maxsim_cpu', { threads: true })
  native('NumKong maxsim', 'numkong_maxsim', { rounds: true })
  native('NumKong dots', 'numkong_dots', {})
  native("Qdrant's engine", 'qdrant', {})
  return peers
}
