import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'

/** Cuts off whoever takes nothing of an answer for so long: it would be kept in memory for ever. Event streams see to it themselves. */
export function slowReaders(app: FastifyInstance, maxSilenceMs: number, logger: Logger): void {
  function giveUp(socket: Socket): void {
    logger.info({ transport: 'http', reason: 'Nothing was read' }, 'gave a client up')
    socket.destroy()
  }
  app.addHook('onSend', (_request, reply, _payload, done) => {
    // It ends with the response: Node then gives the connection its time to be idle.
    reply.raw.setTimeout(maxSilenceMs, giveUp as () => void)
    done()
  })
}
