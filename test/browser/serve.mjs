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
  'searches at once with Enter, and does not load the page again': async () => {
    await page.evaluate(() => Object.assign(window, { isSamePage: true }))
    await page.fill('#search input', 'bank')
    await page.press('#search input', 'Enter')
    await status(page, /^1 passage in \d+ ms\.$/)
    same(await entries(page).first().locator('strong').textContent(), 'notes/a.md:5')
    same(page.url(), `${url}#bank`)
    same(await page.evaluate(() => window.isSamePage), true)
  },
  'searches once for a question that is typed and sent': async () => {
    const questions = []
    const record = request => request.url() === `${url}search` && questions.push(request.postDataJSON())
    page.on('request', record)
    await page.fill('#search input', '')
    await page.type('#search input', 'wall')
    await page.press('#search input', 'Enter')
    await status(page, /^1 passage/)
    await page.waitForTimeout(400)
    page.off('request', record)
    same(JSON.stringify(questions), '[{"query":"wall"}]')
  },
  'writes every character of a question to the address, and reads an address that is not encoded':
    async () => {
      await page.fill('#search input', 'bank 100% a/b?')
      await page.waitForFunction(() => location.hash.includes('%25'))
      same(page.url(), `${url}#bank%20100%25%20a%2Fb%3F`)
      await page.evaluate(() => {
        location.hash = '#100%'
      })
      await page.waitForFunction(() => document.querySelector('#search input').value === '100%')
      await page.evaluate(() => {
        location.hash = '#the%20bank'
      })
      await page.waitForFunction(
        () => document.querySelector('#entries strong')?.textContent === 'notes/a.md:5',
      )
      same(await page.inputValue('#search input'), 'the bank')
    },
  'ignores a choice in the address that it does not have': async () => {
    await page.goto(`${url}?only=nothing#bank`)
    await status(page, /^1 passage/)
    same(await page.inputValue('#search select'), '')
  },
  'shows the answer to the last question only, also if an earlier answer comes later': async () => {
    await page.route('**/search', async route => {
      const { query } = route.request().postDataJSON()
      if (query === 'spider') await new Promise(resolve => setTimeout(resolve, 500))
      await route.continue().catch(() => {})
    })
    for (const question of ['spider', 'bank']) {
      await page.fill('#search input', question)
      await page.press('#search input', 'Enter')
    }
    await page.waitForTimeout(800)
    same(await entries(page).locator('strong').allTextContents().then(String), 'notes/a.md:5')
    same(await page.textContent('#status').then(text => /^1 passage in/.test(text)), true)
    await page.unroute('**/search')
  },
  'says why a search failed, and removes the earlier passages': async () => {
    const reasons = [
      [
        { status: 500, json: { error: 'the index is damaged' } },
        /^The search failed: the index is damaged\.$/,
      ],
      [{ status: 503, json: {} }, /^The search failed: Service Unavailable\.$/],
    ]
    for (const [answer, text] of reasons) {
      await page.route('**/search', route => route.fulfill(answer))
      await page.press('#search input', 'Enter')
      await status(page, text)
      same(await entries(page).count(), 0)
      await page.unroute('**/search')
    }
    // the browser logs each such answer
    same(
      errors.splice(0).every(error => /50[03]/.test(error)),
      true,
    )
    await page.press('#search input', 'Enter')
    await status(page, /^1 passage/)
  },
  'has no accessibility problem that axe finds': async () => {
    await page.fill('#search input', 'spiders')
    await page.waitForSelector('#entries li')
    await checkAccessibility(page, root)
  },
  'gives each passage the look of an entry, and says what its number is': async () => {
    const item = entries(page).first()
    same(await item.locator('.entry').count(), 1)
    same(await item.locator('.entry').evaluate(entry => getComputedStyle(entry).paddingInlineStart), '12px')
    same(await item.locator('small').getAttribute('title'), 'score')
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
