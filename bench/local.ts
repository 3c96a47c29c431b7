// What the peers of this checkout need of it (bench/peers/javascript), bundled, so that they run on any Node.

export { createMaxsimWeb } from './maxsim-web.js'
export { createTiledScores, scoreSimply } from './plain.js'
