import type { Command } from 'commander'
import {
  type CommandContext,
  placeConfigOf,
  wholeNumberOption,
  withDataOption,
  withExamples,
} from './command.ts'

interface Options {
  readonly data?: string
  readonly deep?: boolean
}

const MAX_NUMBER = 1_000_000
const numberArgument = wholeNumberOption(1, MAX_NUMBER)

/** `rollcall views`: rebuild, list, serve, drop. */
export function registerViews(program: Command, context: CommandContext): void {
  const views = program
    .command('views')
    .description('The views: what is made from the log, to be read. Servers may run and write meanwhile.')

  const rebuild = views
    .command('rebuild')
    .description(
      'Build the next generation of the views from the log, beside the one that serves; hold it against the log, row by row; then let it serve. What was killed is gone on with.',
    )
    .option('--deep', 'look every row up in every way that it can be found, not only a sample')
    .action(async ({ deep = false, data }: Options) => {
      const { rebuildViews } = await import('./run/rebuildViews.ts')
      context.finish(await rebuildViews(placeConfigOf(context, { data }), { deep }, context.terminal))
    })
  withExamples(withDataOption(rebuild), 'rollcall views rebuild', 'rollcall views rebuild --deep')

  const list = views
    .command('list')
    .description('Print the generations: which one serves, which are kept.')
    .action(async ({ data }: Options) => {
      const { listViews } = await import('./run/viewGenerations.ts')
      context.finish(await listViews(placeConfigOf(context, { data }), context.terminal))
    })
  withExamples(withDataOption(list), 'rollcall views list')

  const serve = views
    .command('serve')
    .description('Let another generation serve, such as the one before a rebuild. It is brought level first.')
    .argument('<generation>', 'its number', numberArgument)
    .action(async (number: number, { data }: Options) => {
      const { serveViews } = await import('./run/viewGenerations.ts')
      context.finish(await serveViews(placeConfigOf(context, { data }), number, context.terminal))
    })
  withExamples(withDataOption(serve), 'rollcall views serve 1')

  const drop = views
    .command('drop')
    .description('Delete a generation that does not serve.')
    .argument('<generation>', 'its number', numberArgument)
    .action(async (number: number, { data }: Options) => {
      const { dropViews } = await import('./run/viewGenerations.ts')
      context.finish(await dropViews(placeConfigOf(context, { data }), number, context.terminal))
    })
  withExamples(withDataOption(drop), 'rollcall views drop 1')
}
