import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below those that a system gives to whoever asks for any: nobody comes upon one of these before it is taken. */
const FIRST = 16_000
const COUNT = 16_000
/** So many are tried by a process before it comes to those of the next one. */
const OWN = 16
let next = process.pid * OWN

/** For programs that cannot be asked which one they have chosen. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + (next++ % COUNT)
    if (await isFree(port)) return port
  }
}

/** Just now, on loopback. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
