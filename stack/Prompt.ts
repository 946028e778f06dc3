import { createInterface, type Interface } from 'node:readline'
import { command, completions } from './commands.ts'
import type { Stack } from './Stack.ts'

/** Takes commands from standard input, one after the other: at a prompt on a terminal, else line by line. */
export class Prompt {
  /** Resolves when somebody wants to end it all. */
  readonly quit: Promise<void>
  readonly #lines: Interface
  readonly #isTerminal = process.stdin.isTTY === true
  #turn: Promise<void> = Promise.resolve()

  constructor(stack: Stack) {
    this.#lines = createInterface({
      input: process.stdin,
      ...(this.#isTerminal && { output: process.stdout }),
      completer: (line: string) => [completions(stack, line), line],
      prompt: '> ',
    })
    const { promise, resolve } = Promise.withResolvers<void>()
    this.quit = promise
    this.#lines.on('line', (line) => {
      if (line.trim() === 'quit') resolve()
      else this.#turn = this.#turn.then(() => this.#carryOut(stack, line))
    })
    this.#lines.on('SIGINT', resolve)
    // Whoever has no terminal has no more commands, and that is all.
    this.#lines.on('close', () => this.#isTerminal && resolve())
    this.#show()
  }

  /** A line between the commands. */
  say(text: string): void {
    if (this.#isTerminal) process.stdout.write('\r\x1b[K')
    process.stdout.write(`${text}\n`)
    this.#show()
  }

  close(): void {
    this.#lines.close()
  }

  async #carryOut(stack: Stack, line: string): Promise<void> {
    const said = await command(stack, line).catch((error: unknown) =>
      error instanceof Error ? error.message : String(error),
    )
    if (said === '') this.#show()
    else this.say(said)
  }

  #show(): void {
    if (this.#isTerminal) this.#lines.prompt(true)
  }
}
