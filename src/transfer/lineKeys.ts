import { hash } from 'node:crypto'
import type { Line } from './line.ts'

export interface KeyedLine extends Line {
  /** From 1, in the file. */
  readonly number: number
  /** Its idempotency key. */
  readonly key: string
}

/**
 * The idempotency key of each line, in the order of the file: the digest of its text, and its place among equal lines of the
 * same change. So a line keeps its key when others are added, mended or left out.
 */
export function lineKeys(): (text: string, line: Line) => string {
  let change = ''
  const counts = new Map<string, number>()
  return (text, line) => {
    if (line.change !== change) {
      change = line.change
      counts.clear()
    }
    const digest = hash('sha256', text.trim(), 'base64url').slice(0, 22)
    const count = (counts.get(digest) ?? 0) + 1
    counts.set(digest, count)
    return count === 1 ? `line:${digest}` : `line:${digest}:${count}`
  }
}
