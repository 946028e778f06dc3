import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { start } from './process.ts'

export interface Supervised {
  /** What it ended with each time, until now. */
  readonly codes: readonly (number | null)[]
  stop(): Promise<void>
}

/** A command of the built CLI that is started again whenever it ends, as whoever keeps servers running does. */
export function supervised(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Supervised {
  const codes: (number | null)[] = []
  let child: ChildProcess
  let isStopped = false
  const running = (async () => {
    while (!isStopped) {
      child = start(args, environment)
      child.stdout?.resume()
      child.stderr?.resume()
      const [code] = (await once(child, 'close')) as [number | null]
      if (!isStopped) codes.push(code)
    }
  })()
  return {
    codes,
    async stop() {
      isStopped = true
      child.kill('SIGKILL')
      await running
    },
  }
}
