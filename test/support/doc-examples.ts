// Runs the `@example`s of doc comments against the built package. A line `expression // value`, where the comment is a
// JavaScript literal, is a check: the example fails if the expression has another value.

import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { type EntryPoint, examplesOf, exportsOf, readEntryPoints } from './public-api.js'

const run = promisify(execFile)

export interface DocExample {
  /** `maxsimd/store createStore`. */
  readonly name: string
  readonly code: string
}

/** All examples, without repetitions: several entry points may export the same function. */
export function docExamples(entries: readonly EntryPoint[] = readEntryPoints()): readonly DocExample[] {
  const found = entries
    .flatMap(exportsOf)
    .flatMap(exported =>
      examplesOf(exported).map(code => ({ name: `${exported.entry} ${exported.name}`, code })),
    )
  const byCode = new Map(found.map(example => [example.code, example]))
  return [...byCode.values()]
}

/** Returns whether an example needs an encoder model, a Qdrant server, or neither. */
export function needsOf({ code }: DocExample): 'model' | 'server' | 'nothing' {
  if (code.includes('createEncoder(')) return 'model'
  return code.includes('new QdrantClient(') ? 'server' : 'nothing'
}

/** Whether a comment is a literal that can be compared: `[{ index: 0, score: 3 }]`, but not `3 rows`. */
function isLiteral(comment: string): boolean {
  try {
    new Function(`"use strict"; const Infinity = 1 / 0; return [${comment}]`)()
    return true
  } catch {
    return false
  }
}

const CHECK = `
import assert from 'node:assert'
const plain = value => ArrayBuffer.isView(value) ? Array.from(value) : value
const close = (a, b) => typeof a === 'number' && typeof b === 'number' ? Math.abs(a - b) <= 1e-5 * Math.max(1, Math.abs(b))
  : a && b && typeof a === 'object' && typeof b === 'object'
    ? Object.keys(a).length === Object.keys(b).length && Object.keys(a).every(key => close(plain(a[key]), plain(b[key]))) : Object.is(a, b)
const $check = (value, expected, text) => { if (!close(plain(value), plain(expected))) assert.deepStrictEqual(plain(value), expected, text) }
`

/** The example as a program: the checks are function calls, and it imports what it uses from the built package. */
export function programOf({ name, code }: DocExample): string {
  const lines = code.split('\n').map(line => {
    const found =
      /^(?:console\.log\((.+)\)|((?!const |let |import |for |if |\}|await using |using ).+?))\s+\/\/ (.+)$/.exec(
        line,
      )
    if (!found) return line
    const [, logged, plain, comment] = found
    const expression = (logged ?? plain)!
    return isLiteral(comment!)
      ? `$check(${expression}, ${comment}, ${JSON.stringify(`${name}: ${line}`)})`
      : line
  })
  return `${CHECK}${lines.join('\n')}\n`
}

/** Runs an example in its own process and returns its output. */
export async function runExample(
  example: DocExample,
  change = (program: string) => program,
): Promise<string> {
  const folder = `build/doc-examples/${example.name.replaceAll(/\W+/g, '-')}-${process.pid}`
  mkdirSync(folder, { recursive: true })
  try {
    writeFileSync(`${folder}/example.mjs`, change(programOf(example)))
    const { stdout } = await run(process.execPath, [`${folder}/example.mjs`], { timeout: 60_000 })
    return stdout
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs examples one after the other in one process. Returns the error of each that failed, by name. */
export async function runExamples(examples: readonly DocExample[]): Promise<Record<string, string>> {
  const folder = `build/doc-examples/all-${process.pid}`
  mkdirSync(folder, { recursive: true })
  try {
    examples.forEach((example, index) => {
      writeFileSync(`${folder}/${index}.mjs`, programOf(example))
    })
    const names = JSON.stringify(examples.map(({ name }) => name))
    const program = `
import { writeFileSync } from 'node:fs'
const errors = {}
for (const [index, name] of ${names}.entries())
  await import(\`./\${index}.mjs\`).catch(error => { errors[name] = String(error.stack) })
writeFileSync('${folder}/errors.json', JSON.stringify(errors))
process.exit()
`
    writeFileSync(`${folder}/run.mjs`, program)
    await run(process.execPath, [`${folder}/run.mjs`], { timeout: 60_000 })
    return JSON.parse(readFileSync(`${folder}/errors.json`, 'utf8'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
