import { createHash, hash, timingSafeEqual } from 'node:crypto'

/** What is kept of an API key's secret: its SHA-256, base64url. Secrets are 256 random bits, so no salt or stretching is needed. */
export const hashSecret = (secret: string): string => hash('sha256', secret, 'base64url')

/** Compares two texts in time that depends on neither. */
export function sameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
