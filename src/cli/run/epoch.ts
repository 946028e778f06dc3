import { epochOf, renewEpoch } from '../../log/dynamodb/renewEpoch.ts'
import { CommandFailure } from '../command.ts'
import { type DynamoTable, dynamoTable } from '../engineSettings.ts'
import { EXIT, type ExitCode } from '../exitCodes.ts'
import type { Terminal } from '../terminal.ts'

export async function showEpoch(place: string, terminal: Terminal): Promise<ExitCode> {
  terminal.print(await epochOf(tableOf(place)))
  return EXIT.ok
}

export interface RenewRequest {
  readonly place: string
  readonly present: string
  /** Where servers find the log, as this shell is told; empty if it is not. */
  readonly served: string
}

/**
 * A restored table has the epoch of the one that it was made from: telling it is no proof that the right one is meant. So the one that
 * servers are told of is refused, whatever its epoch.
 */
export async function renew({ place, present, served }: RenewRequest, terminal: Terminal): Promise<ExitCode> {
  const table = tableOf(place)
  const live = dynamoTable(served)
  if (live.ok && live.value?.table === table.table && live.value.region === table.region) {
    throw new CommandFailure(
      `${place} is what ROLLCALL_LOG names, and so what servers serve. If it is not served, and what was restored, unset ROLLCALL_LOG first`,
      EXIT.usage,
    )
  }
  const { epoch, isNew } = await renewEpoch(table, present)
  if (!isNew) {
    throw new CommandFailure(
      `--present: ${place} is in the epoch ${epoch}, not in ${JSON.stringify(present)}: nothing was done`,
      EXIT.usage,
    )
  }
  terminal.print(`${place} is in the epoch ${epoch} now, and was in ${present}`)
  terminal.print(
    'Clients that hold tokens or cursors from before are told so: they read again, and followers start from a fresh copy. Views are made anew by the first server',
  )
  return EXIT.ok
}

function tableOf(place: string): DynamoTable {
  const table = dynamoTable(place)
  if (table.ok && table.value !== null) return table.value
  const wanted = table.ok ? 'must not be empty' : table.error
  throw new CommandFailure(
    `<place>: ${wanted}. A folder gets a new epoch by "rollcall backup" and "rollcall restore"`,
    EXIT.usage,
  )
}
