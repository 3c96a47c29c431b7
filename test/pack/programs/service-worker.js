// The program of a service worker, which answers a message with the results.

import { run } from './steps.js'

addEventListener('install', () => skipWaiting())
addEventListener('activate', event => event.waitUntil(clients.claim()))
addEventListener('message', async event => event.source.postMessage(await run({ path: 'library' })))
