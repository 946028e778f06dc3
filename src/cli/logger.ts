import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'
import type { Config } from './config.ts'
import { readableLines } from './readableLog.ts'

/** Names under which a secret could come into a message, at its top or one level below. */
const SECRETS = ['authorization', 'cookie', '["set-cookie"]', 'secret', 'operatorKey', 'key', 'password']
const PLACES = ['', '*.', 'req.headers.', 'headers.', 'res.headers.']

const REDACTED = PLACES.flatMap((place) => SECRETS.map((name) => `${place}${name}`.replace('.[', '[')))

/** JSON lines with ISO times and levels by name; on a terminal, lines to read. Secrets are replaced by `[hidden]`. */
export function createLogger(
  level: Config['logLevel'],
  destination: DestinationStream = standardOutput(),
): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED, censor: '[hidden]' },
    },
    destination,
  )
}

const standardOutput = (): DestinationStream =>
  process.stdout.isTTY
    ? readableLines((line) => void process.stdout.write(line))
    : pino.destination({ fd: 1, sync: true })
