// Reads the points of a file in memory.

import { bytesSource, type FilePoint, readPoints } from '../../src/formats/index.js'

export async function pointsOfText(text: string | Uint8Array, name = 'a.jsonl'): Promise<FilePoint[]> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
  const points: FilePoint[] = []
  for await (const point of readPoints(bytesSource(bytes, name))) points.push(point)
  return points
}
