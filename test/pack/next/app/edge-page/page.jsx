// A page in the edge runtime: it has the results as text.

import { loadModule } from '../../recipe-edge.js'
import { run } from '../../steps.js'

export const runtime = 'edge'

export default async function Page() {
  return <pre>{JSON.stringify(await run({ module: loadModule() }))}</pre>
}
