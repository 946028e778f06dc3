import type { Command } from 'commander'
import { type CommandContext, withExamples } from './command.ts'

const PROCEDURE = `
A table that came back by point-in-time recovery, from a backup or as a replica says that it is the log of before, but what was written
last may not be in it. In a new epoch tokens of before get BAD_TOKEN, cursors of followers CURSOR_EXPIRED, and views are made anew;
in the old one they would be taken for what they no longer are. So, before anything is connected to it:
  1. rollcall epoch show PLACE                       prints its epoch
  2. rollcall epoch renew PLACE --present EPOCH      begins a new one
  3. ROLLCALL_LOG=PLACE, and start servers
The table of before has the same epoch, so look at the table's name twice. Whoever has PLACE open must be stopped first: it goes on in
the old epoch until it looks at the log for /readyz, and takes no writes from then on. See docs/runbook.md.
`

/** `rollcall epoch`: show, renew. */
export function registerEpoch(program: Command, context: CommandContext): void {
  const epoch = program
    .command('epoch')
    .description('The epoch of a log in DynamoDB: what tokens, cursors and views belong to.')
    .addHelpText('after', PROCEDURE.trimEnd())

  const show = epoch
    .command('show')
    .description('Print the epoch.')
    .argument('<place>', 'dynamodb://region/table')
    .action(async (place: string) => {
      const { showEpoch } = await import('./run/epoch.ts')
      context.finish(await showEpoch(place, context.terminal))
    })
  withExamples(show, 'rollcall epoch show dynamodb://eu-west-1/rollcall-restored')

  const renew = epoch
    .command('renew')
    .description('Begin a new epoch in a table that was restored, before anything is connected to it.')
    .argument('<place>', 'dynamodb://region/table; not that of ROLLCALL_LOG')
    .requiredOption('--present <epoch>', 'the one that it is in, as "rollcall epoch show" prints it')
    .addHelpText('after', PROCEDURE.trimEnd())
    .action(async (place: string, { present }: { readonly present: string }) => {
      const { renew } = await import('./run/epoch.ts')
      const served = context.environment.ROLLCALL_LOG ?? ''
      context.finish(await renew({ place, present, served }, context.terminal))
    })
  withExamples(renew, 'rollcall epoch renew dynamodb://eu-west-1/rollcall-restored --present kV3hXq0eTz1B')
}
