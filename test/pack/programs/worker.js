// The program of Cloudflare's workerd: it answers a request with the results.

import { loadModule } from './recipe.js'
import { run } from './steps.js'

export default {
  async fetch() {
    return Response.json(await run({ module: loadModule() }))
  },
}
