import type { Command } from 'commander'
import {
  type CommandContext,
  CommandFailure,
  placeConfigOf,
  withDataOption,
  withExamples,
} from './command.ts'
import { EXIT } from './exitCodes.ts'

interface Options {
  readonly data?: string
  readonly tenant?: string
  readonly deep?: boolean
  readonly json?: boolean
  readonly repair?: readonly string[]
}

const KINDS = ['user', 'group'] as const

/** `rollcall verify`. */
export function registerVerify(program: Command, context: CommandContext): void {
  const command = program
    .command('verify')
    .description(
      'Check the log (positions, streams, hash chains, claims), then hold the views against it, row by row. Servers may run and write.',
    )
    .option('--tenant <id>', 'views of this tenant only (default: all; with --repair: default)')
    .option('--deep', 'look every row up in every way that it can be found, not only a sample')
    .option('--json', 'a JSON object for each problem, and one with the summary')
    .option('--repair <kind id...>', 'make the rows of one user or group anew from the log, then check it')
    .action(async ({ tenant, deep = false, json = false, repair, data }: Options) => {
      const config = placeConfigOf(context, { data })
      const wanted = repair === undefined ? null : entityOf(repair, tenant ?? 'default')
      if (wanted === null) {
        const { verify } = await import('./run/verify.ts')
        context.finish(await verify(config, { tenant: tenant ?? null, deep, json }, context.terminal))
      } else {
        const { repairEntity } = await import('./run/verifyRepair.ts')
        context.finish(await repairEntity(config, wanted, { json }, context.terminal))
      }
    })
  withExamples(
    withDataOption(command),
    'rollcall verify',
    'rollcall verify --deep --json',
    'rollcall verify --repair user 0192f0c1-5a3e-7b60-8d5c-3f1f0e6f9f10',
    'rollcall verify --repair group g-17 --tenant acme',
  )
}

function entityOf([kind = '', id, ...rest]: readonly string[], tenant: string) {
  const known = KINDS.find((name) => name === kind)
  if (known === undefined || id === undefined || rest.length > 0) {
    throw new CommandFailure('--repair takes a kind, user or group, and an id: --repair user ID', EXIT.usage)
  }
  return { kind: known, tenant, id }
}
