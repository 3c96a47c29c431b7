import { it } from 'vitest'
import { cases } from './threads.cases.js'

for (const { name, run } of cases.filter(({ name }) => name.startsWith('reference'))) it(name, run)
