// Reads the points of a file in memory, and compares their numbers.

import { bytesSource, type FilePoint, readPoints } from '../../src/formats/index.js'

export async function pointsOfText(text: string | Uint8Array, name = 'a.jsonl'): Promise<FilePoint[]> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
  const points: FilePoint[] = []
  for await (const point of readPoints(bytesSource(bytes, name))) points.push(point)
  return points
}

/** The first index at which two arrays differ, or undefined. expect().toEqual takes seconds for large arrays. */
export function firstDifference(found: Float32Array, expected: ArrayLike<number>): string | undefined {
  if (found.length !== expected.length) return `expected ${expected.length} numbers, got ${found.length}`
  const index = found.findIndex((value, at) => value !== expected[at])
  return index < 0 ? undefined : `expected ${expected[index]} at ${index}, got ${found[index]}`
}
