import type { IncomingMessage } from 'node:http'

/**
 * Where a request came from: the address that the outermost of so many trusted proxies saw. What lies beyond it in
 * X-Forwarded-For is whatever the client wrote there.
 */
export function clientAddress({ socket, headers }: IncomingMessage, trustedProxies: number): string {
  const direct = socket.remoteAddress ?? 'unknown'
  if (trustedProxies === 0) return direct
  const forwarded = String(headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '')
  return [direct, ...forwarded.reverse()].slice(0, trustedProxies + 1).at(-1) ?? direct
}
