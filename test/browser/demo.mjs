// Tests the page of the reverse dictionary as users see it: served by build/demo.mjs and queried by typing.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { checkAccessibility, DESKTOP, PHONE } from './accessibility.mjs'

const READY = 'Ready: 113,802 definitions with 1,064,077 words.'
const QUERY = 'a place where planes take off and land'

/** Runs the checks in `browser`, and returns the number of passed ones and the failures. */
export async function checkDemo(browser, root) {
  const child = spawn(process.execPath, [join(root, 'build/demo.mjs'), '--page', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const { value: line } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
    const address = /http:\/\/127\.0\.0\.1:\d+\//.exec(line)?.[0]
    if (!address) throw new Error(`the demo did not print the address of its page: ${line}`)
    const page = await browser.newPage({ viewport: DESKTOP })
    const errors = []
    page.on('pageerror', error => errors.push(String(error)))
    page.on('console', message => message.type() === 'error' && errors.push(message.text()))
    const failures = []
    const checks = [
      ...Object.entries(loadingChecks(page, address)),
      ...Object.entries(resultChecks(page)),
      ...Object.entries(keyboardAndHistoryChecks(page)),
      ...Object.entries(layoutChecks(page, root)),
      ...Object.entries(pageSearchChecks(page, address, root)),
      ['logs no error', async () => same(errors.join('\n'), '')],
    ]
    for (const [name, check] of checks) {
      await check().catch(error => failures.push(`${name}: ${error.message}`))
    }
    await page.close()
    return { passed: checks.length - failures.length, failures }
  } finally {
    child.kill('SIGINT')
  }
}

const loadingChecks = (page, address) => {
  let example
  let release
  return {
    'shows an example and the state of a query while it loads': async () => {
      // definitions.json is held back until the check is done
      const held = new Promise(resolve => {
        release = resolve
      })
      await page.context().route('**/definitions.json', async route => {
        await held
        await route.continue()
      })
      await page.goto(`${address}#to%20sleep%20through%20the%20winter`)
      await page.waitForFunction(() => document.querySelector('#status').textContent !== '')
      const status = await page.textContent('#status')
      same(/is answered when the dictionary is ready\.$/.test(status), true, status)
      same(await page.isVisible('#worked table'), true)
      example = await page.textContent('#worked table')
    },
    'finds words for the meaning in its address': async () => {
      release()
      await page.waitForSelector('#entries li', { timeout: 60_000 })
      same(await page.inputValue('input'), 'to sleep through the winter')
      same(await page.textContent('#entries li:first-child strong'), 'hibernate, hole up')
      same(await page.isVisible('#worked'), false)
      await page.waitForSelector('#comparison td.best')
      same(await page.textContent('#comparison table'), example)
    },
  }
}

const resultChecks = page => ({
  'shows how many words it compared': async () => {
    const status = await page.textContent('#status')
    same(/^Compared with 1,064,077 words in \d+ ms\.$/.test(status), true, status)
  },
  'finds the right word for each of its examples': async () => {
    const words = ['airfield', 'illiterate', 'library', 'hibernate']
    const examples = page.locator('#examples button')
    same(await examples.count(), words.length)
    for (const [i, word] of words.entries()) {
      await examples.nth(i).click()
      await explained(page, word)
      same((await page.textContent('#entries strong')).split(',')[0], word)
    }
  },
  'finds words for the meaning that is typed': async () => {
    await type(page, QUERY, 'airfield')
    same(await page.locator('#entries li').count(), 10)
    same(decodeURIComponent(new URL(page.url()).hash), `#${QUERY}`)
  },
  'shows which words match': async () => {
    same(await page.locator('#comparison tbody tr').count(), 7)
    same(await page.locator('#comparison td.best').count(), 7)
    same(await page.locator('#comparison td.best').first().textContent(), '1.00')
  },
  'shows the weight of each word, which times the similarity is what the word adds': async () => {
    const rows = await page.evaluate(() =>
      [...document.querySelectorAll('#comparison tbody tr')].map(row =>
        ['.weight', '.best', '.adds'].map(each => Number(row.querySelector(each).textContent)),
      ),
    )
    for (const [weight, best, adds] of rows) {
      same(Math.abs(weight * best - adds) < 0.06, true, `${weight} x ${best} = ${adds}`)
    }
    const heads = await page.locator('#comparison thead th').allTextContents()
    same(heads.slice(0, 2).join(), 'weight,adds')
  },
  'tints cells by what they add to the score, not by similarity': async () => {
    const tints = await page.evaluate(() =>
      [...document.querySelectorAll('#comparison tbody tr')].map(row => ({
        word: row.querySelector('th').textContent,
        // the accent's share is the alpha of the computed colour
        tint: Number(
          /[/,] ?([\d.]+)\)$/.exec(getComputedStyle(row.querySelector('.best')).backgroundColor)?.[1] ?? 1,
        ),
        adds: Number(row.querySelector('.adds').textContent),
      })),
    )
    const byTint = [...tints].sort((a, b) => b.tint - a.tint).map(({ word }) => word)
    const byPart = [...tints].sort((a, b) => b.adds - a.adds).map(({ word }) => word)
    same(byTint[0], byPart[0], JSON.stringify(tints))
    const tintOf = wanted => tints.find(({ word }) => word === wanted).tint
    same(tintOf('planes') > 5 * tintOf('and'), true, JSON.stringify(tints))
  },
  'explains another result after a click, beside the list': async () => {
    await page.locator('#entries button').nth(1).click()
    await explained(page, 'runway')
    same(await page.locator('#entries li #comparison').count(), 0)
    const [result, panel] = await Promise.all(
      ['#entries', '#comparison'].map(each => page.locator(each).boundingBox()),
    )
    same(
      panel.x > result.x + result.width && panel.y < DESKTOP.height,
      true,
      JSON.stringify({ result, panel }),
    )
  },
  'reports unknown words as the terminal does': async () => {
    await page.fill('input', 'qwxz')
    await status(page, 'Unknown word: "qwxz". Describe a thing in a few plain English words.')
    same(await page.isVisible('#comparison'), false)
    await page.fill('input', 'fear of spidars')
    await status(page, 'Ignored unknown word: "spidars" (did you mean "spiders"?)')
  },
  'searches with the suggestion after a click on it, and goes back to what was typed': async () => {
    await page.locator('#status button').click()
    await explained(page, 'arachnophobia')
    same(await page.inputValue('input'), 'fear of spiders')
    await page.goBack()
    await status(page, 'Ignored unknown word: "spidars" (did you mean "spiders"?)')
    same(await page.inputValue('input'), 'fear of spidars')
  },
  'shows nothing for an empty field, but its placeholder': async () => {
    await page.fill('input', '')
    await page.waitForFunction(() => document.querySelector('#entries').childElementCount === 0)
    same(await page.isVisible('#comparison'), false)
    same(await page.getAttribute('input', 'placeholder'), 'Type a meaning, for example: fear of heights')
    await status(page, READY)
  },
})

