// Tests the page of `maxsimd serve` as users see it: with a token, an index that is searched by typing, and a server that
// stops. The server is a process, stopped with SIGTERM.

import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { checkAccessibility, DESKTOP } from './accessibility.mjs'

const TOKEN = 'page-token'

/** Runs the checks in `browser`, and returns the number of passed ones and the failures. */
export async function checkServe(browser, root) {
  const folder = mkdtempSync(join(tmpdir(), 'maxsimd-serve-'))
  const program = join(root, 'dist/cli/main.js')
  mkdirSync(join(folder, 'notes'))
  const notes = '# House\n\nA spider sat on the <b>wall</b>.\n\nThe bank failed.\n'
  writeFileSync(join(folder, 'notes/a.md'), notes)
  spawnSync(process.execPath, [program, 'index', 'notes'], { cwd: folder, stdio: ['ignore', 'ignore', 2] })
  const server = spawn(process.execPath, [program, 'serve', '--port', '0', '--json'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, MAXSIMD_TOKEN: TOKEN },
  })
  const ended = new Promise(resolve => server.once('exit', (code, signal) => resolve(code ?? signal)))
  const page = await browser.newPage({ viewport: DESKTOP })
  try {
    const { url } = JSON.parse(await jsonOf(server.stdout))
    const errors = []
    page.on('pageerror', error => errors.push(String(error)))
    page.on('console', message => message.type() === 'error' && errors.push(message.text()))
    const failures = []
    const checks = Object.entries({
      ...pageChecks(page, url, root, errors),
      ...endChecks(page, server, ended),
    })
    for (const [name, check] of checks) {
      await check().catch(error => failures.push(`${name}: ${error.message}`))
    }
    return { passed: checks.length - failures.length, failures }
  } finally {
    await page.close()
    server.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  }
}

/** The first JSON object that a stream has, over several lines. */
async function jsonOf(stream) {
  let text = ''
  for await (const line of createInterface({ input: stream })) {
    text += line
    if (line === '}') return text
  }
  throw new Error(`the server did not print its address: ${text}`)
}

const entries = page => page.locator('#entries li')

const pageChecks = (page, url, root, errors) => ({
  'asks for the token, and says when it is wrong': async () => {
    await page.goto(`${url}#fear%20of%20spiders`)
    await status(page, /^The server needs a token\.$/)
    same(await page.isVisible('#token input'), true)
    same(await page.evaluate(() => document.activeElement.name), 'token')
    await checkAccessibility(page, root)
    await page.fill('#token input', 'wrong')
    await page.press('#token input', 'Enter')
    await status(page, /^This is not the token of the server\.$/)
    await page.fill('#token input', TOKEN)
    await page.press('#token input', 'Enter')
    await status(page, /^\d passages? in \d+ ms\./)
    same(await page.isVisible('#token'), false)
    // the browser logs each answer with status 401
    same(
      errors.splice(0).every(error => error.includes('401')),
      true,
    )
  },
  'finds passages for the question in its address, with their places and marked words': async () => {
    same(await page.inputValue('#search input'), 'fear of spiders')
    same(await entries(page).first().locator('strong').textContent(), 'notes/a.md:3')
    const text = await entries(page).first().locator('span').textContent()
    same(text, 'A spider sat on the <b>wall</b>.')
    same(await entries(page).first().locator('mark').first().textContent(), 'spider')
    // the score, the place, the heading and the passage
    const [score, whole] = [entries(page).first().locator('small'), entries(page).first()]
    same(await whole.textContent(), `${await score.textContent()}notes/a.md:3 House${text}`)
  },
  'searches while a question is typed, and keeps it in the address': async () => {
    await page.fill('#search input', 'banks')
    await page.waitForFunction(
      () => document.querySelector('#entries strong')?.textContent === 'notes/a.md:5',
    )
    same(new URL(page.url()).hash, '#banks')
    await page.reload()
    await page.waitForSelector('#entries li')
    same(await page.inputValue('#search input'), 'banks')
  },
  'searches by words or by meaning only, and keeps the choice in the address': async () => {
    await page.fill('#search input', 'insects')
    await page.waitForSelector('#entries li')
    await page.selectOption('#search select', 'words')
    await status(page, /^No passages in \d+ ms\. Not in the index: insects( \(.+\))?\.$/)
    same(page.url(), `${url}?only=words#insects`)
    await page.reload()
    await status(page, /^No passages in/)
    same(await page.inputValue('#search select'), 'words')
    await page.selectOption('#search select', '')
    await page.waitForSelector('#entries li')
    same(page.url(), `${url}#insects`)
  },
  'names unknown words, and shows nothing for an empty field': async () => {
    await page.fill('#search input', 'qwxz')
    await status(page, /^No passages in \d+ ms\. Not in the index: qwxz\.$/)
    same(await entries(page).count(), 0)
    await page.fill('#search input', '')
    await status(page, /^$/)
    same(new URL(page.url()).hash, '')
  },
  'has no accessibility problem that axe finds': async () => {
    await page.fill('#search input', 'spiders')
    await page.waitForSelector('#entries li')
    await checkAccessibility(page, root)
  },
  'logs no error': async () => same(errors.join('\n'), ''),
})

const endChecks = (page, server, ended) => ({
  'ends with exit code 0 on SIGTERM, and the page says that it does not answer': async () => {
    server.kill('SIGTERM')
    same(await ended, 0)
    await page.fill('#search input', 'wall')
    await status(page, /^The server does not answer: .+\.$/)
  },
})

const status = (page, pattern) =>
  page.waitForFunction(
    source => new RegExp(source).test(document.querySelector('#status').textContent),
    pattern.source,
    {
      timeout: 20_000,
    },
  )

function same(actual, expected, shown = actual) {
  if (actual !== expected) throw new Error(`expected ${expected}, got ${shown}`)
}
