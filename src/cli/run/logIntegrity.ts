import { setImmediate as nextTurn } from 'node:timers/promises'
import { openDynamoStoredLog } from '../../log/dynamodb/copy/DynamoStoredLog.ts'
import type { LogProblem } from '../../log/LogProblem.ts'
import { checkIntegrity, type LogRoot } from '../../log/sqlite/integrity/checkIntegrity.ts'
import { checkStoredIntegrity } from '../../log/storedIntegrity.ts'
import type { DynamoTable } from '../engineSettings.ts'

/** What has been found since the last step, and how far it is. */
export interface IntegrityStep {
  readonly problems: readonly LogProblem[]
  readonly events: number
  /** From 0 to 1; null where all is not known. */
  readonly share: number | null
}

export interface CheckedLog {
  readonly events: number
  /** Null for a log without an order of positions. */
  readonly root: LogRoot | null
}

export type IntegrityCheck = AsyncGenerator<IntegrityStep, CheckedLog>

export async function* checkFile(file: string, events: number): IntegrityCheck {
  const steps = checkIntegrity({ file })
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return { events: step.value.position, root: step.value }
    const { problems, share } = step.value
    yield { problems, share, events: Math.round(events * share) }
    // So that a signal is heard.
    await nextTurn()
  }
}

export async function* checkTable(table: DynamoTable): IntegrityCheck {
  const log = await openDynamoStoredLog(table)
  try {
    let events = 0
    for await (const step of checkStoredIntegrity(log)) {
      events = step.events
      yield { ...step, share: null }
    }
    return { events, root: null }
  } finally {
    await log.close()
  }
}