const keyboardAndHistoryChecks = page => ({
  'goes from the box to the results and back with keys': async () => {
    await type(page, QUERY, 'airfield')
    await page.focus('input')
    const focused = () =>
      page.evaluate(() => document.activeElement.querySelector('strong')?.textContent ?? 'box')
    const steps = [
      ['ArrowDown', 'airfield, landing field, flying field'],
      ['ArrowDown', 'runway'],
      ['ArrowUp', 'airfield, landing field, flying field'],
      ['ArrowUp', 'box'],
      ['ArrowDown', 'airfield, landing field, flying field'],
      ['ArrowDown', 'runway'],
      ['Enter', 'runway'],
    ]
    for (const [key, expected] of steps) {
      await page.keyboard.press(key)
      same(await focused(), expected, `${await focused()} after ${key}`)
    }
    await explained(page, 'runway')
    await page.keyboard.press('Escape')
    same(await focused(), 'box')
    same(await page.inputValue('input'), QUERY)
  },
  'shows its keys only while the box has the focus': async () => {
    same(await page.isVisible('#keys'), true)
    await page.keyboard.press('ArrowDown')
    same(await page.isVisible('#keys'), false)
    await page.focus('input')
  },
  'goes back through opened results and queries, and forward': async () => {
    await page.locator('#examples button').nth(3).click()
    await explained(page, 'hibernate')
    await page.goBack()
    await explained(page, 'runway')
    same(await page.inputValue('input'), QUERY)
    await page.goBack()
    await explained(page, 'airfield')
    await page.goForward()
    await explained(page, 'runway')
    same(await page.locator('#entries [aria-current] strong').textContent(), 'runway')
  },
  'makes one entry of the history of a query that is typed in parts': async () => {
    const length = await page.evaluate(() => history.length)
    await page.locator('#examples button').nth(1).click()
    await explained(page, 'illiterate')
    await page.focus('input')
    await page.fill('input', 'fear of')
    await page.waitForTimeout(300)
    await type(page, 'fear of heights', 'acrophobia')
    await page.goBack()
    await explained(page, 'illiterate')
    // going back to `runway` dropped the entry of `hibernate`
    same(await page.evaluate(() => history.length), length + 1)
  },
  'is ready again after going back to the empty page': async () => {
    await page.evaluate(() => location.assign('#'))
    await status(page, READY)
    await page.fill('input', 'fear of spidars')
    await status(page, 'Ignored unknown word: "spidars" (did you mean "spiders"?)')
    await page.goBack()
    await status(page, READY)
    same(await page.locator('#entries li').count(), 0)
    await page.goForward()
    await status(page, 'Ignored unknown word: "spidars" (did you mean "spiders"?)')
    same(await page.locator('#entries li').count(), 10)
  },
})

