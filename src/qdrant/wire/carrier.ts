// What sends requests in place of `fetch`.

/** Another way than `fetch` to send requests. Its answers are those of REST. */
export interface Carrier {
  /** The name of the protocol in errors. */
  readonly protocol: string
  /** Scheme, host and port. */
  readonly origin: string
  /**
   * Sends the body of a request.
   *
   * @throws the reason of the signal, or the error of the network
   */
  send(request: CarriedRequest): Promise<Response>
}

export interface CarriedRequest {
  readonly headers: Headers
  readonly body: Uint8Array
  readonly signal: AbortSignal
}
