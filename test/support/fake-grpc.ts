// The gRPC port of a fake Qdrant server: real HTTP/2 on loopback. It reads the messages of upserts and has the fake server
// apply them. Tests plant faults with `intercept`.

import {
  createServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { type FakeQdrant, PEER } from './fake-qdrant.js'
import { jsonOfMap, type Message, readMessageOf } from './message-reader.js'

/** A call that arrived. */
export interface FakeCall {
  /** `Points/Upsert`, `Points/UpdateVectors` or `Collections/CollectionClusterInfo`. */
  readonly method: string
  readonly headers: IncomingHttpHeaders
  /** Number of its connection, from 1. */
  readonly connection: number
  /** The frame: a flag, the length and the message. */
  readonly bytes: Buffer
  /** The message of an upsert. */
  readonly message: Message
}

/**
 * What becomes of a call. undefined: it is answered. `drop`: its connection is closed before anything is done; `lose`: after
 * it is done; `reset`: the stream is reset; `silence`: there is no answer; an object: the headers or trailers of the answer.
 */
export type CallFate = 'drop' | 'lose' | 'reset' | 'silence' | OutgoingHttpHeaders | undefined

export interface FakeGrpc {
  readonly port: number
  readonly calls: FakeCall[]
  intercept: (call: FakeCall) => CallFate | Promise<CallFate>
  /** Refuses upserts with these headers and a reset before their messages arrive. */
  earlyRefusal: OutgoingHttpHeaders | undefined
  /** The id that it has in its cluster. */
  peer: number
  /** The ids of other peers with shards. */
  remotePeers: number[]
  /** The status that upserts are answered with: 2 for completed, 1 for acknowledged. */
  status: number
  /** Number of calls that the client cancelled. */
  cancelled: number
  /** Number of connections so far. */
  connections: number
  /** Forgets calls and faults. */
  reset(): void
  /** The messages of upserts. */
  upserts(): Message[]
  close(): Promise<void>
}

const MESSAGE_TYPES: Readonly<Record<string, string>> = {
  'Points/Upsert': 'UpsertPoints',
  'Points/UpdateVectors': 'UpdatePointVectors',
}

/** Starts a port that belongs to `qdrant`. */
export async function startFakeGrpc(qdrant: FakeQdrant): Promise<FakeGrpc> {
  const calls: FakeCall[] = []
  const sessions = new Set<ServerHttp2Session>()
  const numbers = new WeakMap<object, number>()
  const server = createServer()
  server.on('session', session => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
    session.on('error', () => undefined)
    fake.connections++
    numbers.set(session, fake.connections)
  })

  async function respond(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk as Buffer)
    const bytes = Buffer.concat(chunks)
    const method = String(headers[':path']).replace('/qdrant.', '')
    const content = bytes[0] === 1 ? gunzipSync(bytes.subarray(5)) : bytes.subarray(5)
    if (bytes.readUInt32BE(1) !== bytes.length - 5) throw new Error('a frame with a wrong length')
    const type = MESSAGE_TYPES[method]
    const message = type ? readMessageOf(type, content) : undefined
    const connection = numbers.get(stream.session!) ?? 0
    const call = { method, headers, connection, bytes, message }
    calls.push(call)
    const fate = await fake.intercept(call)
    if (fate === 'silence') return
    if (fate === 'drop') return stream.session?.destroy()
    if (fate === 'reset') return stream.close(2)
    if (typeof fate === 'object') return answer(stream, fate)
    const result = message ? await apply(qdrant, method, message, fake.status) : clusterInfo(fake)
    if (fate === 'lose') return stream.session?.destroy()
    answer(stream, { 'grpc-status': result.status, 'grpc-message': result.message }, result.bytes)
  }

  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined)
    stream.on('aborted', () => fake.cancelled++)
    if (fake.earlyRefusal && String(headers[':path']).endsWith('/Upsert')) {
      answer(stream, fake.earlyRefusal)
      stream.close(2)
      return
    }
    // a cancelled call ends early
    respond(stream, headers).catch(error => {
      if (!stream.destroyed) answer(stream, { 'grpc-status': 13, 'grpc-message': String(error) })
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const initialState = () => ({
    intercept: () => undefined,
    earlyRefusal: undefined,
    peer: PEER,
    remotePeers: [],
    status: 2,
    cancelled: 0,
    connections: 0,
  })
  const fake: FakeGrpc = {
    port: (server.address() as AddressInfo).port,
    calls,
    ...initialState(),
    reset() {
      calls.length = 0
      Object.assign(fake, initialState())
    },
    upserts: () => calls.flatMap(({ message }) => message ?? []),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const session of sessions) session.destroy()
      }),
  }
  return fake
}

/** Sends an answer: without a message, its trailers are its headers, as servers do it. */
function answer(stream: ServerHttp2Stream, trailers: OutgoingHttpHeaders, message?: Buffer): void {
  const headers = { ':status': 200, 'content-type': 'application/grpc' }
  if (!message) {
    stream.respond({ ...headers, ...trailers }, { endStream: true })
    return
  }
  stream.respond(headers, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers(trailers))
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(message.length, 1)
  stream.end(Buffer.concat([prefix, message]))
}

interface Result {
  readonly status: number
  readonly message: string
  readonly bytes?: Buffer
}

function clusterInfo({ peer, remotePeers }: FakeGrpc): Result {
  const remote = remotePeers.flatMap(id => {
    const shard = [0x08, 0, 0x10, ...varint(id)]
    return [0x22, shard.length, ...shard]
  })
  return { status: 0, message: '', bytes: Buffer.from([0x08, ...varint(peer), 0x10, 1, ...remote]) }
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]
}

const RESOURCES: Readonly<Record<string, string>> = {
  'Points/Upsert': 'points',
  'Points/UpdateVectors': 'points/vectors',
}
const CODES: Readonly<Record<number, number>> = { 400: 3, 404: 5, 500: 13 }

/** Has the fake server apply an upsert or an update of vectors over its own REST. */
async function apply(qdrant: FakeQdrant, method: string, message: Message, status: number): Promise<Result> {
  const points = (message.points ?? []).map(({ id, vectors, payload }: Message) => ({
    id: id.uuid ?? Number(id.num),
    vector: vectors.vector ? vectorOf(vectors.vector) : vectorsOf(vectors.vectors),
    ...(payload && { payload: jsonOfMap(payload) }),
  }))
  const response = await fetch(
    `${qdrant.url}/collections/${message.collection_name}/${RESOURCES[method]}?wait=${message.wait}`,
    {
      method: 'PUT',
      headers: { 'x-over-grpc': 'yes' },
      body: JSON.stringify({ points }, (_, member) => (typeof member === 'bigint' ? Number(member) : member)),
    },
  )
  if (response.ok) {
    // { result: { operation_id, status }, time }
    const bytes = Buffer.from([0x0a, 4, 0x08, 7, 0x10, status, 0x11, ...Buffer.alloc(8)])
    return { status: 0, message: '', bytes }
  }
  const { status: refusal } = (await response.json()) as Message
  return { status: CODES[response.status] ?? 13, message: encodeURIComponent(refusal.error) }
}

const vectorsOf = ({ vectors = {} }: Message) =>
  Object.fromEntries(Object.entries(vectors).map(([name, vector]) => [name, vectorOf(vector)]))

function vectorOf({ dense, sparse, multi_dense, document }: Message): unknown {
  return dense?.data ?? multi_dense?.vectors.map(({ data }: Message) => data) ?? sparse ?? document
}
