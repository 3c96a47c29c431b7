// The lesson and the demo as separate processes on a real engine. Needs `npm run build`.

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { client, freshName, kind, url, version } from './support.js'

/** Runs a program; `onText` sees what each of its streams has so far. */
function run(
  program: string,
  args: readonly string[],
  environment: Record<string, string> = {},
  onText: (text: string, interrupt: () => void) => void = () => {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { NO_COLOR: _, FORCE_COLOR: __, QDRANT_URL: ___, QDRANT_BIN: ____, ...rest } = process.env
  const child = spawn(process.execPath, [resolve('build', program), ...args], {
    cwd: tmpdir(),
    env: { ...rest, ...environment },
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    onText(stdout, () => child.kill('SIGINT'))
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    onText(stderr, () => child.kill('SIGINT'))
  })
  // where a key goes over http, the client itself warns
  const warning = /^Api key is used with unsecure connection\.\n/
  return new Promise(done =>
    child.once('close', code => done({ code, stdout, stderr: stderr.replace(warning, '') })),
  )
}

const isThere = async (name: string) => (await client.collectionExists(name)).exists

describe('the lesson', () => {
  it('runs its steps in order and removes its collections', async () => {
    const name = freshName()
    const { code, stdout, stderr } = await run('lesson.mjs', ['--qdrant', url, '--name', name])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout.match(/^\d\. .*$/gm)).toEqual([
      '1. Create a collection for multi-vectors',
      '2. Index the documents',
      '3. Query with MaxSim',
      '4. Offload the vectors to disk',
      '5. Verify: do the server and the kernel compute the same scores?',
      '6. Clean up',
    ])
    expect(stdout).toContain(`created "${name}" on Qdrant ${version}, in `)
    expect(stdout).toContain('defaults: comparator max_sim, m 0, as the server reports them')
    expect(stdout).toMatch(/^ {2}indexed 4 documents, 64 rows: [\d,]+ bytes of JSON, in /m)
    expect(stdout).toContain('  on disk: 25,600 bytes of vectors stored\n')
    expect(stdout.match(/^ {2}\d\.\d{4} {2}document \d/gm)).toEqual([
      '  6.0258  document 1',
      '  5.8542  document 2',
      '  4.7009  document 3',
      '  4.0706  document 4',
      '  6.0258  document 1',
      '  5.8542  document 2',
      '  4.7009  document 3',
      '  4.0706  document 4',
    ])
    expect(stdout).toContain(
      'in memory: 1,000 documents of 500 tokens would need 200 MB of memory and 200 MB of disk',
    )
    expect(stdout).toContain(
      'on disk: 1,000 documents of 500 tokens would need 0 bytes of memory and 200 MB of disk',
    )
    expect(stdout.match(/: 4 of 4 scores agree, checked in /g)).toHaveLength(2)
    expect(stdout).toMatch(new RegExp(`  removed "${name}"\n  removed "${name}-on-disk"\n$`))
    expect([await isThere(name), await isThere(`${name}-on-disk`)]).toEqual([false, false])
  })

  it('refuses to replace an existing collection', async () => {
    const name = freshName()
    await client.createCollection(name, { vectors: { size: 4, distance: 'Dot' } })
    const { code, stderr } = await run('lesson.mjs', ['--name', name], { QDRANT_URL: url })
    expect(code).toBe(2)
    expect(stderr).toBe(
      `the server has a collection "${name}"; choose another one with --name, or replace it and its points with --replace\n`,
    )
    expect(await isThere(name)).toBe(true)
  })

  it('replaces an existing collection with --replace, and keeps its own with --keep', async () => {
    const name = freshName()
    await client.createCollection(name, { vectors: { size: 4, distance: 'Dot' } })
    const { code, stdout } = await run('lesson.mjs', ['--qdrant', url, '--name', name, '--replace', '--keep'])
    expect([code, stdout.includes('removed')]).toEqual([0, false])
    expect((await client.count(name)).count).toBe(4)
    await client.deleteCollection(name)
    await client.deleteCollection(`${name}-on-disk`)
  })

  it('removes its collections after ctrl-C', async () => {
    const name = freshName()
    let sent = false
    const { code, stderr } = await run(
      'lesson.mjs',
      ['--qdrant', url, '--name', name],
      {},
      (text, interrupt) => {
        if (sent || !text.includes('2. Index')) return
        sent = true
        interrupt()
      },
    )
    expect([code, stderr]).toEqual([130, 'interrupted\n'])
    expect([await isThere(name), await isThere(`${name}-on-disk`)]).toEqual([false, false])
  })

  it.runIf(kind === 'binary')('starts the binary that QDRANT_BIN names, and stops it', async () => {
    const { code, stdout, stderr } = await run('lesson.mjs', [], { QDRANT_BIN: inject('at') })
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain(`created "colbert-search" on Qdrant ${version}, in `)
  })

  it('says how to start a server if the named one does not answer', async () => {
    const { code, stdout, stderr } = await run('lesson.mjs', ['--qdrant', 'http://127.0.0.1:9'])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(
      /^no server answers at http:\/\/127.0.0.1:9. Start a server and pass its address:\n/,
    )
    expect(stderr).toContain('docker compose up -d ')
    expect(stderr).toContain('QDRANT_BIN=/path/to/qdrant npm run lesson\n')
  })

  // npm run test:encoders puts the model there, and what runs it
  it.runIf(existsSync('build/encoders/minilm') && existsSync('test/encode/models/node_modules'))(
    'ranks A, B, C, D by the rows of a contextual model',
    async () => {
      const args = ['--qdrant', url, '--name', freshName(), '--model', resolve('build/encoders/minilm')]
      const { code, stdout, stderr } = await run('lesson.mjs', args)
      expect([code, stderr]).toEqual([0, ''])
      const ranking = ['6.36', '6.15', '4.78', '3.60'].map((score, i) => `${score} document ${i + 1}`)
      const found = [...stdout.matchAll(/^ {2}(\d\.\d{4}) {2}document (\d)/gm)]
      expect(found.map(([, score, id]) => `${Number(score).toFixed(2)} document ${id}`)).toEqual([
        ...ranking,
        ...ranking,
      ])
      expect(stdout.match(/: 4 of 4 scores agree, checked in /g)).toHaveLength(2)
    },
  )
})

