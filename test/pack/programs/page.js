// The program of a page.

import { loadModule, loadWords } from './recipe.js'
import { run } from './steps.js'

globalThis.outcome = run({ loadModule, loadWords, path: 'library' })
