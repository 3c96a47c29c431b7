// The program of a server: prints the results as one line of JSON.

import { loadModule, loadWords } from './recipe.js'
import { run } from './steps.js'

// no top-level await: the bundle may be CommonJS
void run({ loadModule, loadWords, path: process.argv[2] }).then(results =>
  console.log(JSON.stringify(results)),
)
