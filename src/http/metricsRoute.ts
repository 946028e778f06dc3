import type { FastifyInstance } from 'fastify'
import { domainError } from '../domain/errors.ts'
import type { TransportParts } from './parts.ts'
import { sendError } from './replies.ts'

/** GET /metrics, for Prometheus. It holds names of operations, and nothing of the directory. */
export function metricsRoute(app: FastifyInstance, { metrics, settings, keys }: TransportParts): void {
  app.get('/metrics', async (request, reply) => {
    const presented = keys.read(request.headers.authorization)
    if (settings.metricsNeedKey && !(presented.ok && presented.value.isOperator)) {
      return sendError(
        request,
        reply,
        domainError('UNAUTHENTICATED', 'Authorization: this needs the operator key'),
      )
    }
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics())
  })
}
