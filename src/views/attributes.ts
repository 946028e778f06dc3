import { createHash } from 'node:crypto'
import type { Json, JsonObject } from '../domain/user.ts'

const LONGEST = 100

/** A text as it stands in the table of attributes: long ones as their beginning and a digest, which decides equality as well. */
export const attributeKey = (text: string): string =>
  text.length <= LONGEST
    ? text
    : `${text.slice(0, LONGEST)}…${createHash('sha256').update(text).digest('base64url')}`

/** The top-level attributes that a filter can find: texts as they are, numbers and booleans as JSON writes them. */
export function attributeKeys(attributes: JsonObject): Map<string, string> {
  const keys = new Map<string, string>()
  for (const [name, value] of Object.entries(attributes)) {
    if (isScalar(value)) keys.set(attributeKey(name), attributeKey(String(value)))
  }
  return keys
}

const isScalar = (value: Json): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
