// The peers: this library, libraries that people use from JavaScript, and native ones called from Python; and the command
// that starts each. A peer that cannot run on this machine is reported with the reason.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { SCREENS } from '../../src/core/screen.js'
import type { NodeEngine } from '../shared/nodes.js'
import type { Installed } from './install.js'
import type { PeerServer } from './server.js'

/** A program to start. */
export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** A library, with one way to use it. */
export interface Peer {
  readonly name: string
  /** This library, a library for JavaScript, or a native one called from Python. */
  readonly kind: 'maxsimd' | 'javascript' | 'native'
  /** The engine on which it runs, for example `Node 24`. */
  readonly engine: string
  /** Whether it rounds by design: scores outside the bound of f32 are then inexact, not wrong. */
  readonly rounds: boolean
  /** The vector instructions that it uses. */
  readonly instructions: string
  /** Whether it can use several threads. */
  readonly threads: boolean
  /** Whether it is measured on the large workloads of real rows. */
  readonly real: boolean
  command(threads: number): Command
}

type PeerOptions = Partial<Omit<Peer, 'engine'>>

const programIn = (folder: string) => fileURLToPath(new URL(`../bench/peers/${folder}/main`, import.meta.url))

/** Native libraries read their number of threads from one of these variables. */
const threadVariables = (threads: number) =>
  Object.fromEntries(
    ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS', 'RAYON_NUM_THREADS'].map(name => [
      name,
      String(threads),
    ]),
  )

const WASM_INSTRUCTIONS = '128-bit (WebAssembly)'
const MLAS_INSTRUCTIONS = 'native, up to AVX-512'

/** A peer in Node. Its module in bench/peers/javascript gets `options` and the number of threads. */
function javascriptPeer(
  engine: NodeEngine,
  name: string,
  module: string,
  options: object,
  peerOptions: PeerOptions = {},
): Peer {
  return {
    name,
    kind: 'javascript',
    engine: engine.name,
    rounds: false,
    threads: false,
    real: false,
    instructions: WASM_INSTRUCTIONS,
    command: threads => ({
      file: engine.file,
      args: [`${programIn('javascript')}.mjs`, module, JSON.stringify({ ...options, threads })],
      env: threadVariables(threads),
    }),
    ...peerOptions,
  }
}

/** The configurations of this library: a name, the corpus config, and whether it rounds. */
const MAXSIMD_CONFIGS: readonly (readonly [string, object, boolean])[] = [
  ...SCREENS.map(screen => [screen === 'off' ? 'f32' : `certified, ${screen}`, { screen }, false] as const),
  ['i16', { dtype: 'i16' }, true],
  ['i8', { dtype: 'i8' }, true],
  ['binary', { dtype: 'binary' }, true],
]

/** This library on one engine. */
function maxsimdPeers(engine: NodeEngine): Peer[] {
  const kernel = engine.relaxed ? 'relaxed-simd' : 'simd'
  return MAXSIMD_CONFIGS.map(([name, config, rounds]) =>
    javascriptPeer(
      engine,
      `maxsimd ${name}`,
      'maxsimd',
      { kernel, ...config },
      { kind: 'maxsimd', rounds, threads: !rounds, real: true },
    ),
  )
}

/** transformers.js has no option for the number of threads. Where the system supports it, it gets one core. */
function oneCoreCommand(engine: NodeEngine): Peer['command'] {
  const args = [`${programIn('javascript')}.mjs`, 'transformers', '{}']
  const canPin = spawnSync('taskset', ['-c', '0', 'true']).status === 0
  return () => ({
    ...(canPin ? { file: 'taskset', args: ['-c', '0', engine.file, ...args] } : { file: engine.file, args }),
    env: threadVariables(1),
  })
}

