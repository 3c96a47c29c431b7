// Files that are not plain text: web pages, source code and PDF; and what a folder has beside the files that are read.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { MissingPackageError } from '../../src/base/errors.js'
import { endingOf, folderKind, kindOf } from '../../src/text-index/file-kinds.js'
import { htmlBlocks } from '../../src/text-index/html-blocks.js'
import { openTextIndex } from '../../src/text-index/index.js'
import { type ItemOptions, itemsOf } from '../../src/text-index/passage-items.js'
import { pdfBlocks } from '../../src/text-index/pdf-blocks.js'
import { makePdf } from '../support/make-pdf.js'

const folder = mkdtempSync(join(tmpdir(), 'maxsimd-kinds-'))
afterAll(() => rmSync(folder, { recursive: true }))

const bytes = (text: string) => new TextEncoder().encode(text)

/** A PDF file whose password is not the empty one. */
function encryptedPdf(): Uint8Array {
  const zeros = '00'.repeat(32)
  const encrypt = `/Encrypt << /Filter /Standard /V 1 /R 2 /O <${zeros}> /U <${zeros}> /P -4 >>`
  const file = new TextDecoder().decode(makePdf([['secret']]))
  return bytes(file.replace('/Root 1 0 R', `/Root 1 0 R /ID [<00> <00>] ${encrypt}`))
}
const items = async (file: string, content: string | Uint8Array, options: Partial<ItemOptions> = {}) => {
  const all = { lines: false, columns: undefined, endings: [], isNamed: false, ...options }
  const found = await itemsOf(file, typeof content === 'string' ? bytes(content) : content, all)
  return found.map(({ text, payload: { file: _, ...payload } }) => ({ text, ...payload }))
}
const texts = async (file: string, content: string | Uint8Array, options: Partial<ItemOptions> = {}) =>
  (await items(file, content, options)).map(({ text }) => text)

