// The executable: exit codes, signals and broken pipes of a real process. Needs a build.

import { spawn } from 'node:child_process'
import { existsSync, openSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from './run-cli.js'

const at = temporaryFolder()

beforeAll(() => {
  writeFileSync(at('run'), 'q1 Q0 d1 1 1 x\n')
  writeFileSync(at('qrels'), 'q2 0 d1 1\n')
})

interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

/** Starts the executable. `stdout` may be an open file. */
function start(args: readonly string[], stdout: 'pipe' | number = 'pipe') {
  const child = spawn(process.execPath, ['dist/cli/main.js', ...args], { stdio: ['pipe', stdout, 'pipe'] })
  const texts = { stdout: '', stderr: '' }
  child.stdout?.on('data', chunk => (texts.stdout += String(chunk)))
  child.stderr?.on('data', chunk => (texts.stderr += String(chunk)))
  const ended = new Promise<Ended>(resolve =>
    child.on('close', (code, signal) => resolve({ code, signal, ...texts })),
  )
  return { child, ended }
}

describe('the executable', () => {
  it('prints a result and ends with the exit code of the command', async () => {
    const { ended } = start(['eval', at('run'), '--qrels', at('qrels')])
    expect(await ended).toEqual({
      code: 1,
      signal: null,
      stdout: '1 query\tMRR@10 0.0000\tnDCG@10 0.0000\trecall@100 0.0000\tMAP@100 0.0000\tP@10 0.0000\n',
      stderr: '1 judged query is not in the run: q2\n1 query of the run is not judged: q1\n',
    })
  })

  it('reads standard input and the environment', async () => {
    const { child, ended } = start(['rerank', 'insects'])
    child.stdin!.end('the bank\na spider\n')
    expect(await ended).toMatchObject({ code: 0, stdout: 'a spider\nthe bank\n', stderr: '' })
  })

  it('ends with exit code 0 and without a word when a reader closes the pipe', async () => {
    const { child, ended } = start(['rerank', 'insects'])
    child.stdout!.destroy()
    child.stdin!.end('a spider\n'.repeat(2000))
    expect(await ended).toMatchObject({ code: 0, signal: null, stderr: '' })
  })

  it.runIf(existsSync('/dev/full'))('ends with exit code 2 if its output cannot be written', async () => {
    const { ended } = start(['eval', at('run'), '--qrels', at('qrels')], openSync('/dev/full', 'w'))
    const { code, stderr } = await ended
    expect(code).toBe(2)
    expect(stderr).toContain('standard output cannot be written: ENOSPC')
  })

  it.skipIf(process.platform === 'win32')(
    'ends with exit code 130 on ctrl-C, while a request is open',
    async () => {
      const silent = createServer(() => child.kill('SIGINT'))
      await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve))
      const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
      const { child, ended } = start(['info', '-c', 'x', '--url', url])
      expect(await ended).toEqual({ code: 130, signal: null, stdout: '', stderr: 'interrupted\n' })
      silent.closeAllConnections()
      await new Promise(resolve => silent.close(resolve))
    },
  )
})
