import { dynamoTable } from '../../src/cli/engineSettings.ts'
import { logFile } from '../../src/cli/run/logFile.ts'
import { logPlace } from '../../src/cli/run/logPlace.ts'
import type { StoredEvent } from '../../src/domain/events.ts'
import { openDynamoLog } from '../../src/log/dynamodb/DynamoLog.ts'
import type { EventLog } from '../../src/log/EventLog.ts'
import type { StoredLogReader } from '../../src/log/StoredLog.ts'
import { openSqliteLog } from '../../src/log/sqlite/SqliteLog.ts'

/** All that a log says, whatever engine it is on, in an order that does not depend on it. */
export interface Contents {
  readonly streams: Readonly<
    Record<string, { readonly hash: string; readonly events: readonly StoredEvent[] }>
  >
  readonly claims: readonly string[]
  readonly requests: readonly string[]
}

/** Read by nothing of what copies or compares. */
export async function contentsOf(place: string): Promise<Contents> {
  const log = await logPlace('a place', place).read()
  try {
    const streams: [string, Contents['streams'][string]][] = []
    const claims: string[] = []
    const requests: string[] = []
    for (let after: string | null = null, isFirst = true; isFirst || after !== null; isFirst = false) {
      const page: Awaited<ReturnType<StoredLogReader['page']>> = await log.page(after)
      for (const { stream, seq, hash } of page.heads) {
        const [events = []] = await log.ranges([{ stream, after: 0, limit: seq }])
        streams.push([stream, { hash, events: events.map(({ commit: _, position: __, ...said }) => said) }])
      }
      claims.push(
        ...page.claims.map(({ tenant, kind, value, owner }) => `${tenant} ${kind} ${value} ${owner}`),
      )
      requests.push(...page.requests.map((request) => JSON.stringify(Object.entries(request).sort())))
      after = page.next
    }
    streams.sort(([a], [b]) => (a < b ? -1 : 1))
    return { streams: Object.fromEntries(streams), claims: claims.sort(), requests: requests.sort() }
  } finally {
    await log.close()
  }
}

/** To be written, and made where there is none. */
export async function openAt(place: string): Promise<EventLog> {
  const table = place.includes('://') ? dynamoTable(place) : null
  if (table === null) return openSqliteLog({ file: logFile(place) })
  if (!table.ok || table.value === null) throw new Error(`no place: ${place}`)
  return openDynamoLog(table.value)
}