describe('the demo on a server', () => {
  it('queries both sides, prints the comparison and removes its collection', async () => {
    const { code, stdout, stderr } = await run('demo.mjs', ['--qdrant', url, '--definitions', '300'])
    expect(code).toBe(0)
    expect(stdout.match(/^> /gm)).toHaveLength(4)
    expect(stdout).toMatch(/^median +\S+ \S+ +\S+ \S+$/m)
    expect(stdout).toContain('4 queries, 5 rounds, limit 10: 100.0 % of the results in common')
    expect(stdout).not.toContain('(kernel: ')
    expect(stderr).toMatch(/^loaded: \d+ definitions, [\d,]+ rows, \d\.\d MB of JSON, in /m)
    expect(stderr).toContain('removed: collection "maxsimd-dictionary"\n')
    expect(await isThere('maxsimd-dictionary')).toBe(false)
  })

  it('removes its collection after ctrl-C, with exit code 130', async () => {
    let sent = false
    const interruptAfter = (text: string, interrupt: () => void) => {
      if (sent || !text.includes('loading')) return
      sent = true
      interrupt()
    }
    const args = ['--qdrant', url, '--definitions', '2000']
    const { code, stdout, stderr } = await run('demo.mjs', args, {}, interruptAfter)
    expect([code, stdout]).toEqual([130, ''])
    expect(stderr).toMatch(/removed: collection "maxsimd-dictionary"\ninterrupted\n$/)
    expect(await isThere('maxsimd-dictionary')).toBe(false)
  })

  it('keeps the collection with --keep and prints JSON with --json', async () => {
    const args = ['--qdrant', url, '--definitions', '50', '--keep', '--json', 'a kind of animal']
    const { code, stdout, stderr } = await run('demo.mjs', args)
    expect([code, stderr]).toEqual([0, ''])
    const { found, comparison } = JSON.parse(stdout)
    expect(found).toHaveLength(1)
    expect(found[0].server.map(({ text }: { text: string }) => text)).toEqual(
      found[0].kernel.map(({ text }: { text: string }) => text),
    )
    expect(comparison).toMatchObject({ agrees: true, queries: 1 })
    expect(await isThere('maxsimd-dictionary')).toBe(true)
    const again = await run('demo.mjs', args)
    expect(again.code).toBe(2)
    expect(again.stderr).toMatch(/maxsimd-dictionary.*already exists/)
    await client.deleteCollection('maxsimd-dictionary')
  })
})