const layoutChecks = (page, root) => ({
  'explains a result below it on a phone, where it can be seen': async () => {
    await page.setViewportSize(PHONE)
    await type(page, QUERY, 'airfield')
    // the first one is open already
    for (const place of [1, 0, 5, 9]) {
      const button = page.locator('#entries button').nth(place)
      const word = (await button.locator('strong').textContent()).split(',')[0]
      await button.click()
      await explained(page, word)
      same(
        await page.locator(`#entries li:nth-child(${place + 1}) #comparison`).count(),
        1,
        `result ${place + 1}`,
      )
      const [top, table] = await page.evaluate(() =>
        ['[aria-current]', '#comparison table'].map(
          each => document.querySelector(each).getBoundingClientRect().top,
        ),
      )
      same(top >= -1 && table < innerHeightOf(PHONE), true, `result ${place + 1}: ${top}, ${table}`)
    }
  },
  'closes an open result when it is tapped again, and opens it at the next tap': async () => {
    const last = page.locator('#entries button').last()
    const isOpen = async () =>
      `${await page.isVisible('#comparison')}, ${await page.locator('#entries [aria-current]').count()}`
    await last.click()
    same(await isOpen(), 'false, 0')
    await last.click()
    await page.waitForSelector('#entries li:last-child #comparison')
    same(await isOpen(), 'true, 1')
  },
  'shows the result to which Back leads on a phone': async () => {
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight))
    await page.goBack()
    const word = (await page.locator('#entries strong').nth(5).textContent()).split(',')[0]
    await explained(page, word)
    const { top, bottom } = await boxOf(page, '[aria-current]')
    same(top >= -1 && bottom <= PHONE.height, true, `${top} to ${bottom}`)
  },
  'shows on a phone what each word adds, and covers the names that scroll below the labels': async () => {
    for (const each of ['.weight', '.adds']) {
      const { right } = await boxOf(page, `#comparison ${each}`)
      same(right < PHONE.width, true, `${each} ends at ${right}`)
    }
    await page.locator('#comparison .scroll').evaluate(each => each.scrollTo(60, 0))
    await page.locator('#comparison thead').scrollIntoViewIfNeeded()
    const [{ left, right }, { bottom }] = [
      await boxOf(page, '#comparison tbody th'),
      await boxOf(page, '#comparison thead'),
    ]
    const covering = await page.evaluate(
      ([left, right, y]) => [left + 3, right - 3].map(x => document.elementFromPoint(x, y)?.textContent),
      [left, right, bottom - 8],
    )
    same(covering.join(), ',', `names over the labels: ${covering}`)
    await page.locator('#comparison .scroll').evaluate(each => each.scrollTo(0, 0))
  },
  'has no horizontal scroll on a phone, and hints at the words that a wide table hides': async () => {
    same(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.width)
    await page.locator('#entries button').nth(1).click()
    await explained(page, 'runway')
    same(await page.isVisible('#comparison .more'), true)
    await page.locator('#comparison .scroll').evaluate(each => each.scrollTo(each.scrollWidth, 0))
    await page.waitForFunction(
      () => getComputedStyle(document.querySelector('#comparison .more')).visibility === 'hidden',
    )
  },
  'moves the explanation beside the list when the window becomes wide': async () => {
    await page.setViewportSize(DESKTOP)
    await page.waitForFunction(() => !document.querySelector('#entries #comparison'))
  },
  'keeps the explanation in view on a desktop, also that of the last result': async () => {
    await page.setViewportSize(DESKTOP)
    await page.locator('#entries button').last().click()
    const word = (await page.locator('#entries strong').last().textContent()).split(',')[0]
    await explained(page, word)
    const [panel, button] = [await boxOf(page, '#comparison h2'), await boxOf(page, '[aria-current]')]
    same(panel.top >= 0 && panel.bottom <= DESKTOP.height, true, JSON.stringify(panel))
    same(button.bottom <= DESKTOP.height, true, JSON.stringify(button))
  },
  'has no accessibility problem that axe finds': async () => {
    for (const query of [QUERY, 'qwxz']) {
      await page.fill('input', query)
      await page.waitForFunction(
        isKnown => document.querySelector('#entries').childElementCount > 0 === isKnown,
        query === QUERY,
      )
      await checkAccessibility(page, root)
    }
  },
})

