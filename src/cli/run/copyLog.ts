import {
  type CopyOf,
  type LogCopy,
  NotACopy,
  type OpenedCopy,
  type StoredLogReader,
} from '../../log/StoredLog.ts'
import { type Compared, compareLogs } from '../../transfer/copy/compareLogs.ts'
import { type Copied, copyMissing } from '../../transfer/copy/copyMissing.ts'
import { CommandFailure } from '../command.ts'
import { EXIT, type ExitCode } from '../exitCodes.ts'
import { createProgress } from '../progress.ts'
import type { Terminal } from '../terminal.ts'
import { count } from './count.ts'
import { type LogPlace, logPlace } from './logPlace.ts'
import { tellFirst } from './tellFirst.ts'

export interface CopyRequest {
  readonly from: string
  readonly to: string
  /** Whether it ends here: whoever wrote the source has been stopped. */
  readonly finish: boolean
}

/** Copies a log to another place, and lets it be a log once it is whole. What was killed is gone on with. */
export async function copyLog({ from, to, finish }: CopyRequest, terminal: Terminal): Promise<ExitCode> {
  const [source, target] = [logPlace('--from', from), logPlace('--to', to)]
  if (source.key === target.key) throw new CommandFailure('--from and --to: are the same place', EXIT.usage)
  const log = await source.read()
  try {
    const copy = await openCopy(target, log)
    if (copy === 'finished') return finishedBefore(target, finish, terminal)
    try {
      await (finish ? finishCopy(log, copy, target, terminal) : pass(log, copy, terminal, notYet(target)))
      return EXIT.ok
    } catch (error) {
      throw error instanceof NotACopy ? refused(target, error) : error
    } finally {
      await copy.close()
    }
  } finally {
    await log.close()
  }
}

/** Begun, or gone on with. Fails where something else is there. */
export async function openCopy(target: LogPlace, source: CopyOf): Promise<OpenedCopy> {
  try {
    return await target.copy(source)
  } catch (error) {
    throw error instanceof NotACopy ? (source === null ? noOrphan : refused)(target, error) : error
  }
}

const noOrphan = ({ name }: LogPlace, { message }: NotACopy): CommandFailure =>
  new CommandFailure(`--to: ${name} ${message}: --source-lost is for a copy that was begun`, EXIT.usage)

const refused = ({ name }: LogPlace, { message }: NotACopy): CommandFailure =>
  new CommandFailure(
    `--to: ${name} ${message}, and nothing is ever overwritten: a copy goes to a new folder or an empty table`,
    EXIT.usage,
  )

function finishedBefore({ name }: LogPlace, finish: boolean, terminal: Terminal): ExitCode {
  if (!finish) {
    throw new CommandFailure(
      `--to: ${name} is a copy that was finished: it goes its own way since`,
      EXIT.usage,
    )
  }
  terminal.print(`The copy in ${name} was finished before: nothing is left to do`)
  return EXIT.ok
}

const notYet = ({ name }: LogPlace): string =>
  `Nobody can serve ${name} yet. Run it again to bring along what was written since; ` +
  'once all that writes the source has stopped, with --finish'

async function pass(log: StoredLogReader, copy: LogCopy, terminal: Terminal, after: string): Promise<Copied> {
  const progress = createProgress({ things: 'events', terminal })
  const all = await log.size()
  const copied = await copyMissing(log, copy, (events) =>
    progress.update(events, all === null || all === 0 ? null : Math.min(1, events / all)),
  )
  progress.end(copied.events)
  const { events, claims, requests } = copied
  terminal.print(
    `${count(events, 'event')}, ${count(claims, 'claim')} and ${count(requests, 'record')} of requests were new. ${after}`,
  )
  return copied
}

/** 1. What is left. 2. Places for the events. 3. Compare all. 4. Nobody has written meanwhile. 5. It is a log. */
async function finishCopy(
  log: StoredLogReader,
  copy: LogCopy,
  target: LogPlace,
  terminal: Terminal,
): Promise<void> {
  await pass(log, copy, terminal, 'Now it is put in order, and compared')
  await putInOrder(copy, terminal)
  const compared: Compared = { streams: 0, events: 0, claims: 0, requests: 0 }
  const found = compareLogs(log, copy, compared)
  const differences = await tellFirst(found, 'events compared', copy, compared, terminal)
  const since = await copyMissing(log, copy, () => {})
  if (since.events + since.claims + since.requests > 0) throw stillWritten(target)
  if (differences > 0) {
    const message = `${target.name} differs from its source: ${count(differences, 'difference')}. It was not finished`
    throw new CommandFailure(message, EXIT.problems)
  }
  await copy.finish()
  const { streams, events, claims, requests } = compared
  terminal.print(
    `${count(streams, 'stream')} with ${count(events, 'event')}, ${count(claims, 'claim')} and ${count(requests, 'record')} of requests are equal in both`,
  )
  terminal.print(isLogNow(target))
}

export const isLogNow = ({ name }: LogPlace): string =>
  `${name} is a log now, under a new epoch. Clients that hold tokens or cursors from before are told so: they read again, and followers start from a fresh copy`

export async function putInOrder(copy: LogCopy, terminal: Terminal): Promise<void> {
  const ordering = createProgress({ things: 'events put in order', terminal })
  await copy.arrange((events) => ordering.update(events, null))
}

const stillWritten = ({ name }: LogPlace): CommandFailure =>
  new CommandFailure(
    `The source was written meanwhile: stop whatever writes it, and run this again. ${name} was not finished`,
    EXIT.unavailable,
  )
