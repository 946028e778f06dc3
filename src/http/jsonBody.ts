import type { FastifyInstance } from 'fastify'

/**
 * application/json is all that is taken (see origins.ts), and it is read as it stands: a name that would reach a prototype if it were
 * assigned is a name like any other, as it is over WebSocket and in a document.
 */
export function jsonBody(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('ignore', 'ignore')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, text, done) => {
    const { 'content-encoding': encoding = 'identity' } = request.headers
    if (encoding === 'identity') parse(request, text, done)
    else done(Object.assign(new Error(ENCODED), { statusCode: 415 }))
  })
}

const ENCODED = 'Content-Encoding: is not supported; send the body as it is'
