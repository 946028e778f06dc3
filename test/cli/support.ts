import { runProgram } from '../../src/cli/program.ts'
import type { Terminal } from '../../src/cli/terminal.ts'

/** A terminal that keeps what it is told. */
export interface RecordedTerminal extends Terminal {
  readonly printed: string[]
  readonly noted: string[]
  readonly drawn: string[]
}

export function recordTerminal({ interactive = false, columns = 80, colors = false } = {}): RecordedTerminal {
  const printed: string[] = []
  const noted: string[] = []
  const drawn: string[] = []
  return {
    printed,
    noted,
    drawn,
    interactive,
    columns,
    colors,
    print: (line) => void printed.push(line),
    note: (line) => void noted.push(line),
    draw: (text) => void drawn.push(text),
  }
}

/** A command, in this process, and all that it said. */
export async function run(...args: string[]) {
  const terminal = recordTerminal()
  const code = await runProgram(args, terminal)
  return { code, printed: terminal.printed.join('\n'), noted: terminal.noted.join('\n') }
}
