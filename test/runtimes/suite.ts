// Runs the kernel suite in an engine, bundled by run.mjs. The last line of the output is the outcome as JSON.

import { runCases } from '../support/portable.js'

console.log(JSON.stringify(await runCases()))
