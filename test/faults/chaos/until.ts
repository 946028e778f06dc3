import { setTimeout as delay } from 'node:timers/promises'
import type { Recorder } from '../../validators/Recorder.ts'

const PATIENCE_MS = 60_000
const AGAIN_MS = 50

/** Waits until something holds, or failing counts as not holding yet; records what is the matter where it never does. */
export async function until(
  holds: () => Promise<boolean>,
  matter: string,
  { unexcused }: Recorder,
): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  for (let left = PATIENCE_MS; left > 0; left = deadline - performance.now()) {
    // One that never answers does not hold either.
    const none = delay(left, false, { ref: false })
    if (await Promise.race([holds().catch(() => false), none])) return
    await delay(AGAIN_MS)
  }
  unexcused.push(`${matter} after ${PATIENCE_MS} ms`)
}
