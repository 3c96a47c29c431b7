// Plain JavaScript of `npm run bench` (bench/kernel/plain-javascript.ts): the triple loop as people write it, and the same in tiles.

import { createTiledScores, scoreSimple } from '../../../build/bench-plain-javascript.mjs'

export function create(inputs, { tiled }) {
  const version = process.versions.node
  return { version, scores: tiled ? createTiledScores(inputs) : () => scoreSimple(inputs) }
}
