// The plain JavaScript of `npm run bench` (bench/kernel/plain-javascript.ts): simple loops, or register tiles.

import { createTiledScores, scoreSimple } from '../../../build/bench-plain-javascript.mjs'

export function create(inputs, { tiled }) {
  const version = process.versions.node
  return { version, scores: tiled ? createTiledScores(inputs) : () => scoreSimple(inputs) }
}