/** Libraries that people use from JavaScript. */
function javascriptPeers(engine: NodeEngine): Peer[] {
  const peer = (name: string, module: string, options: object, peerOptions?: PeerOptions) =>
    javascriptPeer(engine, name, module, options, peerOptions)
  const onnxruntime = (build: 'web' | 'node', padded: boolean, peerOptions: PeerOptions) =>
    peer(`onnxruntime-${build}${padded ? ', padded' : ''}`, 'onnxruntime', { build, padded }, peerOptions)
  return [
    peer('plain JavaScript', 'plain', { tiled: false }, { instructions: 'none', real: true }),
    peer('plain JavaScript, tiled', 'plain', { tiled: true }, { instructions: 'none' }),
    peer('ml-matrix', 'ml-matrix', {}, { instructions: 'none' }),
    peer('maxsim-web', 'maxsim-web', {}),
    peer('TensorFlow.js (wasm)', 'tfjs', {}),
    onnxruntime('web', false, { threads: true }),
    onnxruntime('web', true, { threads: true }),
    peer(
      'transformers.js',
      'transformers',
      {},
      { instructions: MLAS_INSTRUCTIONS, command: oneCoreCommand(engine) },
    ),
    onnxruntime('node', false, { threads: true, real: true, instructions: MLAS_INSTRUCTIONS }),
    onnxruntime('node', true, { threads: true, instructions: MLAS_INSTRUCTIONS }),
    peer('SimSIMD', 'simsimd', {}, { instructions: MLAS_INSTRUCTIONS }),
  ]
}

function hasAvx512(): boolean {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8').includes(' avx512bw ')
  } catch {
    return false
  }
}

/** Native libraries, called from Python. */
function nativePeers(python: string): Peer[] {
  /** `getsThreads`: the peer's function has a parameter for the number of threads. */
  const peer = (
    name: string,
    peerName: string,
    { getsThreads = false, env = {}, ...options }: PeerOptions & { getsThreads?: boolean; env?: object } = {},
  ): Peer => ({
    name,
    kind: 'native',
    engine: 'Python',
    rounds: false,
    threads: false,
    real: true,
    instructions: '',
    command: threads => ({
      file: python,
      args: [`${programIn('native')}.py`, peerName, JSON.stringify(getsThreads ? { threads } : {})],
      env: { ...threadVariables(threads), PYTHONDONTWRITEBYTECODE: '1', ...env },
    }),
    ...options,
  })
  // OpenBLAS uses AVX2 on processors that are newer than it; this is what it can do with AVX-512
  const avx512 = { threads: true, env: { OPENBLAS_CORETYPE: 'SkylakeX' } }
  return [
    peer('numpy, a product a document', 'numpy_each', { threads: true }),
    peer('numpy, one product', 'numpy_once', { threads: true }),
    ...(hasAvx512() ? [peer('numpy, one product, AVX-512', 'numpy_once', avx512)] : []),
    peer('PyTorch', 'torch', { threads: true, getsThreads: true }),
    peer('maxsim-cpu', 'maxsim_cpu', { threads: true }),
    peer('NumKong maxsim', 'numkong_maxsim', { rounds: true }),
    peer('NumKong dots', 'numkong_dots'),
    peer("Qdrant's engine", 'qdrant'),
  ]
}

/** A Qdrant server with the documents in a collection, searched exactly over REST. It always uses all cores. */
function serverPeer(engine: NodeEngine, server: PeerServer): Peer {
  return javascriptPeer(
    { ...engine, name: 'REST, all cores' },
    'Qdrant server',
    'qdrant-server',
    { url: server.url, collection: server.collection },
    { kind: 'native', real: true, instructions: 'AVX2 and FMA' },
  )
}

/**
 * All peers: this library on this Node and on the newest one, the others on the newest one.
 *
 * @param server a Qdrant server, if there is one
 */
export function createPeers({ nodes, python }: Installed, server?: PeerServer): Peer[] {
  const newest = nodes.at(-1)!
  return [
    ...[...new Set([nodes[0]!, newest])].flatMap(maxsimdPeers),
    ...javascriptPeers(newest),
    ...nativePeers(python),
    ...(server ? [serverPeer(newest, server)] : []),
  ]
}
