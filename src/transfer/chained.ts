import type { StreamName } from '../domain/streams.ts'
import type { LogCommit } from '../log/EventLog.ts'

/**
 * Commits that are submitted together, each naming those before it that its streams are expected from. Without that, one whose
 * predecessor was refused could win all the same, where another process has brought the stream to the same seq.
 */
export function chained(commits: readonly LogCommit[]): readonly LogCommit[] {
  const newest = new Map<StreamName, LogCommit>()
  return commits.map((commit) => {
    const streams = [...commit.appends, ...commit.checks].map(({ stream }) => stream)
    const after = [...new Set(streams.flatMap((stream) => newest.get(stream) ?? []))]
    const one = after.length === 0 ? commit : { ...commit, after }
    for (const { stream } of commit.appends) newest.set(stream, one)
    return one
  })
}
