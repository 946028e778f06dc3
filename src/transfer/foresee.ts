import type { ClaimKind } from '../domain/claims.ts'
import { fold, tidy } from '../domain/text.ts'
import type { CommandLog } from '../log/EventLog.ts'
import type { Action } from './line.ts'
import type { KeyedLine } from './lineKeys.ts'

/**
 * Asks the log, all at once, what the lines are going to ask it one after the other: whether they were done, and who holds the names
 * that they speak of. Over a log that keeps its answers (`readOnce`) they then wait for nothing.
 */
export async function foresee(log: CommandLog, lines: readonly KeyedLine[]): Promise<void> {
  await Promise.all(
    lines.flatMap(({ tenant, key, action }) => [
      log.recall(tenant, key),
      ...namesIn(action).map(([kind, name]) => log.claimOwner(tenant, kind, fold(tidy(name)))),
    ]),
  )
}

const KINDS: Readonly<Record<string, ClaimKind>> = {
  username: 'username',
  email: 'email',
  group: 'groupName',
  parent: 'groupName',
}

function namesIn(action: Action): readonly (readonly [ClaimKind, string])[] {
  const to: ClaimKind = action.op === 'setUsername' ? 'username' : 'groupName'
  return Object.entries(action).flatMap(([field, value]) => {
    const kind = field === 'to' ? to : KINDS[field]
    return kind === undefined || typeof value !== 'string' || value === '' ? [] : [[kind, value] as const]
  })
}
