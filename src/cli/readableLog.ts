import type { DestinationStream } from 'pino'

/** Turns JSON log lines into ones to read: `14:03:07 info  listening port=4000`. An error's stack follows on its own lines. */
export const readableLines = (write: (text: string) => void): DestinationStream => ({
  write: (line) => write(readable(JSON.parse(line) as Readonly<Record<string, unknown>>)),
})

function readable({ time, level, msg = '', err, ...fields }: Readonly<Record<string, unknown>>): string {
  const facts = Object.entries(fields).map(([name, value]) => ` ${name}=${inline(value)}`)
  const clock = String(time).slice(11, 19)
  return `${clock} ${String(level).padEnd(5)} ${String(msg)}${facts.join('')}\n${stackOf(err)}`
}

const inline = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

const stackOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'stack' in error ? `${String(error.stack)}\n` : ''
