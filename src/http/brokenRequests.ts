import { maxHeaderSize, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { domainError } from '../domain/errors.ts'
import { errorBody } from './errors.ts'
import { JSON_RESPONSE } from './mediaTypes.ts'

/** Longest time a client may take to send a request: slow ones must not hold connections for ever. */
export const REQUEST_TIMEOUT_MS = 30_000

type Answer = readonly [status: number, message: string]

/** By what Node says of it. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, `The request must arrive within ${REQUEST_TIMEOUT_MS / 1_000} s`],
  HPE_HEADER_OVERFLOW: [
    431,
    `The URL and the headers must be at most ${maxHeaderSize} bytes: send long queries by POST`,
  ],
}
const NO_HTTP: Answer = [400, 'This is no request of HTTP/1.1']

/** Answers what never became a request, in the shape of all errors; then the connection is of no further use. */
export function answerBrokenRequest(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const [status, message] = ANSWERS[error.code ?? ''] ?? NO_HTTP
  const body = errorBody(domainError('BAD_USER_INPUT', message))
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${JSON_RESPONSE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    'Connection: close',
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  socket.destroySoon()
}
