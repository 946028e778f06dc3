import type { Command } from 'commander'
import { type CommandContext, folderConfigOf, withDataOption, withExamples } from './command.ts'

interface Options {
  readonly data?: string
}

const INSTEAD =
  'a table is kept by its point-in-time recovery (see infra/), and "rollcall copy" copies it to a folder'

/** `rollcall backup FOLDER`. */
export function registerBackup(program: Command, context: CommandContext): void {
  const command = program
    .command('backup')
    .description(
      'Copy the log as of one moment, and the hash of a generated operator key, while servers run and write. Views are not in it: they are made from the log. Keep it as safe as the data: it holds the secret that signs tokens.',
    )
    .argument('<folder>', 'a new or empty folder')
    .action(async (folder: string, { data }: Options) => {
      const { backup } = await import('./run/backup.ts')
      context.finish(await backup(folderConfigOf(context, { data }, INSTEAD), { folder }, context.terminal))
    })
  withExamples(
    withDataOption(command),
    'rollcall backup /mnt/backups/$(date +%F)',
    'rollcall backup --data /var/lib/rollcall monday',
  )
}