const pageSearchChecks = (page, address, root) => ({
  'leads to the search of pages, which finds a page and draws where it matches': async () => {
    await page.setViewportSize(DESKTOP)
    await page.goto(address)
    await page.click('a[href="pages.html"]')
    await status(page, 'Ready: 6 pages.')
    await page.click('#examples button:has-text("train and plane")')
    await status(page, '6 pages, best first.')
    const first = page.locator('#pages > li').first()
    same((await first.locator('h2').textContent()).startsWith('Timetable of a bus'), true)
    const words = await first.locator('ul').textContent()
    same(words.startsWith('train → Bus'), true, words)
    // the heat map lies on the picture
    const [picture, map] = [
      await first.locator('img').boundingBox(),
      await first.locator('svg').boundingBox(),
    ]
    for (const side of ['x', 'y', 'width', 'height']) {
      same(Math.abs(picture[side] - map[side]) < 1, true, JSON.stringify([picture, map]))
    }
    same((await first.locator('svg g rect').count()) > 3, true)
    same(await first.locator('img').evaluate(image => image.naturalWidth), 840)
  },
  'says so if no word of a question is known': async () => {
    await page.fill('input', 'qwxz')
    await status(page, 'No word of the question is known.')
    same(await page.locator('#pages > li').count(), 0)
  },
  'has a search of pages without an accessibility problem that axe finds': async () => {
    await page.fill('input', 'illness')
    await status(page, '6 pages, best first.')
    await checkAccessibility(page, root)
    for (const viewport of [PHONE, DESKTOP]) {
      await page.setViewportSize(viewport)
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      same(overflow, 0)
    }
  },
})

const boxOf = (page, selector) =>
  page.evaluate(selector => document.querySelector(selector).getBoundingClientRect().toJSON(), selector)

const innerHeightOf = ({ height }) => height

/** Types a query, and waits until its first answer is explained. */
async function type(page, query, word) {
  await page.fill('input', query)
  await explained(page, word)
}

/** Waits until the explanation is that of the result with this first word. */
const explained = (page, word) =>
  page.waitForFunction(
    word => document.querySelector('#comparison h2').textContent.split(',')[0] === word,
    word,
    { timeout: 20_000 },
  )

const status = (page, text) =>
  page.waitForFunction(text => document.querySelector('#status').textContent === text, text, {
    timeout: 20_000,
  })

function same(actual, expected, shown = actual) {
  if (actual !== expected) throw new Error(`expected ${expected}, got ${shown}`)
}
