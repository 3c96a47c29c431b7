// The WebAssembly modules: their sources, and the source files of src/ that are written from them.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/**
 * XORed with each byte of an embedded binary. Most bytes then become printable ASCII characters, which need no escape and
 * one byte of UTF-8. Of all sums and masks this one has the smallest maxsimd.min.js with gzip.
 */
export const BYTE_MASK = 99

/**
 * The code of the first character of an embedded binary. A page that reads the script in another encoding than UTF-8 has
 * another character there, so that the library can throw instead of running a slower kernel.
 */
const ENCODING_MARK = 255

/** Returns bytes as a string literal with one character per byte. With gzip it is a quarter smaller than base64. */
function asText(bytes) {
  const codes = [ENCODING_MARK, ...Array.from(bytes, byte => byte ^ BYTE_MASK)]
  return `'${codes.map(code => `\\x${code.toString(16).padStart(2, '0')}`).join('')}'`
}

/** The WebAssembly modules; `index.ts` in the folder is the entry. Each has its own generated file, so that a program loads only the binaries that it uses. */
export const modules = [
  {
    folder: 'assembly',
    binaries: { simd: 'SIMD', 'relaxed-simd': 'RELAXED_SIMD' },
    generated: 'src/kernel/bytes.generated.ts',
  },
  {
    folder: 'assembly/json',
    binaries: { codec: 'CODEC' },
    generated: 'src/kernel/codec/codec-bytes.generated.ts',
  },
  {
    folder: 'assembly/pixels',
    binaries: { pixels: 'PIXELS' },
    generated: 'src/kernel/pixels/pixel-bytes.generated.ts',
  },
]

/** Returns the paths of the files in a folder. */
export function sourcesIn(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(folder, entry.name))
}

/** Returns the source file that embeds the binaries of a module. `stamp`: its first line. */
export function embeddingSource({ binaries }, stamp) {
  const lines = Object.entries(binaries).map(
    ([target, name]) => `export const ${name}: string =\n  ${asText(readFileSync(`build/${target}.wasm`))}`,
  )
  return `${[stamp, ...lines].join('\n\n')}\n`
}

/**
 * Copies every `export const NAME: type = number` of assembly/ to TypeScript, for the numbers that the kernel and the
 * library share. The codes of metrics and dtypes also become union types, so that TypeScript reports a `switch` that
 * has no case for a new one.
 */
export function writeConstants() {
  const unions = { 'metric.ts': 'MetricCode', 'dtype.ts': 'DtypeCode' }
  const lines = [
    '// Written by scripts/build.mjs from assembly/. Do not edit.',
    '',
    '// scripts/wasm.mjs',
    `export const BYTE_MASK = ${BYTE_MASK}`,
    `export const ENCODING_MARK = ${ENCODING_MARK}`,
  ]
  const names = new Set()
  for (const file of modules.flatMap(({ folder }) => sourcesIn(folder)).sort()) {
    const found = [
      ...readFileSync(file, 'utf8').matchAll(
        /^export const ([A-Z]\w*)(?:: \w+)? = (-?(?:0x)?[\da-f]+)\r?$/gm,
      ),
    ]
    if (found.length === 0) continue
    lines.push('', `// ${file.replaceAll('\\', '/')}`)
    for (const [, name, value] of found) {
      if (names.has(name))
        throw new Error(`${file} exports ${name}, which another file of assembly/ exports too`)
      names.add(name)
      lines.push(`export const ${name} = ${value}`)
    }
    const union = unions[basename(file)]
    if (union) lines.push(`export type ${union} = ${found.map(([, name]) => `typeof ${name}`).join(' | ')}`)
  }
  writeFileSync('src/kernel/constants.generated.ts', `${lines.join('\n')}\n`)
}
