#!/usr/bin/env node
// `maxsimd` on the command line: gives the program this process's streams, environment and ctrl-C.

import { runProgram } from './program.js'
import { exitCodes } from './terminal.js'

const interrupt = new AbortController()
process.once('SIGINT', () => interrupt.abort())

// a reader that has seen enough, such as `head`, is no failure; a full disk is one
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  process.stderr.write(`the output cannot be written: ${error.message}\n`)
  process.exit(exitCodes.failed)
})

process.exitCode = await runProgram(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  environment: process.env,
  signal: interrupt.signal,
})
// requests that are still under way end with the process
if (process.exitCode === exitCodes.interrupted) process.exit()
