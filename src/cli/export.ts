import type { Command } from 'commander'
import { type CommandContext, configOf, withDataOption, withExamples } from './command.ts'

interface Options {
  readonly data?: string
  readonly tenant: string
  readonly output?: string
}

/** `rollcall export`. */
export function registerExport(program: Command, context: CommandContext): void {
  const command = program
    .command('export')
    .description('Write the present state of a tenant as a file that import reads.')
    .option('--tenant <id>', 'the tenant', 'default')
    .option('--output <file>', 'where to write, gzipped if it ends in .gz (default: standard output)')
    .action(async ({ tenant, output, data }: Options) => {
      const options = { tenant, output: output ?? null }
      const { exportTenant } = await import('./run/exportTenant.ts')
      context.finish(await exportTenant(configOf(context, { data }), options, context.terminal))
    })
  withExamples(
    withDataOption(command),
    'rollcall export --output default.ndjson.gz',
    'rollcall export --tenant acme | jq -c .username',
  )
}