describe('a web page', () => {
  it('becomes its paragraphs, with the lines of the file and the headings above', async () => {
    const page = `<!doctype html>
<html><head><title>Notes &amp; more</title><style>p { color: red }</style></head>
<body><script>const html = '<p>not shown</p>'</script>
<h1>Animals <em>big</em></h1>
<p>A spider
sat on the <b>wall</b>.<br>It was &eacute;norme.
<ul><li>Wolves<li>Bears</ul>
<table><tr><td>one</td><td>two</td></tr></table></body></html>`
    expect(await items('a.html', page)).toEqual([
      { text: 'Notes & more', line: 2, heading: 'Notes & more' },
      { text: 'Animals big', line: 4, heading: 'Animals big' },
      { text: 'A spider\nsat on the wall.\nIt was énorme.', line: 5, heading: 'Animals big' },
      { text: 'Wolves', line: 7, heading: 'Animals big' },
      { text: 'Bears', line: 7, heading: 'Animals big' },
      { text: 'one two', line: 8, heading: 'Animals big' },
    ])
  })

  it.each<[string, string, readonly string[]]>([
    ['no tags', 'A spider', ['A spider']],
    ['nothing', '', []],
    ['tags only', '<p><br></p>', []],
    ['an unclosed tag', '<p>A spider<p', ['A spider']],
    ['an unclosed heading', '<h1>Title<p>text', ['Title', 'text']],
    ['an unclosed script', '<p>a</p><script>let x = 1', ['a']],
    ['an unclosed comment', '<p>a</p><!-- b', ['a']],
    ['a comment', 'a<!-- <p> -->b', ['ab']],
    ['a picture with a title', '<p>a<svg><title>no</title><svg/><g></g></svg>b', ['ab']],
    ['an unclosed picture', '<svg><path><p>shown</p>', ['shown']],
    ['an empty picture', '<svg/>shown<math/> too', ['shown too']],
    ['an empty style in a picture', '<svg><style/></svg>shown', ['shown']],
    ['a template', '<template><p>no<template>no</template></p>no</template>shown', ['shown']],
    ['markup in a text area', '<textarea><b>a</b></textarea>', ['<b>a</b>']],
    ['a text for readers without scripts', '<noscript><p>shown</p></noscript>', ['shown']],
    ['a list to choose from', '<select><option>no</select>shown', ['shown']],
    ['entities', '&lt;b&gt; &#955; &unknown; &amp', ['<b> λ &unknown; &']],
    ['old line ends', '<p>a\rb\r\nc</p>', ['a\nb\nc']],
    ['a byte order mark', '\ufeff<p>a</p>', ['a']],
    ['a text without an end', '<p>a</p><plaintext><b>b</b></plaintext>', ['a', '<b>b</b></plaintext>']],
    ['zero characters in tags', '<p\u0001>a</p\u0001>', ['a']],
    ['upper case', '<STYLE>no</STYLE><P>a<SCRIPT>no</SCRIPT></P>', ['a']],
  ])('with %s is read as in a browser', async (_, page, expected) => {
    expect(await texts('a.htm', page)).toEqual(expected)
  })

  it('has the heading before a text that is in no element', async () => {
    expect(await items('a.html', '<h1>Title</h1>text<p>more')).toEqual(
      ['Title', 'text', 'more'].map(text => ({ text, line: 1, heading: 'Title' })),
    )
    const [, text] = await items('a.html', '<h1>Two<br>lines</h1>text')
    expect(text).toMatchObject({ heading: 'Two lines' })
  })

  it('has the line of each line of a paragraph', async () => {
    expect(await items('a.html', '\n<p>one\ntwo\n\n<p>three', { lines: true })).toEqual([
      { text: 'one', line: 2 },
      { text: 'two', line: 3 },
      { text: 'three', line: 5 },
    ])
  })

  it('can be UTF-16, or windows-1252', async () => {
    const utf16 = Buffer.from('\ufeff<p>Spinne an der T\u00fcr', 'utf16le')
    expect(await texts('a.html', utf16)).toEqual(['Spinne an der Tür'])
    expect(await texts('a.html', Buffer.from('<p>T\u00fcr', 'latin1'))).toEqual(['Tür'])
  })

  it('is read in linear time, however deep and broken it is', async () => {
    const n = 20_000
    const pages = [
      '<div>'.repeat(n),
      '<div>'.repeat(n) + '</p>'.repeat(n),
      '<svg>'.repeat(n) + '</a>'.repeat(n),
    ]
    for (const page of [...pages, '<'.repeat(n), '&'.repeat(n), '<!--'.repeat(n), '<a '.repeat(n)]) {
      expect((await htmlBlocks(page)).length).toBeLessThanOrEqual(1)
    }
  })

  it('never fails, and finds only text that the page has', async () => {
    const part = fc.constantFrom(
      ...'<p> </p> <svg> </svg> <script> </script> <h1> </h1> <br> word &amp; < > <!-- --> \n'.split(' '),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(part, fc.string({ maxLength: 3 })), { maxLength: 30 }),
        async parts => {
          const page = parts.join('')
          const count = page.split('\n').length
          for (const { lines } of await htmlBlocks(page)) {
            for (const { line, text } of lines) {
              expect(text, JSON.stringify(page)).not.toBe('')
              expect(
                line >= 1 && line <= count + (page.match(/\r/g)?.length ?? 0),
                JSON.stringify(page),
              ).toBe(true)
            }
          }
        },
      ),
      { seed: 1, numRuns: 200 },
    )
  })
})

describe('source code', () => {
  const code = '\ufeff# not a heading\r\nimport os\r\n\r\ndef spider():\r\n    return 1\r\n\n}\n\n\nend'

  it('becomes ranges of lines, cut at blank lines, with their indentation', async () => {
    expect(await items('a.py', code)).toEqual([
      { text: '# not a heading\nimport os', line: 1 },
      { text: 'def spider():\n    return 1\n}', line: 4 },
      { text: 'end', line: 10 },
    ])
    expect(await texts('a.py', '\n}\n\n{\n')).toEqual(['}\n{'])
    expect(await texts('a.py', code, { lines: true })).toHaveLength(6)
    const long = Array.from({ length: 50 }, (_, k) => `  call(${k}, a, b, c);`).join('\n')
    const parts = await items('a.ts', long)
    expect(parts.map(part => (part as { line?: number }).line)).toEqual([1, 31])
    expect(parts.map(({ text }) => text).join('\n')).toBe(long)
  })

  it('that is minified is read only if it is named', async () => {
    const minified = `var a=${'f(1);'.repeat(1000)}`
    await expect(items('a.js', minified)).rejects.toThrow('minified')
    expect(await items('a.js', minified, { isNamed: true })).not.toEqual([])
    expect(await items('short.js', 'x'.repeat(400))).toHaveLength(1)
    expect(await items('short.js', `${'x'.repeat(4000)} ${'y'.repeat(95)}`)).toHaveLength(2)
    await expect(items('long.js', `${'x'.repeat(4000)} ${'y'.repeat(96)}`)).rejects.toThrow('minified')
    // lines of 300 characters on average, without blank ones
    const lines = (length: number, end: string) => `${'x'.repeat(length - 1)}${end}`.repeat(20)
    expect(await items('wide.js', lines(300, '\n'))).not.toEqual([])
    await expect(items('wide.js', lines(301, '\n'))).rejects.toThrow('minified')
    await expect(items('wide.js', lines(301, '\n\n\n'))).rejects.toThrow('minified')
  })

  it('that is not text is refused', async () => {
    await expect(items('a.c', 'a\0b')).rejects.toThrow('a.c is not a text file')
  })
})

