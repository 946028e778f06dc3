import type { LogCopy } from '../../log/StoredLog.ts'
import { createProgress } from '../progress.ts'
import type { Terminal } from '../terminal.ts'

/** So many lines are told. */
export const MAX_TOLD = 20
const TICK_MS = 100

/**
 * Prints the first lines that a look through a copy finds, and how far it is: `looked` counts up meanwhile. Resolves to how many lines
 * there were.
 */
export async function tellFirst(
  lines: AsyncIterable<string>,
  things: string,
  copy: LogCopy,
  looked: { readonly events: number },
  terminal: Terminal,
): Promise<number> {
  const progress = createProgress({ things, terminal })
  const all = await copy.size()
  const share = () => (all === null || all === 0 ? null : looked.events / all)
  const ticker = setInterval(() => progress.update(looked.events, share()), TICK_MS)
  let told = 0
  try {
    for await (const line of lines) if (++told <= MAX_TOLD) terminal.print(line)
  } finally {
    clearInterval(ticker)
  }
  progress.end(looked.events)
  return told
}
