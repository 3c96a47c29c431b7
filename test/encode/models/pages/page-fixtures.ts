// Makes the tiny models for pages, the pictures, and FastEmbed's rows of them, once for each version of the scripts. Python and
// FastEmbed are those of install.mjs.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const build = fileURLToPath(new URL('../../../../build/encoders/pages', import.meta.url))
const python = join(here, '../.venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
const SCRIPTS = [
  'make_page_models.py',
  'make_pictures.py',
  'fastembed_pages.py',
  'make_unit_fixtures.py',
  '../requirements.txt',
]

/** Whether FastEmbed is installed. */
export const hasPython = existsSync(python)

export const pageModels = join(build, 'models')
export const pictures = join(build, 'pictures')
/** What the unit suite compares with, made again. */
export const unitFixtures = join(build, 'unit')
const rows = join(build, 'rows')

export const pageShapes = ['colpali', 'colmodernvbert-small', 'colmodernvbert'] as const
export type PageShape = (typeof pageShapes)[number]

/** A picture or a text, and what FastEmbed passes to the model and returns for it. */
export interface PageItem {
  readonly file?: string
  readonly query?: string
  readonly rows: number
  readonly ids: readonly number[]
  /** Shape of `pixel_values`. */
  readonly pixels: readonly number[]
  /** The beginning of the SHA-256 of `pixel_values`. */
  readonly hash: string
}

/** A picture, and the hash of its pixels by Pillow. */
export interface Picture {
  readonly file: string
  readonly mode: string
  readonly width: number
  readonly height: number
  readonly hash: string
}

/** Runs the scripts, unless their results exist. */
export function makePageFixtures(): void {
  const hash = createHash('sha256')
  for (const script of SCRIPTS) hash.update(readFileSync(join(here, script)))
  const version = hash.digest('hex')
  const stamp = join(build, 'version.txt')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === version) return
  rmSync(build, { recursive: true, force: true })
  const run = (...args: string[]) => {
    const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' }
    const { status, stderr } = spawnSync(python, args, { cwd: here, encoding: 'utf8', env })
    if (status !== 0) throw new Error(`${args[0]} failed: ${stderr}`)
  }
  run('make_page_models.py', pageModels)
  run('make_pictures.py', pictures)
  run('fastembed_pages.py', pageModels, join(pictures, 'files'), rows)
  run('make_unit_fixtures.py', unitFixtures)
  writeFileSync(stamp, version)
}

/** The beginning of the SHA-256 of bytes, as the scripts write it. */
export const hashOf = (bytes: NodeJS.ArrayBufferView) =>
  createHash('sha256').update(bytes).digest('hex').slice(0, 16)

const json = (...path: string[]): unknown => JSON.parse(readFileSync(join(...path), 'utf8'))

export const readItems = (shape: PageShape) => json(rows, `${shape}.json`) as readonly PageItem[]

/** The rows of all items of a model. */
export function readPageRows(shape: PageShape): Float32Array {
  const bytes = readFileSync(join(rows, `${shape}.bin`))
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
}

export const readPictures = () => json(pictures, 'pictures.json') as readonly Picture[]

/** The resizes of Pillow: filter, width, height, new width, new height; and the pixels before and after each. */
export function readResizes() {
  const { pillow, cases } = json(pictures, 'resizes.json') as {
    readonly pillow: string
    readonly cases: readonly (readonly [1 | 2 | 3 | 4 | 5, number, number, number, number])[]
  }
  return { pillow, cases, bytes: readFileSync(join(pictures, 'resizes.bin')) }
}
