// Runs a binary once on known numbers, because an engine can accept SIMD and compute it wrong. V8 11.3 (Node 20) does so for
// an instruction of relaxed SIMD, behind a flag.

import { DOT, F32, I16 } from './constants.generated.js'
import type { Kernel } from './kernel.js'

/** The results of a right engine: of whole numbers, so that fused and separate roundings agree. */
const FLOAT_SCORE = -1386
const FIXED_SCORE = 16597702656

/** Whether a kernel that was just started computes right. Uses its first page, and takes microseconds. */
export function computesRight({ name, memory, functions }: Kernel): boolean {
  const values = memory.f32(4096, 2048)
  for (let i = 0; i < 2048; i++) values[i] = ((i * i) % 11) - 5
  memory.f64(12288, 25).fill(1)
  // 25 query rows use a tile of each width; a table of one document of 5 rows of 8 dims
  memory.u32(1024, 7).set([25, 0, 0, 0, 8192, 5, 0x3f800000])
  const block = [1024, 1, 8, 1040, 1, 16384, 20480, 1056] as const
  const score = (): number | undefined => memory.f32(1056, 1)[0]
  functions.maxsim(DOT, F32, 4096, 4096, ...block)
  if (score() !== FLOAT_SCORE) return false
  functions.maxsimFixed(I16, 4096, 12288, ...block)
  return score() === FIXED_SCORE && (name === 'simd' || functions.fourProducts(3, 4) === 48)
}
