// Makes the fixtures of pages before any file runs, because files that run at the same time would make them twice in one folder.

import { hasPython, makePageFixtures } from './pages/page-fixtures.js'

export function setup(): void {
  if (hasPython) makePageFixtures()
}
