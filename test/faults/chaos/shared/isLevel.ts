import type { LogReader } from '../../../../src/log/EventLog.ts'
import type { ViewReader } from '../../../../src/views/ViewStore.ts'
import { headsOf } from './headsOf.ts'

/** Whether the views have every stream of the tenant as far as the log has it. */
export async function isLevel(log: LogReader, views: ViewReader): Promise<boolean> {
  const heads = await headsOf(log)
  const applied = await views.applied([...heads.keys()])
  return [...heads.values()].every((seq, i) => (applied[i] ?? 0) >= seq)
}
