// The program of a page with a strict content security policy. It starts workers from a file, and tries without, too.

import workerUrl from 'maxsimd/worker.js?url'
import { loadModule, loadWords } from './recipe.js'
import { run } from './steps.js'

// an address is not a TrustedScriptURL, so a page that requires Trusted Types makes one with a policy of its own
const policy = globalThis.trustedTypes?.createPolicy('maxsimd', { createScriptURL: url => url })
const worker = () => new Worker(policy?.createScriptURL(workerUrl) ?? workerUrl)

const results = async () => ({
  ...(await run({ loadModule, loadWords, path: 'library', worker })),
  threadsWithoutWorker: (await run()).threads,
})

globalThis.outcome = results()
