import { fork } from 'node:child_process'
import { on, once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import type { AppendOrder } from './appender.ts'

export interface Elsewhere {
  /** Resolves when the other process has committed all of it. */
  append(order: AppendOrder): Promise<void>
  close(): Promise<void>
}

/** Starts another process that has the log open. */
export async function elsewhere(logFile: string): Promise<Elsewhere> {
  const child = fork(fileURLToPath(new URL('./appender.ts', import.meta.url)), [logFile], { execArgv: [] })
  await once(child, 'message')
  return {
    async append(order) {
      const answers = on(child, 'message')
      child.send(order)
      for await (const [done] of answers) if (isDeepStrictEqual(done, order)) return
    },
    async close() {
      const exited = once(child, 'exit')
      child.disconnect()
      await exited
    },
  }
}
