import { type Command, Option } from 'commander'
import { FOLLOWED_EVENTS } from '../domain/changeFilter.ts'
import { type CommandContext, CommandFailure, withExamples } from './command.ts'
import { EXIT } from './exitCodes.ts'

interface Options {
  readonly url: string
  readonly key?: string
  readonly tenant?: string
  readonly snapshot?: boolean
  readonly after?: string
  readonly user?: readonly string[]
  readonly group?: readonly string[]
  readonly event?: readonly string[]
  readonly into?: string
  readonly json?: boolean
}

/** `rollcall follow`. */
export function registerFollow(program: Command, context: CommandContext): void {
  const command = program
    .command('follow')
    .description(
      'Print the changes of a tenant as a server tells them, from now on, until SIGTERM or SIGINT: across cuts and restarts of the server. Or keep a copy of the directory.',
    )
    .option('--url <address>', 'of the server', 'http://127.0.0.1:4000')
    .option(
      '--key <key>',
      'others on this machine may see it: rather set ROLLCALL_KEY, or ROLLCALL_OPERATOR_KEY',
    )
    .option('--tenant <id>', 'the tenant, for the operator’s key (default: "default")')
    .option('--snapshot', 'first the present state, as the changes that made it')
    .option('--after <cursor>', 'what came after this cursor, and so on')
    .option('--user <id or username...>', 'changes of these users, and of their memberships')
    .option('--group <id or name...>', 'changes of these groups, and of their members')
    .addOption(new Option('--event <type...>', 'these changes only').choices([...FOLLOWED_EVENTS]))
    .addOption(
      new Option(
        '--into <file>',
        'keep a copy in this SQLite file, and go on from where it is; prints what comes after the first copy',
      ).conflicts(['snapshot', 'after']),
    )
    .option('--json', 'a JSON object for each message, with the cursor after it')
    .action(async (options: Options) => {
      const { environment } = context
      const key = options.key ?? (environment.ROLLCALL_KEY || environment.ROLLCALL_OPERATOR_KEY)
      if (!key)
        throw new CommandFailure('Set ROLLCALL_KEY to an API key, or ROLLCALL_OPERATOR_KEY', EXIT.usage)
      const { followServer } = await import('./run/follow.ts')
      const request = {
        url: options.url,
        key,
        tenant: options.tenant ?? null,
        snapshot: options.snapshot ?? false,
        after: options.after ?? null,
        users: options.user ?? null,
        groups: options.group ?? null,
        events: options.event ?? null,
        into: options.into ?? null,
        json: options.json ?? false,
      }
      context.finish(await followServer(request, context.terminal))
    })
  withExamples(
    command,
    'rollcall follow',
    'rollcall follow --url https://rollcall.example.org --group ops',
    'rollcall follow --snapshot --json | jq -c .event',
    'rollcall follow --into copy.sqlite',
  )
}
