// What jsdom lacks, for Jest's `setupFiles`.

import { TextDecoder, TextEncoder } from 'node:util'

Object.assign(globalThis, { TextDecoder, TextEncoder })
