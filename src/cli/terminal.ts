import { EXIT } from './exitCodes.ts'
import { systemTrouble } from './systemTrouble.ts'

/** The one place that writes to the process's own output. What a command yields goes out, what it says about it to the notes. */
export interface Terminal {
  /** A line to standard output. */
  print(line: string): void
  /** A line to standard error. */
  note(line: string): void
  /** Text to standard error as it is: for a line that is drawn over. */
  draw(text: string): void
  /** Whether somebody is looking at standard error. */
  readonly interactive: boolean
  readonly columns: number
  /** Whether standard output is looked at, and shows colours. */
  readonly colors: boolean
}

export const processTerminal: Terminal = {
  print: (line) => void process.stdout.write(`${line}\n`),
  note: (line) => void process.stderr.write(`${line}\n`),
  draw: (text) => void process.stderr.write(text),
  interactive: process.stderr.isTTY === true,
  get columns() {
    return process.stderr.columns ?? 80
  },
  colors: process.stdout.isTTY === true && process.stdout.hasColors(),
}

/** A reader that has had enough, such as `head`, is no failure. What cannot be written otherwise ends the process: nobody would know. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit()
  const trouble = systemTrouble(error, OUTPUT)
  processTerminal.note(trouble?.message ?? `${OUTPUT}: ${error.message}`)
  process.exit(trouble?.exitCode ?? EXIT.unavailable)
})

const OUTPUT = 'Standard output'
