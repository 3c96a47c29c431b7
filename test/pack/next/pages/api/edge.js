// An API route in the edge runtime. For these, webpack refuses code that could compile WebAssembly, unless it is allowed.

import { loadModule } from '../../recipe-edge.js'
import { run } from '../../steps.js'

export const config = { runtime: 'edge', unstable_allowDynamic: ['**/node_modules/maxsimd/**'] }

export default async function handler() {
  return Response.json(await run({ module: loadModule() }))
}
