// The conversation of the demo on a terminal, on streams in memory.

import { PassThrough, Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { openDialog } from '../../demo/dialog.js'
import { EXAMPLES } from '../../demo/examples.js'
import { meaningsOf } from '../../demo/meanings.js'

const REPLY = /\[[a-z ?]*\]/i

/** A dialog whose replies are `[meaning]`. `type` sends keys and waits until they were read. */
function setUp() {
  const input = new PassThrough()
  let screen = ''
  const output = new PassThrough({ encoding: 'utf8' })
  output.on('data', (text: string) => {
    screen += text
  })
  const dialog = openDialog({ input, output: Object.assign(output, { columns: 80 }) })
  return {
    dialog,
    start: () => dialog.start({ reply: meaning => `[${meaning}]\n`, wrap: text => text }),
    async type(keys: string) {
      input.write(keys)
      await setImmediate()
      await setImmediate()
    },
    screen: () => screen,
  }
}

describe('openDialog', () => {
  it('shows nothing of the keys that are typed before it starts, and answers them then', async () => {
    const { dialog, start, type, screen } = setUp()
    await type('fear of spiders\rfear of hei')
    expect(screen()).toBe('')
    const ended = start()
    await type('')
    expect(screen()).toContain('> fear of spiders\n[fear of spiders]\n')
    // the cursor is behind the text, in column 14
    expect(screen().endsWith('> fear of hei\x1b[14G'), screen()).toBe(true)
    await type('ghts\r')
    expect(screen()).toContain('[fear of heights]')
    dialog.close()
    await ended
  })

  it.each(['help', '?', ' HELP '])('explains itself if "%s" is typed', async word => {
    const { start, type, screen } = setUp()
    const ended = start()
    await type(`${word}\r`)
    expect(screen()).toContain('Describe a meaning in plain English words.')
    expect(screen()).not.toMatch(REPLY)
    await type('quit\r')
    await ended
  })

  it.each(['quit\r', 'Exit\r', '\x03', '\x04'])('ends at %j', async keys => {
    const { dialog, start, type, screen } = setUp()
    const ended = start()
    await type(keys)
    await ended
    expect(dialog.isClosed).toBe(true)
    expect(screen()).not.toMatch(REPLY)
  })

  it('answers no empty line', async () => {
    const { dialog, start, type, screen } = setUp()
    const ended = start()
    await type('  \r')
    expect(screen()).not.toContain('[]')
    dialog.close()
    await ended
  })

  it.each(['\x03', 'fear\rquit\rnever\r'])('can be ended by %j before it starts', async keys => {
    const { dialog, start, type, screen } = setUp()
    await type(keys)
    await start()
    expect(dialog.isClosed).toBe(true)
    expect(screen()).not.toContain('[never]')
  })
})

describe('meaningsOf', () => {
  async function read(text: string): Promise<string[]> {
    const meanings: string[] = []
    for await (const meaning of meaningsOf(Readable.from([text]), EXAMPLES)) meanings.push(meaning)
    return meanings
  }

  it('yields each line of the input that is not empty', async () => {
    expect(await read('fear of heights\r\n\n  \n help \nlast')).toEqual(['fear of heights', 'help', 'last'])
  })

  it.each(['', '\n \n'])('yields the examples for the input %j', async text => {
    expect(await read(text)).toEqual(EXAMPLES)
  })

  it('yields a line before the input ends', async () => {
    const input = new PassThrough()
    input.write('first\n')
    const meanings = meaningsOf(input, EXAMPLES)
    expect((await meanings.next()).value).toBe('first')
    input.end()
    expect((await meanings.next()).done).toBe(true)
  })

  it('says that it waits only while no line has arrived', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      for (const text of ['', 'first\n']) {
        const input = new PassThrough()
        const notices: string[] = []
        const meanings = meaningsOf(input, EXAMPLES, notice => void notices.push(notice))
        const next = meanings.next()
        input.write(text)
        if (text !== '') await next
        vi.advanceTimersByTime(5_000)
        expect(notices, `after "${text}"`).toHaveLength(text === '' ? 1 : 0)
        input.end()
        await next
        await meanings.return(undefined)
      }
    } finally {
      vi.useRealTimers()
    }
  })
})
