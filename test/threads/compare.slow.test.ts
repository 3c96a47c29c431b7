import { it } from 'vitest'
import { cases, isQuick } from './threads.cases.js'

const others = cases.filter(other => !isQuick(other))

for (const { name, run } of others) it(name, run)
