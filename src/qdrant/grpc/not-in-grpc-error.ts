// Thrown when a point has a value that REST can transport and gRPC cannot. The upsert continues over REST.

export class NotInGrpcError extends Error {
  override readonly name = 'NotInGrpcError'
}