describe('a text', () => {
  it('with a zero among its first 8,192 bytes is a binary file', async () => {
    await expect(items('a.txt', `${'x '.repeat(4095)}\0`)).rejects.toThrow('a.txt is not a text file')
  })
})

describe('JSON lines', () => {
  it('have the file and the number of their line, whatever fields they have, and blank lines do not count', async () => {
    const lines = '{"text":"a","file":"mine","line":9}\n \t\n{"text":"b"}\n'
    expect(await items('a.jsonl', lines)).toEqual([
      { text: 'a', line: 1 },
      { text: 'b', line: 3 },
    ])
    const [first] = await itemsOf('a.jsonl', bytes(lines), {
      lines: false,
      columns: undefined,
      endings: [],
      isNamed: false,
    })
    expect(first!.payload.file).toBe('a.jsonl')
  })

  it('without a text are refused with the name of the field that has it', async () => {
    const vectors = '{"id":1,"vector":[1,2]}'
    await expect(items('a.jsonl', vectors)).rejects.toThrow('a.jsonl, line 1: "text" is required')
    const columns = { text: 'body' }
    await expect(items('a.jsonl', vectors, { columns })).rejects.toThrow(
      'a.jsonl, line 1: "body" is required',
    )
    await expect(items('a.json', `[${vectors}]`, { columns })).rejects.toThrow(
      'a.json, row 1: "body" is required',
    )
  })
})

describe('a PDF file', () => {
  it('becomes the passages of its pages; the line is the page', async () => {
    const file = makePdf([['A spider sat', 'on the wall.'], [], ['Wolves hunt.']])
    const before = file.slice()
    expect(await items('a.pdf', file)).toEqual([
      { text: 'A spider sat\non the wall.', line: 1, page: 1 },
      { text: 'Wolves hunt.', line: 3, page: 3 },
    ])
    // the hash is made of the same bytes
    expect(file).toEqual(before)
    expect(await texts('A.PDF', Buffer.from(file), { lines: true })).toHaveLength(3)
  })

  it('is freed when its text has been read', async () => {
    const { getDocumentProxy } = await import('unpdf')
    const file = makePdf([['a']])
    const document = await getDocumentProxy(file.slice(), { verbosity: 0 })
    const destroy = vi.spyOn(Object.getPrototypeOf(document), 'destroy')
    await document.destroy()
    await pdfBlocks('a.pdf', file)
    await expect(pdfBlocks('a.pdf', makePdf([[]]))).rejects.toThrow('has no text')
    expect(destroy).toHaveBeenCalledTimes(3)
    destroy.mockRestore()
  })

  it.each<[string, Uint8Array, RegExp]>([
    ['is broken', bytes('%PDF-1.4 nothing'), /^a\.pdf cannot be read as PDF: .+/],
    ['is empty', new Uint8Array(0), /^a\.pdf cannot be read as PDF: .+/],
    ['is another file', bytes('hello'), /^a\.pdf cannot be read as PDF: .+/],
    ['needs a password', encryptedPdf(), /^a\.pdf is encrypted; save a copy that needs no password$/],
    ['has no text', makePdf([[], []]), /^a\.pdf has no text; a scanned page is a picture$/],
  ])('that %s is refused with the reason', async (_, file, message) => {
    const print = vi.spyOn(console, 'log')
    await expect(pdfBlocks('a.pdf', file)).rejects.toMatchObject({ name: 'FormatError' })
    await expect(pdfBlocks('a.pdf', file)).rejects.toThrow(message)
    expect(print).not.toHaveBeenCalled()
    print.mockRestore()
  })
})

describe('the kind of a file', () => {
  it('follows from its ending, in any case; endings of the caller are plain text', () => {
    expect(['a/b.TXT', 'b.tar.gz', '.bashrc', 'a.b/c', 'x.', 'a\\b.md'].map(endingOf)).toEqual(
      ['.txt', '.gz', '', '', '', '.md'], // biome-ignore format: one line
    )
    const kinds = (...paths: string[]) => paths.map(path => folderKind(path, ['.log', '.html']))
    expect(kinds('a.mdx', 'a.Py', 'a.htm', 'a.html', 'a.log', 'a.pdf', 'a.jsonl')).toEqual(
      ['text', 'code', 'html', 'text', 'text', 'pdf', 'jsonl'], // biome-ignore format: one line
    )
    expect(kinds('a.json', 'a.parquet', 'a.png', 'README')).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ])
    expect(['a.json', 'a.png', 'README'].map(path => kindOf(path, []))).toEqual(['table', 'text', 'text'])
  })
})

