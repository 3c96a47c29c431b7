// A request's body in the form that this engine sends best. Bytes are sent as they are, compressed where asked.
//
// Node's fetch copies bytes twice before it sends them, and counts the copies against the heap: a load of 5 MB bodies
// spends as long in the garbage collector as in writing them (0.85 s of CPU for 200 MB, with a stream 0.45). A stream
// with a length goes out as it is, and looks the same to a server. Browsers send streams over HTTP/2 only.

interface Globals {
  readonly process?: { readonly versions?: Readonly<Record<string, string | undefined>> }
}

const isNode = (): boolean => {
  const versions = (globalThis as Globals).process?.versions
  return versions?.node !== undefined && versions.bun === undefined && versions.deno === undefined
}

/** What `fetch` needs to send `body`, its length in `headers`. The bytes must stay as they are until they are sent. */
export function bodyInit(body: string | Uint8Array, headers: Headers): RequestInit {
  if (typeof body === 'string' || !isNode()) return { body: body as BodyInit }
  headers.set('content-length', String(body.length))
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(body)
      controller.close()
    },
  })
  return { body: stream, duplex: 'half' } as RequestInit
}

/** The body in gzip. */
export async function compress(body: string | Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([body as BlobPart]).stream().pipeThrough(new CompressionStream('gzip'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}
