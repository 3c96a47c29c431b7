// Where gRPC is expected to be, for an address of REST.

import { expect, it } from 'vitest'
import { type GrpcOption, grpcOriginOf } from '../../src/qdrant/grpc/grpc-option.js'

it.each<[option: Exclude<GrpcOption, 'off'>, base: string, origin: string | undefined]>([
  ['auto', 'http://127.0.0.1:6333', 'http://127.0.0.1:6334'],
  ['auto', 'https://x.cloud.qdrant.io:6333', 'https://x.cloud.qdrant.io:6334'],
  ['auto', 'http://[::1]:6333', 'http://[::1]:6334'],
  ['auto', 'http://127.0.0.1:6335', undefined],
  ['auto', 'https://search.example', undefined],
  ['auto', 'http://127.0.0.1:6333/token', undefined],
  [{ port: 7000 }, 'https://search.example', 'https://search.example:7000'],
  [{ port: 7000 }, 'http://127.0.0.1:6333/token', 'http://127.0.0.1:7000'],
  [{ port: 443 }, 'https://search.example:6333', 'https://search.example'],
  [{ url: 'https://grpc.example:6334' }, 'http://127.0.0.1:6333', 'https://grpc.example:6334'],
])('with %o, the address %s leads to %s', (option, base, origin) => {
  expect(grpcOriginOf(option, base)).toBe(origin)
})
