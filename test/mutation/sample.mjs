// Chooses the lines to mutate: the same lines for the same seed and sources.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A generator of numbers in [0, 1): mulberry32. */
export function random(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What a mutant changes: a literal, an operator, a condition, a block. */
const CAN_CHANGE = /['"`{[!<>+*/%&|?-]|\b(true|false|if|for|while)\b/

/** A constant of a module, which is made when the module is loaded. */
const IS_CONSTANT = /^(export )?const [A-Z][A-Z\d_]*\b/

/** Lines that can have a mutant: no imports, types or comments, and constants of modules only if `isStatic`. */
export function codeLines(file, isStatic) {
  const lines = readFileSync(file, 'utf8').split('\n')
  let inComment = false
  let inType = false
  return lines.flatMap((line, index) => {
    const text = line.trim()
    if (text.startsWith('/*')) inComment = true
    const skipped =
      inComment ||
      inType ||
      !CAN_CHANGE.test(text) ||
      (!isStatic && IS_CONSTANT.test(line)) ||
      /^(\/\/|\*|import|export (type|interface|\*|\{)|type|interface|\}|\)|\]|$)/.test(text)
    if (/^(export )?(interface|type)\b.*\{$/.test(text)) inType = true
    if (inType && line === '}') inType = false
    if (text.endsWith('*/')) inComment = false
    return skipped ? [] : [index + 1]
  })
}

/**
 * Ranges of lines to mutate, as StrykerJS takes them: `src/core/corpus.ts:12-12`. `lines` per folder, spread over its files.
 * StrykerJS can leave constants out itself, but not those of a module that a test loads: it runs that test alone.
 */
export function sampleLines(folders, lines, seed, isStatic) {
  return folders.flatMap(folder => {
    const next = random(seed + folder.length * 1009)
    const files = readdirSync(join('src', folder), { recursive: true, encoding: 'utf8' })
      .map(file => join('src', folder, file).replaceAll('\\', '/'))
      .filter(file => file.endsWith('.ts') && !/\.generated\.ts$|\.d\.ts$|index\.ts$/.test(file))
      .sort()
    const all = files.flatMap(file => codeLines(file, isStatic).map(line => `${file}:${line}-${line}`))
    for (let i = all.length - 1; i > 0; i--) {
      const j = Math.floor(next() * (i + 1))
      ;[all[i], all[j]] = [all[j], all[i]]
    }
    return all.slice(0, lines).sort()
  })
}
