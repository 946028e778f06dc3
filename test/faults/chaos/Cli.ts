import { type Finished, rollcall } from '../../support/process.ts'
import type { Recorder } from '../../validators/Recorder.ts'

/** Commands of the CLI, any number at a time; what must not happen beside one waits for them, and they for it. */
export class Cli {
  readonly #environment: Readonly<Record<string, string>>
  readonly #running = new Set<Promise<unknown>>()
  #closed: Promise<void> = Promise.resolve()

  constructor(environment: Readonly<Record<string, string>>) {
    this.#environment = environment
  }

  async run(args: readonly string[], signal?: AbortSignal): Promise<Finished> {
    await this.#closed
    const running = rollcall(args, this.#environment, signal)
    this.#running.add(running)
    return running.finally(() => this.#running.delete(running))
  }

  without(act: () => Promise<void>): Promise<void> {
    this.#closed = this.#closed.then(() => Promise.all(this.#running)).then(act)
    return this.#closed
  }
}

export function mustSucceed({ unexcused }: Recorder, what: string, finished: Finished | null): void {
  const { code, stdout, stderr } = finished ?? { code: 0, stdout: '', stderr: '' }
  if (code !== 0) unexcused.push(`${what} ended with ${code}: ${stdout}${stderr}`)
}
