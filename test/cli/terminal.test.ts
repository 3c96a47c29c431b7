// What a program writes to a terminal: its own styles, and no control characters of others.

import { expect, it } from 'vitest'
import {
  printJson,
  printNotice,
  progressOn,
  rejectOnAbort,
  safeOutput,
  styleOn,
  type Terminal,
  untilAborted,
} from '../../src/cli/terminal.js'
import { startFakeQdrant } from '../support/fake-qdrant.js'
import { runCli } from './run-cli.js'

/** An output that keeps what is written. */
function recorder() {
  const written: string[] = []
  return { written, isTTY: true, columns: 80, write: (text: string) => written.push(text) }
}

it('an output keeps styles and the erasing of progress, and replaces other control characters', () => {
  const output = recorder()
  const safe = safeOutput(output)
  expect([safe.isTTY, safe.columns]).toEqual([true, 80])
  safe.write('\r\x1b[2K\x1b[1mbold\x1b[22m\tname\n')
  safe.write('\x1b]0;title\x07 \x1b[2J \x1b[31;1H \x9b2J \r over \u202e')
  expect(output.written).toEqual([
    '\r\x1b[2K\x1b[1mbold\x1b[22m\tname\n',
    '\ufffd]0;title\ufffd \ufffd[2J \ufffd[31;1H \ufffd2J \ufffd over \ufffd',
  ])
})

it('JSON has no control characters and reads back as the same value', () => {
  const output = recorder()
  const value = { name: 'a\x1b\x7f\x9b\u202e\r\n' }
  printJson({ stdout: output } as unknown as Terminal, value)
  const text = output.written.join('')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there
  expect(text).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]/)
  expect(JSON.parse(text)).toEqual(value)
})

it.each([[[]], [['--json']]])(
  'names and texts of a server are printed without control characters: info %j',
  async more => {
    const server = await startFakeQdrant('1.19.0\x1b[2J')
    server.collections.set('c', {
      config: { vectors: { 'col\x1b[31m\x9b2J': { size: 2, distance: 'Dot' } }, metadata: { note: '\x9b' } },
      points: new Map(),
      indexes: { 'field\x1b]0;owned\x07': { data_type: 'keyword\x1b[2J' } },
      queue: [],
      operations: 0,
    })
    const { stdout, stderr } = await runCli(['info', '-c', 'c', '--url', server.url, ...more])
    expect(stderr).toBe('')
    expect(stdout).toContain('owned')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there
    expect(stdout).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f]/)
    server.intercept = () => ({ status: 400, error: '\x1b[2Jno\x07' })
    const refused = await runCli(['info', '-c', 'c', '--url', server.url, ...more], { code: 2 })
    expect(refused.stderr).toBe('GET / answered 400: \ufffd[2Jno\ufffd\n')
    await server.close()
  },
)

it('an output has the width that the terminal has now', () => {
  const output = { isTTY: true, columns: 80, write() {} }
  const safe = safeOutput(output)
  output.columns = 40
  expect(safe.columns).toBe(40)
  expect(safeOutput({ write() {} }).isTTY).toBe(false)
})

it('standard output decides about styles, and standard error about progress and its erasing', () => {
  const terminalOf = (out: boolean, err: boolean) => {
    const stderr = { ...recorder(), isTTY: err }
    stderr.write = text => stderr.written.push(text)
    return { stderr, stdout: { isTTY: out, write() {} }, environment: {} } as unknown as Terminal & {
      stderr: { written: string[] }
    }
  }
  for (const [out, err] of [
    [true, false],
    [false, true],
  ] as const) {
    const terminal = terminalOf(out, err)
    progressOn(terminal).phase('reading')
    printNotice(terminal, 'a\x1b notice')
    expect(terminal.stderr.written).toEqual(
      err ? ['\r\x1b[2Kreading …', '\r\x1b[2Ka\ufffd notice\n'] : ['a\ufffd notice\n'],
    )
    expect(styleOn(terminal)('bold', 'x')).toBe(out ? '\x1b[1mx\x1b[22m' : 'x')
  }
})

it('a command that runs until ctrl-C ends at once if it was pressed before', async () => {
  await untilAborted(AbortSignal.abort())
  const interrupt = new AbortController()
  const ended = untilAborted(interrupt.signal)
  interrupt.abort()
  await ended
})

it('waiting rejects with the reason of the signal, and leaves no listener when it is cleared', async () => {
  const interrupt = new AbortController()
  const reason = new Error('enough')
  const waiting = rejectOnAbort(interrupt.signal)
  const cleared = rejectOnAbort(interrupt.signal)
  cleared.clear()
  const first = Promise.race([cleared.promise, waiting.promise.catch(error => [error])])
  interrupt.abort(reason)
  await expect(first).resolves.toEqual([reason])
})
