import type { LogReader } from '../../log/EventLog.ts'
import { attempting } from '../patience.ts'
import type { SyncEnd } from '../querySync.ts'
import { type ScanOptions, scanSync } from '../scanSync.ts'
import { type FollowParts, followJournal } from './followJournal.ts'

export interface LevelParts extends FollowParts {
  readonly log: Pick<LogReader, 'scanPart' | 'read'>
}

/**
 * Fills views that are new from a log that is not, and brings them all that is in the journal. Any number may do so at once, and what
 * one leaves unfinished the next one begins again. Of views that were filled once the log is not read.
 */
export async function levelViews(parts: LevelParts, options: ScanOptions = {}): Promise<SyncEnd> {
  const { log, writer } = parts
  const { stopped = () => false, patience } = options
  const attempt = attempting(patience)
  await writer.beginLoad()
  if ((await writer.isLoading()) && (await scanSync(log, writer, options)) === 'stopped') return 'stopped'
  while ((await attempt(() => writer.isLoading())) !== false) {
    if (stopped()) return 'stopped'
    await attempt(() => writer.finishLoad())
  }
  return followJournal(parts, { stopped })
}
