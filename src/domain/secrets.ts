import { hash } from 'node:crypto'

/** What is kept of an API key's secret: its SHA-256, base64url. Secrets are 256 random bits, so no salt or stretching is needed. */
export const hashSecret = (secret: string): string => hash('sha256', secret, 'base64url')
