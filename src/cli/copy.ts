import type { Command } from 'commander'
import { type CommandContext, CommandFailure, withExamples } from './command.ts'
import { EXIT } from './exitCodes.ts'

interface Options {
  readonly from?: string
  readonly to: string
  readonly finish?: boolean
  readonly sourceLost?: boolean
}

const PROCEDURE = `
A place is a folder (SQLite), or dynamodb://region/table, which has to be there, empty; for DynamoDB Local add
?endpoint=http://127.0.0.1:8000. The source is only read. Streams, seqs, events, claims and the records of requests with an
Idempotency-Key go over unchanged; the operator's key does not.

To move, with as little standstill as it takes:
  1. rollcall copy --from A --to B             while servers of A run. Killed, run it again: it goes on.
  2. the same, again                           brings along what was written since, as often as you like.
  3. stop the servers of A, imports, and all else that writes there
  4. rollcall copy --from A --to B --finish    brings along the rest, compares every stream, claim and record
  5. start servers on B
Until 4 nobody can serve B. B has an epoch of its own: tokens of A get BAD_TOKEN there, cursors of followers
CURSOR_EXPIRED, those of lists BAD_CURSOR, upon which clients read again. See docs/moving.md.

If A is lost before 4:
  1. rollcall copy --to B --source-lost            tells up to when B is whole, and what cannot be told
  2. rollcall copy --to B --source-lost --finish   lets B be a log with what it has, if no stream has a hole
Names are given to whom the events say; of requests whose changes are not all there the records are removed. See docs/runbook.md.
`

/** `rollcall copy`. */
export function registerCopy(program: Command, context: CommandContext): void {
  const command = program
    .command('copy')
    .description('Copy a log to another place or engine, while servers run and write.')
    .option('--from <place>', 'the log: a folder, or dynamodb://region/table')
    .requiredOption(
      '--to <place>',
      'a new folder, or an empty table; or a copy of the same log that is under way',
    )
    .option('--finish', 'the source is written no more: compare all, and let the copy be served')
    .option('--source-lost', 'without --from: what the copy has, and what of it could be served')
    .addHelpText('after', PROCEDURE.trimEnd())
    .action(async ({ from, to, finish = false, sourceLost = false }: Options) => {
      if ((from === undefined) !== sourceLost) throw eitherFromOrLost()
      if (from === undefined) {
        const { adoptCopy } = await import('./run/adoptCopy.ts')
        context.finish(await adoptCopy({ to, finish }, context.terminal))
      } else {
        const { copyLog } = await import('./run/copyLog.ts')
        context.finish(await copyLog({ from, to, finish }, context.terminal))
      }
    })
  withExamples(
    command,
    'rollcall copy --from .rollcall --to dynamodb://eu-west-1/rollcall',
    'rollcall copy --from .rollcall --to dynamodb://eu-west-1/rollcall --finish',
    'rollcall copy --from dynamodb://eu-west-1/rollcall --to dynamodb://eu-central-1/rollcall',
    'rollcall copy --from dynamodb://eu-west-1/rollcall --to ./home',
  )
}

const eitherFromOrLost = (): CommandFailure =>
  new CommandFailure(
    '--from: must name the log that is copied, or with --source-lost must be left out',
    EXIT.usage,
  )
