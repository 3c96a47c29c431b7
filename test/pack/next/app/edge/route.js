// A route handler in the edge runtime. The webpack of Next.js 16.4 does not build one, even without maxsimd.

import { loadModule } from '../../recipe-edge.js'
import { run } from '../../steps.js'

export const runtime = 'edge'

export const GET = async () => Response.json(await run({ module: loadModule() }))
