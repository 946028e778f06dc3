import type { Command } from 'commander'
import { type CommandContext, configOf, withDataOption, withExamples } from './command.ts'
import { pastTimeOption } from './timeOption.ts'

interface Options {
  readonly data?: string
  readonly tenant: string
  readonly output?: string
  readonly asOf?: string
}

/** `rollcall export`. */
export function registerExport(program: Command, context: CommandContext): void {
  const command = program
    .command('export')
    .description('Write the state of a tenant, now or at any time, as a file that import reads.')
    .option('--tenant <id>', 'the tenant', 'default')
    .option('--output <file>', 'where to write, gzipped if it ends in .gz (default: standard output)')
    .option('--as-of <time>', 'the state at this time (2026-01-31, or 2026-01-31T12:00:00Z)', pastTimeOption)
    .action(async ({ tenant, output, asOf, data }: Options) => {
      const options = { tenant, output: output ?? null, asOf: asOf ?? null }
      const { exportTenant } = await import('./run/exportTenant.ts')
      context.finish(await exportTenant(configOf(context, { data }), options, context.terminal))
    })
  withExamples(
    withDataOption(command),
    'rollcall export --output default.ndjson.gz',
    'rollcall export --tenant acme | jq -c .username',
    'rollcall export --as-of 2025-12-31 --output then.ndjson',
  )
}
