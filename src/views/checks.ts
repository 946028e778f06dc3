/**
 * Reducers take nothing on trust: an event that is not what its type says throws here, before anything has changed, and its
 * stream is quarantined (rule 10).
 */
export function text(field: string, value: unknown): string {
  if (typeof value !== 'string') throw new Error(`${field} is no text`)
  return value
}

export const optionalText = (field: string, value: unknown): string | null =>
  value === null ? null : text(field, value)

export function texts(field: string, value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw new Error(`${field} is no list`)
  return value.map((item) => text(field, item))
}

/** An id as it stands in a stream's name. */
export function entityId(field: string, value: unknown): string {
  const id = text(field, value)
  if (id === '' || id.includes('/')) throw new Error(`${field} is no id`)
  return id
}

export function oneOf<Name extends string>(field: string, value: unknown, names: readonly Name[]): Name {
  const name = names.find((known) => known === value)
  if (name === undefined) throw new Error(`${field} is none of ${names.join(', ')}`)
  return name
}

export function jsonObject<Value extends object>(field: string, value: Value): Value {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${field} is no object`)
  return value
}

/** Of the time that was read last: the events of a commit share theirs. */
const last = { text: '', ms: Number.NaN }

/** Milliseconds since 1970. */
export function instant(field: string, value: unknown): number {
  if (value !== last.text) {
    last.ms = Date.parse(text(field, value))
    last.text = value as string
  }
  if (Number.isNaN(last.ms)) throw new Error(`${field} is no time`)
  return last.ms
}