describe('an index', () => {
  // every text has the same row
  const encode = () => ({
    data: Float32Array.of(1),
    dim: 1,
    tokens: [{ text: 'a', start: 0, end: 1 }],
    unknown: [],
  })
  const encoder = { dim: 1, query: encode, documents: (all: readonly string[]) => all.map(encode) }
  const open = (name: string) =>
    openTextIndex(join(folder, name), { encoder, encoderName: 'test', weighted: false })
  const write = (name: string, content: string | Uint8Array) => {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), content)
  }

  it('reads these kinds in folders, counts what it does not read by reason, and keeps added endings', async () => {
    write('mixed/a.html', '<p>a')
    write('mixed/b.rs', 'fn b() {}')
    write('mixed/c.pdf', makePdf([['c']]))
    write('mixed/sub/d.log', 'd')
    write('mixed/sub/e.png', 'e')
    write('mixed/f.PNG', 'f')
    write('mixed/LICENSE', 'g')
    write('mixed/.hidden', 'h')
    write('mixed/node_modules/i.md', 'i')
    write('mixed/j.json', '[]')
    write('mixed/k.min.js', `var k=${'f(1);'.repeat(1000)}`)
    write('mixed/l.ts', 'a\0b')
    const index = await open('mixed-index')
    const paths = [join(folder, 'mixed')]
    const first = await index.update(paths)
    expect(first).toMatchObject({ added: 3, passages: 3 })
    expect(first.skipped).toEqual([`${join(folder, 'mixed/l.ts')} is not a text file`])
    const others = { '.png': 2, 'no ending': 1, hidden: 1, node_modules: 1, '.json': 1, minified: 1 }
    expect(first.ignored).toEqual({ ...others, '.log': 1 })
    const second = await index.update(paths, { endings: ['.log'] })
    expect(second).toMatchObject({ added: 1, unchanged: 3, ignored: others })
    await index.close()
    const again = await open('mixed-index')
    expect(again.catalog.endings).toEqual(['.log'])
    write('mixed/m.log', 'm')
    expect(await again.update(paths)).toMatchObject({ added: 1, unchanged: 4, ignored: others })
    await again.update(paths, { endings: ['.dat', '.log'] })
    expect(again.catalog.endings).toEqual(['.log', '.dat'])
    await again.close()
  })

  it('does not read its own folder', async () => {
    write('own/a.md', 'a')
    const index = await open('own/the-index')
    const report = await index.update([join(folder, 'own')], { endings: ['.log', '.json'] })
    expect(report).toMatchObject({ added: 1, skipped: [], ignored: {} })
    expect(await index.update([join(folder, 'own')])).toMatchObject({ added: 0, unchanged: 1, ignored: {} })
    await index.close()
  })

  it('refuses endings that are not endings', async () => {
    const index = await open('endings')
    for (const endings of ['.log', [1], ['log'], ['.LOG'], ['.'], ['.a.b'], ['.a/b'], [' .a']]) {
      await expect(index.update([folder], { endings: endings as string[] }), String(endings)).rejects.toThrow(
        /^"endings(\[0\])?" expected /,
      )
    }
    await index.close()
  })

  it('without the package for PDF counts those of folders, and names the package for one that is named', async () => {
    vi.resetModules()
    vi.doMock('../../src/text-index/pdf-blocks.js', () => ({
      pdfBlocks: async () => {
        throw new MissingPackageError('unpdf', 'the text of PDF files', 'or convert them to text')
      },
    }))
    vi.doMock('../../src/base/errors.js', () => ({ MissingPackageError }))
    const { openTextIndex: openWithout } = await import('../../src/text-index/index.js')
    write('books/a.pdf', makePdf([['a']]))
    write('books/b.pdf', makePdf([['b']]))
    const index = await openWithout(join(folder, 'books-index'), {
      encoder,
      encoderName: 'test',
      weighted: false,
    })
    expect(await index.update([join(folder, 'books')])).toMatchObject({
      added: 0,
      skipped: [],
      ignored: { '.pdf (to read them: npm install unpdf)': 2 },
    })
    const path = join(folder, 'books/a.pdf')
    expect((await index.update([path])).skipped).toEqual([
      `${path}: the text of PDF files needs the package unpdf; install it with: npm install unpdf, or convert them to text`,
    ])
    await index.close()
  })
})
