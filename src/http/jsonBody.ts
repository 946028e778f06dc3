import type { FastifyInstance } from 'fastify'

/**
 * application/json is all that is taken (see origins.ts), and it is read as it stands: a name that would reach a prototype if it were
 * assigned is a name like any other, as it is over WebSocket and in a document.
 */
export function jsonBody(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('ignore', 'ignore')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, parse)
}
