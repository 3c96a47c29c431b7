// What run.mjs bundles and starts in each engine: the kernel suite; the outcome is the last line, as JSON.

import { runCases } from '../support/portable.js'

console.log(JSON.stringify(await runCases()))
