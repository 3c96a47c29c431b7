// A route handler in Node.

import { loadModule, loadWords } from '../../recipe.js'
import { run } from '../../steps.js'

export const dynamic = 'force-dynamic'

export const GET = async () => Response.json(await run({ loadModule, loadWords, path: process.env.LIBRARY }))
