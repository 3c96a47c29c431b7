#!/usr/bin/env node
// The `maxsimd` executable: runs the program with the streams and environment of this process. Ctrl-C and SIGTERM
// interrupt it.

import * as nodeModule from 'node:module'
import { EXIT_CODES } from './terminal.js'

// Node 22.8 and later can keep compiled code for the next start. The variable NODE_DISABLE_COMPILE_CACHE=1 prevents it.
const { enableCompileCache } = nodeModule as { readonly enableCompileCache?: () => unknown }
enableCompileCache?.()
const { runProgram } = await import('./program.js')

const interrupt = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupt.abort())

// a reader that closes the pipe early, such as `head`, is not an error; a full disk is one
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  process.stderr.write(`standard output cannot be written: ${error.message}\n`)
  process.exit(EXIT_CODES.error)
})

const exitCode = await runProgram(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  environment: process.env,
  signal: interrupt.signal,
})
// everything is written then. Pending requests would keep the process alive, and to free its memory takes time
for (const stream of [process.stdout, process.stderr]) {
  await new Promise(resolve => stream.write('', resolve))
}
process.exit(exitCode)
