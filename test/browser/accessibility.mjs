// Looks for accessibility problems of a page with axe-core, on wide and narrow screens and with each kind of colours.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const PHONE = { width: 375, height: 740 }
export const DESKTOP = { width: 1280, height: 800 }

const MODES = [
  { viewport: DESKTOP, colorScheme: 'light', forcedColors: 'none' },
  { viewport: DESKTOP, colorScheme: 'dark', forcedColors: 'none' },
  { viewport: PHONE, colorScheme: 'dark', forcedColors: 'none' },
  { viewport: PHONE, colorScheme: 'light', forcedColors: 'active' },
]

/** @throws Error that lists the problems */
export async function checkAccessibility(page, root) {
  await page.evaluate(readFileSync(join(root, 'node_modules/axe-core/axe.min.js'), 'utf8'))
  for (const { viewport, ...media } of MODES) {
    await page.setViewportSize(viewport)
    await page.emulateMedia(media)
    const { violations } = await page.evaluate(() => globalThis.axe.run())
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)
    if (found.length > 0) throw new Error(`${JSON.stringify(media)}: ${found.join('\n')}`)
  }
  await page.emulateMedia({ colorScheme: null, forcedColors: null })
}
