import type { Command } from 'commander'
import { type CommandContext, configOf, wholeNumberOption, withDataOption, withExamples } from './command.ts'

interface Options {
  readonly data?: string
  readonly tenant: string
  readonly users: number
  readonly seed: number
}

const MAX_USERS = 10_000_000

/** `rollcall seed`. */
export function registerSeed(program: Command, context: CommandContext): void {
  const command = program
    .command('seed')
    .description('Make a believable directory: names of many scripts, nested groups with long-tailed sizes.')
    .option('--users <number>', 'how many users', wholeNumberOption(1, MAX_USERS), 1_000)
    .option('--seed <number>', 'the same seed gives the same directory', wholeNumberOption(0, 2 ** 32 - 1), 1)
    .option('--tenant <id>', 'the tenant', 'default')
    .action(async ({ data, ...options }: Options) => {
      const { seed } = await import('./run/seed.ts')
      context.finish(await seed(configOf(context, { data }), options, context.terminal))
    })
  withExamples(
    withDataOption(command),
    'rollcall seed',
    'rollcall seed --users 100000 --seed 7',
    'rollcall seed --tenant acme --users 50',
  )
}
