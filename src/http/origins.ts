import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/*
 * Why no page of another origin can act in a user's name (CSRF), and what this file adds to that.
 *
 * Nothing about a client is ambient here: no cookie, no client certificate, no trust in an address. Who asks is said by the
 * Authorization header alone (or connection_init's payload), which a foreign page does not know, and which no browser sends on
 * its own. It is not on the list of headers that a page may set without asking, so a request that carries it from another
 * origin needs a preflight, and so does the one content type that POST takes, application/json. A GET without it changes
 * nothing and gets 401; so does the EventSource of browsers, which can send no header at all. A separate header "against CSRF"
 * would be one more thing to send and would close no hole.
 *
 * The preflight is answered for the origins of the allow-list only, none by default. Browsers ask no such leave for WebSockets:
 * there the same list is applied to the Origin that they send.
 */

/** Lets pages of these origins use the API, and none but these. */
export function cors(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return
  app.addHook('onRequest', (request, reply, done) => {
    // Also without an origin, so that a cache does not give one origin's answer to another.
    reply.header('vary', 'Origin')
    const { origin } = request.headers
    if (origin === undefined || !isAllowed(origin, origins)) return done()
    reply.header('access-control-allow-origin', origin)
    if (isPreflight(request)) return preflight(reply)
    reply.header('access-control-expose-headers', 'Rollcall-Token, ETag, X-Request-Id, Retry-After')
    done()
  })
}

const isAllowed = (origin: string, origins: readonly string[]): boolean =>
  origins.includes(origin) || origins.includes('*')

const isPreflight = ({ method, headers }: FastifyRequest): boolean =>
  method === 'OPTIONS' && headers['access-control-request-method'] !== undefined

function preflight(reply: FastifyReply): void {
  reply
    .code(204)
    .headers({
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers':
        'Authorization, Content-Type, Rollcall-Tenant, Rollcall-At-Least, Idempotency-Key, If-None-Match, Last-Event-ID, X-Request-Id',
      'access-control-max-age': '7200',
    })
    .send()
}

/** A WebSocket may come from no page at all, from a page of this server, or from one of an allowed origin. */
export function mayConnect(
  origin: string | undefined,
  host: string | undefined,
  origins: readonly string[],
): boolean {
  if (origin === undefined || isAllowed(origin, origins)) return true
  return URL.canParse(origin) && new URL(origin).host === host
}
