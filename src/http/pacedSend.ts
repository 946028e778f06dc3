import type { WebSocket } from 'ws'
import { CLOSE } from './closeCodes.ts'

/** Waiting in a socket, in bytes, before senders have to wait too. */
const HIGH_WATER = 256_000
/** Bytes sent in one go before other clients get their turn: a replay is never out of messages. */
const BURST = 64_000

/**
 * Sends to a WebSocket at the pace of its client. While much waits to be read, the promise resolves only when the message
 * is on its way, so whoever awaits it pulls slower from its source; each operation then holds one message. A client that lets
 * even so `maxBufferedBytes` pile up (by asking without ever reading) is closed with 1013. What cannot be sent any more is
 * dropped.
 */
export function pacedSend(
  socket: WebSocket,
  maxBufferedBytes: number,
): (data: string) => Promise<void> | void {
  let sent = 0
  return (data) => {
    if (socket.bufferedAmount > maxBufferedBytes) {
      socket.close(CLOSE.tryLater, 'Too much waits to be read')
      return
    }
    sent += data.length
    if (sent <= BURST && socket.bufferedAmount <= HIGH_WATER) {
      socket.send(data, ignore)
      return
    }
    sent = 0
    return new Promise((resolve) => {
      socket.send(data, () => setImmediate(resolve))
    })
  }
}

/** A failed send is followed by the socket's end, which is handled there. */
const ignore = (): void => {}
