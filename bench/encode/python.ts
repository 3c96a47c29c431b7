// Runs encode.py, which answers each line of JSON with a line of JSON.

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** A running program that encodes texts. */
export interface PythonEncoder {
  /** The version of onnxruntime. */
  readonly version: string
  /** Encodes texts. `rows`: number of rows of each text. */
  encode(texts: readonly string[]): Promise<{ readonly seconds: number; readonly rows: readonly number[] }>
  /** The rows of the last call. */
  rows(): Float32Array
  end(): void
}

/** The paths of a program. */
export interface PythonPaths {
  readonly python: string
  readonly program: string
  /** The folder of the model. */
  readonly model: string
}

/** Starts the program. `batchTokens`: maximum number of tokens in a batch, or 0 for batches of 32 texts. */
export async function startPython(
  { python, program, model }: PythonPaths,
  batchTokens: number,
): Promise<PythonEncoder> {
  const folder = mkdtempSync(join(tmpdir(), 'maxsimd-encode-'))
  const file = join(folder, 'rows')
  const child = spawn(python, [program, model, String(batchTokens), file], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const next = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${program} ended with exit code ${child.exitCode}`)
    return JSON.parse(value)
  }
  const { version } = await next()
  return {
    version,
    async encode(texts) {
      child.stdin.write(`${JSON.stringify(texts)}\n`)
      return next()
    },
    rows() {
      const bytes = readFileSync(file)
      return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
    },
    end() {
      child.stdin.end()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
