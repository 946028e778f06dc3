import { type Command, Option } from 'commander'
import { FOLLOWED_EVENTS } from '../domain/changeFilter.ts'
import {
  type CommandContext,
  placeConfigOf,
  wholeNumberOption,
  withDataOption,
  withExamples,
} from './command.ts'
import { timeOption } from './timeOption.ts'

interface Options {
  readonly data?: string
  readonly tenant: string
  readonly user?: readonly string[]
  readonly group?: readonly string[]
  readonly event?: readonly string[]
  readonly actor?: readonly string[]
  readonly cause?: readonly string[]
  readonly since?: string
  readonly until?: string
  readonly limit: number
  readonly follow?: boolean
  readonly json?: boolean
}

const MAX_LIMIT = 1_000_000

/** `rollcall audit`. */
export function registerAudit(program: Command, context: CommandContext): void {
  const command = program
    .command('audit')
    .description(
      'Print the audit trail: when, who, what, and why, which is the request or the change of an import. Servers may run and write.',
    )
    .option('--tenant <id>', 'the tenant', 'default')
    .option('--user <id or username...>', 'changes of these users, and of their memberships')
    .option('--group <id or name...>', 'changes of these groups, and of their members')
    .addOption(new Option('--event <type...>', 'these changes only').choices(FOLLOWED_EVENTS))
    .option('--actor <kind, id or label...>', 'by these only: operator, system, or the id or label of a key')
    .option('--cause <id...>', 'caused by these requests, or changes of an import')
    .option('--since <time>', 'from this time on (2026-01-31, or 2026-01-31T12:00:00Z)', timeOption)
    .option('--until <time>', 'before this time', timeOption)
    .option('--limit <number>', 'only the newest so many', wholeNumberOption(0, MAX_LIMIT), 100)
    .option('--follow', 'go on with what is written from now on, until SIGTERM or SIGINT')
    .option('--json', 'a JSON object for each change, with all that is kept of it')
    .action(async ({ tenant, limit, data, ...options }: Options) => {
      const { audit } = await import('./run/audit.ts')
      const request = {
        tenant,
        users: options.user ?? null,
        groups: options.group ?? null,
        events: options.event ?? null,
        actors: options.actor ?? null,
        causes: options.cause ?? null,
        since: options.since ?? null,
        until: options.until ?? null,
        limit,
        follow: options.follow ?? false,
        json: options.json ?? false,
      }
      context.finish(await audit(placeConfigOf(context, { data }), request, context.terminal))
    })
  withExamples(
    withDataOption(command),
    'rollcall audit',
    'rollcall audit --user ada --since 2026-01-01',
    'rollcall audit --group ops --event SetMembership --limit 1000',
    'rollcall audit --actor provisioner --follow',
    'rollcall audit --tenant acme --json | jq -r .cause | sort | uniq -c',
  )
}
