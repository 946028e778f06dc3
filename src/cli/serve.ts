import type { Command } from 'commander'
import { type CommandContext, configOf, withDataOption, withExamples } from './command.ts'
import { misspelt } from './misspelt.ts'

interface Options {
  readonly port?: string
  readonly host?: string
  readonly data?: string
  readonly demo?: boolean
}

/** `rollcall serve`: the gateway, until it is told to stop. */
export function registerServe(program: Command, context: CommandContext): void {
  const command = program
    .command('serve')
    .description('Serve the GraphQL API and its playground until SIGTERM or SIGINT.')
    .option('--port <number>', 'the port to listen on (default: PORT or 4000)')
    .option('--host <address>', 'the address to listen on (default: HOST or 127.0.0.1)')
    .option('--demo', 'fill an empty directory with a believable organisation of 1,000 people')
    .action(async ({ demo = false, ...flags }: Options) => {
      for (const line of misspelt(context.environment)) context.terminal.note(line)
      const { serve } = await import('./run/serve.ts')
      context.finish(await serve(configOf(context, flags), { demo }, context.terminal))
    })
  withExamples(
    withDataOption(command),
    'rollcall serve',
    'rollcall serve --demo',
    'PORT=8080 HOST=0.0.0.0 ROLLCALL_DATA=/var/lib/rollcall rollcall serve',
  )
}
