import type { CommandLog } from './EventLog.ts'

/** The same log, but for how it commits. */
export const withCommit = (log: CommandLog, commit: CommandLog['commit']): CommandLog => ({
  head: (stream) => log.head(stream),
  seqs: (streams) => log.seqs(streams),
  claimOwner: (tenant, kind, value) => log.claimOwner(tenant, kind, value),
  recall: (tenant, key) => log.recall(tenant, key),
  read: (stream, after, limit) => log.read(stream, after, limit),
  commit,
})
