// The machine of a measurement: the engine, the processor, and the processor's peak rate, which bench/shared/peak.c
// measures if there is a C compiler.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** GF/s of one core in 128-bit lanes of f32, or the reason why it is unknown. */
export type Peak = { readonly gflops: number } | { readonly why: string }

/** Measures the peak. The largest measurement counts, because other programs can only make it smaller. */
export interface PeakMeter {
  measure(): void
  readonly peak: Peak
  dispose(): void
}

/** The name and version of the engine. */
export const engine = (): string => `Node ${process.versions.node} (V8 ${process.versions.v8})`

/** The processor's name. On Linux also its family and model, because virtual machines shorten the name. */
export function processor(): string {
  const name = cpus()[0]?.model.trim() || `unknown ${process.arch}`
  try {
    const info = readFileSync('/proc/cpuinfo', 'utf8')
    const [, family] = /^cpu family\s*: (\d+)$/m.exec(info) ?? []
    const [, model] = /^model\s*: (\d+)$/m.exec(info) ?? []
    return family && model ? `${name} (family ${family} model ${model})` : name
  } catch {
    return name
  }
}

/** Compiles bench/shared/peak.c into a temporary folder, which `dispose` removes. */
export function createPeakMeter(): PeakMeter {
  const folder = mkdtempSync(join(tmpdir(), 'maxsimd-peak-'))
  const program = join(folder, 'peak')
  // relative to build/, where the bundled program is
  const source = fileURLToPath(new URL('../bench/shared/peak.c', import.meta.url))
  const compiler = process.env.CC || 'cc'
  const compiled = spawnSync(compiler, ['-O2', '-o', program, source], { encoding: 'utf8' })
  let peak: Peak = { why: 'not measured' }
  if (compiled.error) peak = { why: `no C compiler: ${compiler} was not found; set CC to another one` }
  else if (compiled.status !== 0) peak = { why: `${compiler} could not compile bench/shared/peak.c` }
  return {
    measure() {
      if (compiled.status !== 0) return
      const { status, stdout, error } = spawnSync(program, { encoding: 'utf8' })
      if (status !== 0) peak = { why: stdout?.trim() || `bench/shared/peak.c did not run: ${error?.message}` }
      else peak = { gflops: Math.max(Number(stdout), 'gflops' in peak ? peak.gflops : 0) }
    },
    get peak() {
      return peak
    },
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  }
}
