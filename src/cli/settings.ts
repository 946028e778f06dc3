import { err, ok, type Result } from '../domain/result.ts'

/** How one value is configured: the table of these is all there is to configure. */
export interface Setting<A> {
  readonly variable: string
  /** As one would write it in the environment; empty for none. */
  readonly standard: string
  readonly about: string
  /** A secret's value is never shown. */
  readonly secret?: true
  /** The error says what would be right: `must be …`. */
  readonly read: (text: string) => Result<A, string>
}

export const text = (text: string): Result<string, string> => ok(text)

export function wholeNumber(min: number, max: number): Setting<number>['read'] {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    return value >= min && value <= max ? ok(value) : err(`must be a whole number from ${min} to ${max}`)
  }
}

export function oneOf<A extends string>(...choices: readonly A[]): Setting<A>['read'] {
  return (text) => {
    const choice = choices.find((each) => each === text.toLowerCase())
    return choice === undefined ? err(`must be one of ${choices.join(', ')}`) : ok(choice)
  }
}

export function onOrOff(text: string): Result<boolean, string> {
  const choice = oneOf('on', 'off')(text)
  return choice.ok ? ok(choice.value === 'on') : choice
}

const UNIT_MS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
}
const MAX_DURATION_MS = 36_500 * 86_400_000

/** In milliseconds, at least a minute; null for ever. */
export function duration(text: string): Result<number | null, string> {
  if (text.toLowerCase() === 'forever') return ok(null)
  const [, count, unit = ''] = /^(\d+)([mhdw])$/i.exec(text) ?? []
  const ms = Number(count) * (UNIT_MS[unit.toLowerCase()] ?? Number.NaN)
  return ms > 0 && ms <= MAX_DURATION_MS
    ? ok(ms)
    : err(
        'must be forever, or a whole number of minutes, hours, days or weeks up to 36500d, such as 90d, 12h or 30m',
      )
}

const MIN_KEY_CHARS = 16

/** Empty: none. */
export function secretKey(text: string): Result<string | null, string> {
  if (text === '') return ok(null)
  return /^[\x21-\x7e]+$/.test(text) && text.length >= MIN_KEY_CHARS
    ? ok(text)
    : err(`must be at least ${MIN_KEY_CHARS} printable ASCII characters without a space`)
}

/** Comma-separated, as browsers send them. Empty: none. `*`: any. */
export function origins(text: string): Result<readonly string[], string> {
  const list = text
    .split(',')
    .map((origin) => origin.trim())
    .filter((origin) => origin !== '')
  return list.every((origin) => origin === '*' || isOrigin(origin))
    ? ok(list)
    : err('must be * or a comma-separated list of origins like https://admin.example.org')
}

const isOrigin = (text: string): boolean =>
  /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text
