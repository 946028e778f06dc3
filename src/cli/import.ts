import type { Command } from 'commander'
import { type CommandContext, configOf, withDataOption, withExamples } from './command.ts'

interface Options {
  readonly data?: string
  readonly tenant?: string
  readonly dryRun?: boolean
  readonly retryBad?: boolean
}

/** `rollcall import FILE`. */
export function registerImport(program: Command, context: CommandContext): void {
  const command = program
    .command('import')
    .description(
      'Bring a file of changes into the directory. Running it again, or after it was stopped half-way, duplicates nothing.',
    )
    .argument('<file>', 'newline-delimited JSON, also gzipped; - reads standard input')
    .option('--tenant <id>', 'the tenant for every line, whatever the lines say')
    .option('--dry-run', 'check every line and write nothing')
    .option('--retry-bad', 'try lines again that were bad in an earlier run, instead of telling them again')
    .action(async (file: string, { tenant, dryRun = false, retryBad = false, data }: Options) => {
      const options = { file, tenant: tenant ?? null, dryRun, retryBad }
      const { importFile } = await import('./run/importFile.ts')
      context.finish(await importFile(configOf(context, { data }), options, context.terminal))
    })
  withExamples(
    withDataOption(command),
    'rollcall import history.ndjson.gz',
    'rollcall import --dry-run people.ndjson',
    'rollcall import --tenant copy acme.ndjson.gz',
    'generate-people | rollcall import -',
  )
}
