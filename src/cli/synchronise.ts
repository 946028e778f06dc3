import type { Command } from 'commander'
import { type CommandContext, configOf, withExamples } from './command.ts'

/** `rollcall synchronise`. */
export function registerSynchronise(program: Command, context: CommandContext): void {
  const command = program
    .command('synchronise')
    .description(
      'Bring events from the stream of ROLLCALL_FEED to the views, until SIGTERM or SIGINT. Any number may run, beside any number of servers.',
    )
    .action(async () => {
      const { synchronise } = await import('./run/synchronise.ts')
      context.finish(await synchronise(configOf(context, {})))
    })
  withExamples(
    command,
    'ROLLCALL_LOG=dynamodb://eu-west-1/rollcall ROLLCALL_VIEWS=postgres://… ROLLCALL_FEED=kinesis://eu-west-1/platform-events rollcall synchronise',
  )
}
