import { it } from 'vitest'
import { cases, isQuick } from './threads.cases.js'

for (const { name, run } of cases.filter(isQuick)) it(name, run)
