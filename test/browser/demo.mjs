// Tests the page of the reverse dictionary as users see it: served by build/demo.mjs and queried by typing.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** Runs the checks in `browser`, and returns the number of passed ones and the failures. */
export async function checkDemo(browser, root) {
  const child = spawn(process.execPath, [join(root, 'build/demo.mjs'), '--page', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const { value: line } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
    const address = /http:\/\/127\.0\.0\.1:\d+\//.exec(line)?.[0]
    if (!address) throw new Error(`the demo did not print the address of its page: ${line}`)
    const page = await browser.newPage()
    const errors = []
    page.on('pageerror', error => errors.push(String(error)))
    page.on('console', message => message.type() === 'error' && errors.push(message.text()))
    await page.goto(`${address}#fear%20of%20spiders`)
    const checks = {
      'finds words for the meaning in its address': async () => {
        await page.waitForSelector('#entries li', { timeout: 60_000 })
        same(await page.inputValue('input'), 'fear of spiders')
        same(await page.textContent('#entries li:first-child strong'), 'arachnophobia')
      },
      'shows how many rows it scored, and the kernel': async () => {
        const status = await page.textContent('#status')
        same(/^1,064,077 rows scored in \d+ ms \(kernel relaxed-simd\)$/.test(status), true, status)
      },
      'finds words for the meaning that is typed': async () => {
        await page.fill('input', 'a place where planes take off and land')
        await page.waitForFunction(() =>
          document.querySelector('#entries strong')?.textContent.startsWith('airfield'),
        )
        await page.waitForFunction(() =>
          document.querySelector('#comparison h2').textContent.startsWith('airfield'),
        )
        same(await page.locator('#entries li').count(), 10)
        same(decodeURIComponent(new URL(page.url()).hash), '#a place where planes take off and land')
      },
      'shows which words match': async () => {
        same(await page.locator('#comparison tbody tr').count(), 7)
        same(await page.locator('#comparison td.best').count(), 7)
        same(await page.locator('#comparison td.best').first().textContent(), '1.00')
      },
      'compares another entry after a click': async () => {
        await page.locator('#entries button').nth(1).click()
        const words = await page.locator('#entries strong').nth(1).textContent()
        await page.waitForFunction(
          first => document.querySelector('#comparison h2').textContent.startsWith(first),
          words.split(',')[0],
        )
      },
      'reports a meaning without known words': async () => {
        await page.fill('input', 'qwxz')
        await page.waitForFunction(() =>
          document.querySelector('#status').textContent.startsWith('No known word'),
        )
        same(await page.isVisible('#comparison'), false)
      },
      'logs no error': async () => same(errors.join('\n'), ''),
    }
    const failures = []
    for (const [name, check] of Object.entries(checks)) {
      await check().catch(error => failures.push(`${name}: ${error.message}`))
    }
    await page.close()
    return { passed: Object.keys(checks).length - failures.length, failures }
  } finally {
    child.kill('SIGINT')
  }
}

function same(actual, expected, shown = actual) {
  if (actual !== expected) throw new Error(`expected ${expected}, got ${shown}`)
}
