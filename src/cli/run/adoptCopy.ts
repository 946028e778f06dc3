import type { LogCopy } from '../../log/StoredLog.ts'
import { emptyOrphanTally, type OrphanTally, settleOrphan } from '../../transfer/copy/settleOrphan.ts'
import { CommandFailure } from '../command.ts'
import { EXIT, type ExitCode } from '../exitCodes.ts'
import type { Terminal } from '../terminal.ts'
import { isLogNow, openCopy, putInOrder } from './copyLog.ts'
import { count } from './count.ts'
import { type LogPlace, logPlace } from './logPlace.ts'
import { MAX_TOLD, tellFirst } from './tellFirst.ts'

export interface AdoptRequest {
  readonly to: string
  /** Whether it is to be a log with what it has. Otherwise it is only told what that is. */
  readonly finish: boolean
}

/** Tells what a copy has whose source is lost, and lets it be a log with that. What was killed is gone on with. */
export async function adoptCopy({ to, finish }: AdoptRequest, terminal: Terminal): Promise<ExitCode> {
  const target = logPlace('--to', to)
  const copy = await openCopy(target, null)
  if (copy === 'finished') {
    terminal.print(`The copy in ${target.name} was finished before: nothing is left to do`)
    return EXIT.ok
  }
  try {
    await putInOrder(copy, terminal)
    const tally = await settle(copy, finish, terminal)
    tellWhole(target, tally, await copy.lastPass(), terminal)
    tellMended(tally, finish, terminal)
    if (tally.broken > 0) {
      const message = `${target.name} was not finished: ${count(tally.broken, 'stream')} of it cannot be served`
      throw new CommandFailure(message, EXIT.problems)
    }
    if (finish) await copy.finish()
    terminal.print(
      finish
        ? isLogNow(target)
        : `Nobody can serve ${target.name} yet: the same with --finish lets it be a log as it is. There is no way back to its source then`,
    )
    return EXIT.ok
  } finally {
    await copy.close()
  }
}

async function settle(copy: LogCopy, mend: boolean, terminal: Terminal): Promise<OrphanTally> {
  const tally = emptyOrphanTally()
  const lines = await tellFirst(
    settleOrphan(copy, mend, tally),
    'events looked through',
    copy,
    tally,
    terminal,
  )
  if (lines > MAX_TOLD) terminal.print(`and ${count(lines - MAX_TOLD, 'more line')} like these`)
  return tally
}

function tellWhole(
  { name }: LogPlace,
  { streams, events, newest, broken }: OrphanTally,
  lastPass: string | null,
  terminal: Terminal,
): void {
  const until = newest === '' ? '' : `; the newest is of ${newest}`
  terminal.print(`${name} has ${count(streams, 'stream')} with ${count(events, 'event')}${until}`)
  terminal.print(
    lastPass === null
      ? 'No pass over its source has come to its end: any stream may be missing, or be as it was once'
      : `All that was acknowledged before ${lastPass} is there: then the last whole pass over its source began`,
  )
  if (broken > 0) return
  terminal.print(
    `Of what was ${lastPass === null ? 'written' : 'written since'}, some is there and some is lost. Of each stream it is the beginning, without a hole; ` +
      'of a change to several streams it may be a part, which is told only where the change had an Idempotency-Key' +
      (lastPass === null ? '' : `. "rollcall audit --since ${lastPass}" shows it, once it is served`),
  )
}

function tellMended({ claims, requests, torn }: OrphanTally, finish: boolean, terminal: Terminal): void {
  const are = finish ? 'are' : 'will be'
  if (claims > 0) {
    terminal.print(
      `${count(claims, 'claim')} did not fit the events: names ${are} given to whom the events say`,
    )
  }
  if (requests > 0) {
    terminal.print(
      `${count(requests, 'record')} of requests ${are} removed whose changes are not all there: sent again, such a request is carried out`,
    )
  }
  if (torn > 0) terminal.print(`${count(torn, 'thing')} as told above: for people to look at`)
}
