import { type StreamName, userStream } from '../../src/domain/streams.ts'
import { openSqliteLog } from '../../src/log/sqlite/SqliteLog.ts'
import { append, claimOf, commitOf, TENANT, times, username } from '../conformance/eventLog/commits.ts'

/**
 * A process that renames users, eight at a time, and says on stdout, a JSON line each, what the log has acknowledged.
 * Arguments: the log's file, the process's name, and how many renames each user gets.
 */
export interface Acknowledged {
  readonly stream: StreamName
  readonly seq: number
  readonly username: string
}

const [file = '', name = '', rounds = '0'] = process.argv.slice(2)
const shared = userStream(TENANT, 'shared')
const log = await openSqliteLog({ file })

/** One rename: the new name is claimed and the old released. Every third is also noted in a stream that all writers share. */
async function rename(id: string, round: number): Promise<void> {
  const stream = userStream(TENANT, id)
  const alsoShared = round % 3 === 0
  for (;;) {
    const { seq, latest } = await log.head(stream)
    const [sharedSeq = 0] = await log.seqs([shared])
    const before = latest[0]?.event
    const next = `${id}-${seq + 1}`
    const appends = [append(stream, seq, username(next))]
    if (alsoShared) appends.push(append(shared, sharedSeq, username(next)))
    const outcome = await log.commit(
      commitOf({
        appends,
        claims: [claimOf(id, next)],
        releases: before?.type === 'SetUsername' ? [claimOf(id, before.username)] : [],
      }),
    )
    if (outcome.kind !== 'committed') continue
    for (const [written, at] of outcome.written) say({ stream: written, seq: at, username: next })
    return
  }
}

const say = (acknowledged: Acknowledged): void => {
  process.stdout.write(`${JSON.stringify(acknowledged)}\n`)
}

async function write(writer: number): Promise<void> {
  for (let round = 1; round <= Number(rounds); round++) await rename(`${name}${writer}`, round)
}

await Promise.all(times(8, write))
await log.close()
