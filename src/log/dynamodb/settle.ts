import { randomUUID } from 'node:crypto'
import { notWritten } from '../EventLog.ts'
import type { CancellationReason, Table, TransactWriteItem } from './database.ts'
import { asUnavailable, codesOf, isFailed, passingReason, type RetryReason, retryReason } from './failures.ts'
import { Attempts } from './retry.ts'

/** A table that has not grown yet takes less than a copy has to give: so long that is waited for. */
const THROTTLED_MS = 300_000

/**
 * Sends a transaction until it has happened (null), or a condition of it does not hold: then the reasons, one for each item. The token is
 * the same each time, so an attempt whose answer was lost is no other; DynamoDB remembers it for ten minutes.
 */
export async function settle(
  table: Table,
  items: TransactWriteItem[],
): Promise<readonly CancellationReason[] | null> {
  const token = randomUUID()
  const attempts = new Attempts(table.onRetry)
  const deadline = performance.now() + THROTTLED_MS
  for (;;) {
    const trouble = await attempt(table, items, token)
    if (trouble === null) return null
    const { reasons, passing, error } = trouble
    if (reasons.some(isFailed)) return reasons
    if (passing !== null && (await attempts.another(passing))) continue
    if (passing !== 'throttled' || performance.now() > deadline) throw error
    attempts.begin()
  }
}

interface Trouble {
  readonly reasons: readonly CancellationReason[]
  readonly passing: RetryReason | null
  readonly error: unknown
}

async function attempt(table: Table, items: TransactWriteItem[], token: string): Promise<Trouble | null> {
  try {
    const reasons = await table.transact(items, token)
    if (reasons === null) return null
    return { reasons, passing: passingReason(reasons), error: notWritten(codesOf(reasons)) }
  } catch (error) {
    return { reasons: [], passing: retryReason(error), error: asUnavailable('written', error) }
  }
}
