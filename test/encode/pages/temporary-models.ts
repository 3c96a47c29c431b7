// Copies of the models in fixtures/ whose settings a test changes.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

export type PageKind = 'colpali' | 'colmodernvbert'

const fixtures = fileURLToPath(new URL('./fixtures', import.meta.url))

/**
 * Returns a function that copies a model, with an ONNX file that is never read. `changes` replaces members of its JSON files; a
 * member that is undefined is removed. The copies are removed after all tests of the file.
 */
export function temporaryModels() {
  const root = mkdtempSync(join(tmpdir(), 'maxsimd-page-models-'))
  afterAll(() => rmSync(root, { recursive: true }))
  let folders = 0
  return (kind: PageKind, changes: Readonly<Record<string, object>> = {}): string => {
    const folder = join(root, String(folders++))
    cpSync(join(fixtures, kind), folder, { recursive: true })
    writeFileSync(join(folder, kind === 'colpali' ? 'model.onnx' : 'model_v2.onnx'), '')
    for (const [file, change] of Object.entries(changes)) {
      const path = join(folder, file)
      writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...change }))
    }
    return folder
  }
}
