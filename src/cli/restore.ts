import type { Command } from 'commander'
import { type CommandContext, folderConfigOf, withDataOption, withExamples } from './command.ts'

interface Options {
  readonly data?: string
  readonly verify: boolean
}

const INSTEAD =
  'a table comes back by its point-in-time recovery, and a backup that was restored to a folder goes into an empty table with "rollcall copy"'

/** `rollcall restore FOLDER`. */
export function registerRestore(program: Command, context: CommandContext): void {
  const command = program
    .command('restore')
    .description(
      'Put a backup into an empty data folder, after checking it. The log gets a new epoch: tokens and cursors that clients hold are refused, clearly, since they may speak of changes that are not in it.',
    )
    .argument('<folder>', 'what rollcall backup made')
    .option(
      '--no-verify',
      'compare the files with their digests, but do not check positions, chains and claims',
    )
    .action(async (folder: string, { verify, data }: Options) => {
      const { restore } = await import('./run/restore.ts')
      context.finish(
        await restore(folderConfigOf(context, { data }, INSTEAD), { folder, verify }, context.terminal),
      )
    })
  withExamples(
    withDataOption(command),
    'rollcall restore /mnt/backups/2026-11-24 --data /var/lib/rollcall',
    'rollcall restore --no-verify monday',
  )
}
