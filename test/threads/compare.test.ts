import { it } from 'vitest'
import { cases } from './threads.cases.js'

// threads do not depend on the kernel, and the reference kernel is slow: its other cases are in compare.slow.test.ts
const isQuick = (name: string) => !name.startsWith('reference') || /, dot$|any sequence/.test(name)

for (const { name, run } of cases.filter(({ name }) => isQuick(name))) it(name, run)
