// An error that is answered with a status code.

import type { OutgoingHttpHeaders } from 'node:http'

export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly status: number
  readonly headers: OutgoingHttpHeaders

  constructor(status: number, message: string, headers: OutgoingHttpHeaders = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}
