// A server component: the page has the results as text.

import { run } from '../steps.js'

export const dynamic = 'force-dynamic'

export default async function Page() {
  return <pre>{JSON.stringify(await run({ path: process.env.LIBRARY }))}</pre>
}
